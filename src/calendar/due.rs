//! Which slot is due: at most one, the latest, and only within its time.

use super::habits::CatchUp;
use super::marks::Marks;
use super::slots::Slot;
use super::spec::{Schedule, When};
use super::walk::{latest, next, slots};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A poke may come this much before its slot: clocks are corrected by some seconds.
pub const EARLY: SignedDuration = SignedDuration::from_secs(5);
/// A slot that is not caught up may still be this late: as late as the sweeper pokes, and some.
const PUNCTUAL: SignedDuration = SignedDuration::from_secs(900);
/// Slots that are counted one by one.
const MOST: u32 = 10_000;

/// A span in which nothing was to run: slots in it are not caught up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// From then on.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// Slots that were let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// How many; ten thousand may be more.
    pub count: u32,
    /// The last of them.
    pub last: Option<Timestamp>,
    /// How many of them lie in a span in which nothing was to run, or too close to another zone's.
    pub held: u32,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Not {
        /// The next slot.
        next: Option<Slot>,
    },
    /// This slot runs, and those before it do not.
    Run {
        /// The slot.
        slot: Slot,
        /// Those before it.
        passed: Passed,
    },
    /// Slots passed, and none of them is worth running any more.
    Late(Passed),
}

/// What is due at `now`.
pub fn due(schedule: &Schedule, zone: &TimeZone, marks: &Marks, held: &[Held], now: Timestamp) -> Due {
    let until = now.saturating_add(EARLY).unwrap_or(now);
    let mut passed = Passed::default();
    let mut best: Option<Slot> = None;
    let owed = marks.owed.clone().filter(|owed| marks.high.is_none_or(|high| owed.at > high));
    let reached = slots(schedule, zone, marks.floor()).take_while(|slot| slot.at <= until);
    let mut reached: Vec<Slot> = owed.into_iter().chain(reached.take(MOST as usize)).collect();
    if reached.len() >= MOST as usize {
        reached.extend(latest(schedule, zone, until));
    }
    for slot in reached {
        let stopped = held.iter().any(|h| h.since <= slot.at && slot.at <= h.until);
        passed.count += 1;
        passed.last = Some(slot.at);
        if stopped || crowds(schedule, zone, marks, &slot) {
            passed.held += 1;
        } else {
            best = Some(slot);
        }
    }
    match best.filter(|slot| worth(schedule.habits.catch_up, slot.at, now)) {
        Some(slot) => Due::Run { passed: Passed { count: passed.count - 1, ..passed }, slot },
        None if passed.count > 0 => Due::Late(passed),
        None => Due::Not { next: next(schedule, zone, marks.floor().max(until)) },
    }
}

/// Whether a slot that passed is still worth running.
fn worth(catch_up: CatchUp, at: Timestamp, now: Timestamp) -> bool {
    let late = now.duration_since(at);
    match catch_up {
        CatchUp::LatestWithin(seconds) => late <= SignedDuration::from_secs(i64::from(seconds)).max(PUNCTUAL),
        CatchUp::Skip => late <= PUNCTUAL,
    }
}

/// Whether it follows the last one by less than half a period, because the zone changed between them.
fn crowds(schedule: &Schedule, zone: &TimeZone, marks: &Marks, slot: &Slot) -> bool {
    match (&schedule.when, marks.high) {
        (When::Daily(_) | When::Weekly(..) | When::Monthly(..), Some(high)) if marks.moved => {
            let period = next(schedule, zone, slot.at).map(|next| next.at.duration_since(slot.at));
            period.is_some_and(|period| slot.at.duration_since(high) < period / 2)
        }
        (When::Every(_) | When::Daily(_) | When::Weekly(..) | When::Monthly(..), _) => false,
    }
}

impl Marks {
    /// Whether `slot` follows the last one by less than half a period, because the clock was edited
    /// between them: it runs, and the owner hears of it.
    pub fn soon_after_edit(&self, schedule: &Schedule, zone: &TimeZone, slot: &Slot) -> bool {
        let period = next(schedule, zone, slot.at).map(|next| next.at.duration_since(slot.at));
        self.edited && self.high.zip(period).is_some_and(|(high, p)| slot.at.duration_since(high) < p / 2)
    }
}

#[cfg(test)]
mod tests;
