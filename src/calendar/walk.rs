//! From slot to slot. A local day may come in two pieces, with the start of the next between them, and
//! its slots may move beyond its end: so days are walked with some distance.

use super::slots::{Slot, on};
use super::spec::Schedule;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use std::collections::BTreeMap;

/// No zone is further than this from UTC, so that the slots of a day lie around it.
const DISTANCE: i32 = 2;
/// The longest time without a slot, in days: the 30th misses February, a 31st two months in a row.
const LONGEST: i32 = 70;

/// The slots after an instant, in order, for ever: until the calendar ends.
#[derive(Debug)]
pub struct Slots<'a> {
    schedule: &'a Schedule,
    zone: &'a TimeZone,
    after: Timestamp,
    /// The next day to be looked at.
    day: Option<Date>,
    /// Found, and not told yet.
    ahead: BTreeMap<Timestamp, Slot>,
    /// Days since the last slot was found.
    empty: i32,
}

/// The slots after `after`.
pub fn slots<'a>(schedule: &'a Schedule, zone: &'a TimeZone, after: Timestamp) -> Slots<'a> {
    let day = Offset::UTC.to_datetime(after).date().checked_sub(DISTANCE.days()).ok();
    Slots { schedule, zone, after, day, ahead: BTreeMap::new(), empty: 0 }
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        loop {
            let Some(day) = self.day else { return self.ahead.pop_first().map(|(_, slot)| slot) };
            // What lies before this can be on no day that was not looked at yet.
            let sure = day.checked_sub(DISTANCE.days()).ok()?.at(0, 0, 0, 0);
            let sure = Offset::UTC.to_timestamp(sure).ok()?;
            if self.ahead.first_key_value().is_some_and(|(at, _)| *at < sure) {
                return self.ahead.pop_first().map(|(_, slot)| slot);
            }
            let before = self.ahead.len();
            for slot in on(self.schedule, self.zone, day) {
                if slot.at > self.after {
                    self.ahead.entry(slot.at).or_insert(slot);
                }
            }
            self.empty = if self.ahead.len() > before { 0 } else { self.empty + 1 };
            // The calendar ends, or the schedule has no slot at all.
            let on = self.empty <= LONGEST || !self.ahead.is_empty();
            self.day = day.tomorrow().ok().filter(|_| on);
        }
    }
}

/// The first slot after `now`.
pub fn next(schedule: &Schedule, zone: &TimeZone, now: Timestamp) -> Option<Slot> {
    slots(schedule, zone, now).next()
}

/// The latest slot at or before `now`.
pub fn latest(schedule: &Schedule, zone: &TimeZone, now: Timestamp) -> Option<Slot> {
    let today = Offset::UTC.to_datetime(now).date();
    // As far back as one more than the day that may come in two pieces.
    let mut found: Option<(Slot, i32)> = None;
    for back in -DISTANCE..=LONGEST + DISTANCE {
        if found.as_ref().is_some_and(|(_, at)| back > at + 2 * DISTANCE) {
            break;
        }
        let Ok(date) = today.checked_sub(back.days()) else { break };
        let newest = on(schedule, zone, date).into_iter().rev().find(|slot| slot.at <= now);
        if let Some(slot) = newest
            && found.as_ref().is_none_or(|(best, _)| slot.at > best.at)
        {
            let at = found.map_or(back, |(_, at)| at);
            found = Some((slot, at));
        }
    }
    found.map(|(slot, _)| slot)
}
