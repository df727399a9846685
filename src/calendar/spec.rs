//! `[schedule]`: exactly one clock, and what to watch besides.

use super::habits::{CatchUpWords, Class, Habits, Words};
use super::words::{day, every_of, sorted, wall};
use serde::{Deserialize, Serialize};

/// A schedule that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule: {0}")]
pub struct BadSchedule(String);

impl BadSchedule {
    pub(super) const fn new(why: String) -> Self {
        Self(why)
    }
}

/// When a loop runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The clock.
    pub when: When,
    /// Paths whose change also pokes it.
    pub watch: Vec<String>,
    /// The zone its wall times are in; the system's if none.
    pub zone: Option<String>,
    /// What it does when it is late, busy or one of many.
    pub habits: Habits,
}

/// The clock of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// All real instants whose local wall time is `offset` past a multiple of `minutes` since midnight.
    Every(Every),
    /// At these wall times each day.
    Daily(Vec<Wall>),
    /// On these days (0 is Sunday) at this wall time.
    Weekly(Vec<u8>, Wall),
    /// On these days of the month at this wall time.
    Monthly(Vec<u8>, Wall),
}

/// A repeated clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Every {
    /// Minutes between two slots; divides the hour or the day.
    pub minutes: u16,
    /// Minutes past each multiple.
    pub offset: u16,
}

/// A wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wall {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl Wall {
    /// So many minutes past midnight.
    pub(super) fn of_minute(minute: u16) -> Self {
        let part = |n: u16| u8::try_from(n).unwrap_or(0);
        Self { hour: part(minute / 60), minute: part(minute % 60) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    every: Option<String>,
    offset: Option<String>,
    daily: Option<Vec<String>>,
    weekly: Option<Weekly>,
    monthly: Option<Monthly>,
    #[serde(default)]
    watch: Vec<String>,
    zone: Option<String>,
    active: Option<String>,
    jitter: Option<String>,
    overlap: Option<String>,
    catch_up: Option<CatchUpWords>,
    class: Option<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weekly {
    days: Vec<String>,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Monthly {
    days: Vec<u8>,
    at: String,
}

impl Schedule {
    /// Reads the table of a loop: its slots are the same in every hour or day, and no month lacks one.
    ///
    /// # Errors
    /// [`BadSchedule`] says which key and why.
    pub fn parse(table: &toml::Table) -> Result<Self, BadSchedule> {
        let schedule = Self::any(table)?;
        if schedule.silent() {
            return Err(BadSchedule("none of its times lies in its `active` hours".into()));
        }
        match &schedule.when {
            When::Every(Every { minutes, .. })
                if !(60 % minutes == 0 || minutes % 60 == 0 && 1440 % minutes == 0) =>
            {
                let shown = table.get("every").and_then(toml::Value::as_str).unwrap_or_default();
                Err(BadSchedule(format!("`{shown}` does not divide the hour, or the day by whole hours")))
            }
            When::Monthly(days, _) if days.iter().any(|d| *d > 28) => {
                Err(BadSchedule("`monthly` days are 1 to 28: other days are missing in some months".into()))
            }
            When::Every(_) | When::Daily(_) | When::Weekly(..) | When::Monthly(..) => Ok(schedule),
        }
    }

    /// Reads a table that need not be fit for a loop: an interval may be uneven, a day missing in some months.
    ///
    /// # Errors
    /// [`BadSchedule`] says which key and why.
    pub fn any(table: &toml::Table) -> Result<Self, BadSchedule> {
        let raw: Raw =
            table.clone().try_into().map_err(|e: toml::de::Error| BadSchedule(e.message().to_owned()))?;
        let clocks = [raw.every.is_some(), raw.daily.is_some(), raw.weekly.is_some(), raw.monthly.is_some()];
        if clocks.iter().filter(|c| **c).count() != 1 {
            return Err(BadSchedule("expected exactly one of `every`, `daily`, `weekly`, `monthly`".into()));
        }
        if raw.offset.is_some() && raw.every.is_none() {
            return Err(BadSchedule("`offset` belongs to `every`".into()));
        }
        let when = if let Some(every) = raw.every {
            When::Every(every_of(&every, raw.offset.as_deref())?)
        } else if let Some(daily) = raw.daily {
            let mut times = daily.iter().map(|t| wall(t)).collect::<Result<Vec<_>, _>>()?;
            times.sort_unstable();
            times.dedup();
            if times.is_empty() {
                return Err(BadSchedule("`daily` names no time".into()));
            }
            When::Daily(times)
        } else if let Some(weekly) = raw.weekly {
            let days = weekly.days.iter().map(|d| day(d)).collect::<Result<Vec<_>, _>>()?;
            When::Weekly(sorted(days, "weekly")?, wall(&weekly.at)?)
        } else if let Some(monthly) = raw.monthly {
            if monthly.days.iter().any(|d| !(1..=31).contains(d)) {
                return Err(BadSchedule("`monthly` days are 1 to 31".into()));
            }
            When::Monthly(sorted(monthly.days, "monthly")?, wall(&monthly.at)?)
        } else {
            return Err(BadSchedule("no clock".into()));
        };
        let zone = raw.zone.filter(|zone| zone != "local");
        let words = Words {
            active: raw.active.as_deref(),
            jitter: raw.jitter.as_deref(),
            overlap: raw.overlap.as_deref(),
            catch_up: raw.catch_up.as_ref(),
            class: raw.class,
        };
        Ok(Self { habits: Habits::read(&words, &when)?, when, watch: raw.watch, zone })
    }

    /// Whether none of its times lies in its hours.
    fn silent(&self) -> bool {
        let Some(active) = self.habits.active else { return false };
        let held = match &self.when {
            When::Every(every) => (every.offset..1440)
                .step_by(usize::from(every.minutes))
                .any(|minute| active.holds(Wall::of_minute(minute))),
            When::Daily(times) => times.iter().any(|time| active.holds(*time)),
            When::Weekly(_, time) | When::Monthly(_, time) => active.holds(*time),
        };
        !held
    }

    /// A clock and nothing else.
    pub fn of(when: When) -> Self {
        let habits = Habits::usual(&when);
        Self { when, watch: Vec::new(), zone: None, habits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Schedule, BadSchedule> {
        Schedule::parse(&text.parse().unwrap())
    }

    #[test]
    fn every_clock_is_read() {
        let when = |text| parse(text).unwrap().when;
        assert_eq!(when("every = \"30m\"\noffset = \"3m\""), When::Every(Every { minutes: 30, offset: 3 }));
        assert_eq!(
            when("daily = [\"17:20\", \"07:00\"]"),
            When::Daily(vec![Wall { hour: 7, minute: 0 }, Wall { hour: 17, minute: 20 }])
        );
        assert_eq!(
            when("weekly = { days = [\"fri\"], at = \"14:08\" }"),
            When::Weekly(vec![5], Wall { hour: 14, minute: 8 })
        );
        assert_eq!(
            when("monthly = { days = [1, 15], at = \"06:00\" }"),
            When::Monthly(vec![1, 15], Wall { hour: 6, minute: 0 })
        );
    }

    #[test]
    fn clocks_that_would_be_silent_or_uneven_are_refused() {
        for bad in [
            "",
            "every = \"7m\"",
            "every = \"5h\"",
            "every = \"0m\"",
            "every = \"15\"",
            "every = \"15m\"\ndaily = [\"07:00\"]",
            "daily = []",
            "daily = [\"7:00\"]",
            "daily = [\"24:00\"]",
            "daily = [\"+7:00\"]",
            "weekly = { days = [\"fr\"], at = \"14:08\" }",
            "monthly = { days = [31], at = \"06:00\" }",
            "every = \"15m\"\noffset = \"15m\"",
            "offset = \"1m\"\ndaily = [\"07:00\"]",
            "every = \"15m\"\nevrey = \"1m\"",
            "watch = [\"~/x\"]",
            "every = \"90m\"",
            "daily = [\"07:32\"]\nactive = \"09:00-18:00\"",
            "every = \"12h\"\nactive = \"09:00-11:00\"",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
