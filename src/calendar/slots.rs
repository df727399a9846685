//! Slots: the real instants of a schedule. A fixed wall time that a clock change skips runs at the
//! first instant after the gap; one that it repeats runs in the first pass. A repeated clock runs at
//! every real instant.

use super::spec::{Schedule, Wall, When};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// When it is.
    pub at: Timestamp,
    /// Its nominal wall time, `2026-11-20T14:08`: the name it is known by. One that a clock change
    /// repeats has its offset from UTC at its end.
    pub name: String,
}

/// The slots of a local day, in order of time.
pub(super) fn on(schedule: &Schedule, zone: &TimeZone, date: Date) -> Vec<Slot> {
    let day = u8::try_from(date.weekday().to_sunday_zero_offset()).unwrap_or(7);
    let of_month = u8::try_from(date.day()).unwrap_or(0);
    let counts = |time: &Wall| schedule.habits.active.is_none_or(|hours| hours.holds(*time));
    let fixed = |time: &Wall| counts(time).then(|| once(zone, date, *time)).flatten();
    let mut slots: Vec<Slot> = match &schedule.when {
        When::Every(every) => {
            let minutes = (every.offset..1440).step_by(usize::from(every.minutes));
            minutes.map(Wall::of_minute).filter(counts).flat_map(|time| all(zone, date, time)).collect()
        }
        When::Daily(times) => times.iter().filter_map(fixed).collect(),
        When::Weekly(days, time) if days.contains(&day) => fixed(time).into_iter().collect(),
        When::Monthly(days, time) if days.contains(&of_month) => fixed(time).into_iter().collect(),
        When::Weekly(..) | When::Monthly(..) => Vec::new(),
    };
    slots.sort();
    slots.dedup_by_key(|slot| slot.at);
    slots
}

fn civil(date: Date, time: Wall) -> Option<DateTime> {
    let clock =
        jiff::civil::Time::new(i8::try_from(time.hour).ok()?, i8::try_from(time.minute).ok()?, 0, 0).ok()?;
    Some(date.to_datetime(clock))
}

fn slot(at: Timestamp, nominal: DateTime) -> Slot {
    Slot { at, name: nominal.strftime("%Y-%m-%dT%H:%M").to_string() }
}

/// A fixed wall time happens once on its day.
fn once(zone: &TimeZone, date: Date, time: Wall) -> Option<Slot> {
    let nominal = civil(date, time)?;
    let at = match zone.to_ambiguous_timestamp(nominal).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(nominal).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(nominal).ok(),
        AmbiguousOffset::Gap { before, after } => end_of_gap(zone, nominal, before, after),
    };
    at.map(|at| slot(at, nominal))
}

/// The first instant after a gap is the change of offset itself.
fn end_of_gap(zone: &TimeZone, nominal: DateTime, before: Offset, after: Offset) -> Option<Timestamp> {
    let late = before.to_timestamp(nominal).ok()?;
    let early = after.to_timestamp(nominal).ok()?;
    let changes = zone.following(early).map(|change| change.timestamp()).take_while(|at| *at <= late);
    changes.filter(|at| zone.to_offset(*at) == after).last()
}

/// Every real instant of a wall time: none in a gap, two in a fold.
fn all(zone: &TimeZone, date: Date, time: Wall) -> Vec<Slot> {
    let Some(nominal) = civil(date, time) else { return Vec::new() };
    let real = |offset: Offset| offset.to_timestamp(nominal).ok().map(|at| slot(at, nominal));
    match zone.to_ambiguous_timestamp(nominal).offset() {
        AmbiguousOffset::Unambiguous { offset } => real(offset).into_iter().collect(),
        AmbiguousOffset::Fold { before, after } => {
            let again = real(after).map(|slot| Slot { name: format!("{}{after}", slot.name), ..slot });
            real(before).into_iter().chain(again).collect()
        }
        AmbiguousOffset::Gap { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::walk::{latest, next};
    use super::*;
    use jiff::ToSpan as _;

    fn schedule(text: &str) -> Schedule {
        Schedule::parse(&text.parse().unwrap()).unwrap()
    }

    fn many(text: &str, zone: &str, from: &str, n: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let schedule = schedule(text);
        let mut at: Timestamp = from.parse().unwrap();
        let mut found = Vec::new();
        while found.len() < n {
            at = next(&schedule, &zone, at).unwrap().at;
            found.push(at.to_string());
        }
        found
    }

    #[test]
    fn a_skipped_wall_time_runs_at_the_first_instant_after_the_gap() {
        assert_eq!(
            many("daily = [\"02:30\"]", "America/New_York", "2026-03-07T12:00:00Z", 2),
            ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]
        );
        // Cairo's gap is at midnight.
        assert_eq!(
            many("daily = [\"00:30\"]", "Africa/Cairo", "2026-04-23T12:00:00Z", 1),
            ["2026-04-23T22:00:00Z"]
        );
    }

    #[test]
    fn a_repeated_wall_time_runs_in_the_first_pass_only() {
        assert_eq!(
            many("daily = [\"01:30\"]", "America/New_York", "2026-10-31T12:00:00Z", 2),
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        );
    }

    #[test]
    fn a_repeated_clock_runs_at_every_real_instant() {
        assert_eq!(
            many("every = \"30m\"", "America/New_York", "2026-11-01T04:45:00Z", 4),
            ["2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"]
        );
        // Lord Howe moves by half an hour.
        assert_eq!(
            many("every = \"1h\"", "Australia/Lord_Howe", "2026-10-03T14:45:00Z", 2),
            ["2026-10-03T16:00:00Z", "2026-10-03T17:00:00Z"]
        );
    }

    #[test]
    fn the_latest_slot_is_the_one_that_next_found() {
        let zone = TimeZone::get("Europe/Rome").unwrap();
        for text in [
            "every = \"15m\"\noffset = \"1m\"",
            "daily = [\"07:32\", \"17:20\"]",
            "weekly = { days = [\"fri\"], at = \"14:08\" }",
            "monthly = { days = [28], at = \"02:30\" }",
        ] {
            let schedule = schedule(text);
            let mut at: Timestamp = "2026-03-20T00:00:00Z".parse().unwrap();
            for _ in 0..200 {
                let slot = next(&schedule, &zone, at).unwrap();
                assert_eq!(latest(&schedule, &zone, slot.at), Some(slot.clone()), "{text}");
                let before = slot.at - 1.second();
                assert!(latest(&schedule, &zone, before).unwrap().at < slot.at);
                at = slot.at;
            }
        }
    }
}
