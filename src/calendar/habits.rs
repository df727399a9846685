//! What a loop does when it is late, when the one before still runs, and when many are due at once.

use super::spec::{BadSchedule, Wall, When};
use super::words::{seconds, wall};
use serde::{Deserialize, Serialize};

/// What a schedule says besides its clock. All of it has defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habits {
    /// Only slots whose wall time lies in these hours count.
    pub active: Option<Active>,
    /// Longest delay after a poke, in seconds.
    pub jitter_s: u32,
    /// How long it waits, in seconds, for a run of itself that is under way.
    pub overlap_s: u32,
    /// What becomes of slots that passed.
    pub catch_up: CatchUp,
    /// What it competes for.
    pub class: Class,
}

/// Hours from the first time up to the second, which may lie on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// The first that counts.
    pub from: Wall,
    /// The first that no longer counts.
    pub to: Wall,
}

/// What becomes of slots that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// The latest runs if it passed at most this many seconds ago.
    LatestWithin(u32),
    /// None runs: the next one does.
    Skip,
}

/// Loops of a class compete for its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Reads a little.
    #[default]
    Light,
    /// Works the disk or the processor.
    Heavy,
    /// Asks a model.
    Model,
}

impl Class {
    /// How many run at once.
    pub const fn places(self) -> u8 {
        match self {
            Self::Light => 4,
            Self::Heavy | Self::Model => 1,
        }
    }

    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Heavy => "heavy",
            Self::Model => "model",
        }
    }
}

/// As written.
pub(super) struct Words<'a> {
    pub active: Option<&'a str>,
    pub jitter: Option<&'a str>,
    pub overlap: Option<&'a str>,
    pub catch_up: Option<&'a CatchUpWords>,
    pub class: Option<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatchUpWords {
    missed: Missed,
    within: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Missed {
    Latest,
    Skip,
}

impl Active {
    /// Whether a wall time lies in them.
    pub fn holds(self, time: Wall) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }

    fn read(text: &str) -> Result<Self, BadSchedule> {
        let bad = || BadSchedule::new(format!("`active` is `{text}`: write `07:00-23:00`"));
        let (from, to) = text.split_once('-').ok_or_else(bad)?;
        let hours = Self { from: wall(from)?, to: wall(to)? };
        if hours.from == hours.to { Err(bad()) } else { Ok(hours) }
    }
}

impl Habits {
    /// Those of a schedule that says nothing of them. What runs seldom is still worth having later.
    pub fn usual(when: &When) -> Self {
        let within = match when {
            When::Every(_) | When::Daily(_) => 12 * 3600,
            When::Weekly(..) => 3 * 86_400,
            When::Monthly(..) => 7 * 86_400,
        };
        let catch_up = CatchUp::LatestWithin(within);
        Self { active: None, jitter_s: 0, overlap_s: 0, catch_up, class: Class::Light }
    }

    pub(super) fn read(words: &Words<'_>, when: &When) -> Result<Self, BadSchedule> {
        let usual = Self::usual(when);
        let overlap_s = match words.overlap {
            None | Some("skip") => 0,
            Some(text) => text
                .strip_prefix("wait ")
                .and_then(|span| seconds(span).ok())
                .filter(|s| (1..=600).contains(s))
                .ok_or_else(|| {
                    let why = format!("`overlap` is `{text}`: write `skip`, or `wait 60s` (at most 10m)");
                    BadSchedule::new(why)
                })?,
        };
        let jitter_s = words.jitter.map_or(Ok(0), seconds)?;
        if jitter_s > 600 {
            return Err(BadSchedule::new("`jitter` is at most 10m".into()));
        }
        let catch_up = match words.catch_up {
            None => usual.catch_up,
            Some(CatchUpWords { missed: Missed::Skip, within: None }) => CatchUp::Skip,
            Some(CatchUpWords { missed: Missed::Skip, within: Some(_) }) => {
                return Err(BadSchedule::new("`within` belongs to `missed = \"latest\"`".into()));
            }
            Some(CatchUpWords { missed: Missed::Latest, within: None }) => usual.catch_up,
            Some(CatchUpWords { missed: Missed::Latest, within: Some(span) }) => {
                CatchUp::LatestWithin(seconds(span)?)
            }
        };
        let active = words.active.map(Active::read).transpose()?;
        Ok(Self { active, jitter_s, overlap_s, catch_up, class: words.class.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Schedule;
    use super::*;

    fn habits(text: &str) -> Result<Habits, BadSchedule> {
        Schedule::any(&format!("daily = [\"07:00\"]\n{text}").parse().unwrap()).map(|s| s.habits)
    }

    #[test]
    fn what_is_written_holds_and_what_is_not_is_usual() {
        assert_eq!(habits(""), Ok(Habits::usual(&When::Daily(Vec::new()))));
        let text = "active = \"22:00-06:00\"\njitter = \"20s\"\noverlap = \"wait 60s\"\nclass = \"heavy\"\n\
                    catch_up = { missed = \"latest\", within = \"5d\" }";
        let at = |hour| Wall { hour, minute: 0 };
        let written = Habits {
            active: Some(Active { from: at(22), to: at(6) }),
            jitter_s: 20,
            overlap_s: 60,
            catch_up: CatchUp::LatestWithin(432_000),
            class: Class::Heavy,
        };
        assert_eq!(habits(text), Ok(written));
        assert_eq!(habits("catch_up = { missed = \"skip\" }").unwrap().catch_up, CatchUp::Skip);
    }

    #[test]
    fn hours_may_reach_into_the_next_day() {
        let night = habits("active = \"22:00-06:00\"").unwrap().active.unwrap();
        let held: Vec<u8> = (0..24).filter(|hour| night.holds(Wall { hour: *hour, minute: 0 })).collect();
        assert_eq!(held, [0, 1, 2, 3, 4, 5, 22, 23]);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for bad in [
            "active = \"07:00\"",
            "active = \"07:00-07:00\"",
            "jitter = \"11m\"",
            "jitter = \"-1s\"",
            "overlap = \"replace\"",
            "overlap = \"wait\"",
            "overlap = \"wait 1h\"",
            "class = \"huge\"",
            "catch_up = { missed = \"all\" }",
            "catch_up = { missed = \"skip\", within = \"1h\" }",
            "catch_up = { missed = \"latest\", within = \"1w\" }",
            "catch_up = { within = \"1h\" }",
        ] {
            assert!(habits(bad).is_err(), "{bad}");
        }
    }
}
