//! How far a loop has come in its schedule: the high-water mark, and what an edit of the schedule
//! leaves to be done.

use super::due::{Due, due};
use super::habits::{Active, CatchUp};
use super::slots::Slot;
use super::spec::{Schedule, When};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What decides when slots are. An edit of anything else is no edit of the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// The clock.
    pub when: When,
    /// Its hours.
    pub active: Option<Active>,
    /// The zone's name, the system's included; none if the system's has none.
    pub zone: Option<String>,
}

/// The marks of one loop. A slot at or before the high one is never run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Slots up to here were before this schedule.
    pub since: Timestamp,
    /// The latest slot that was claimed or passed.
    pub high: Option<Timestamp>,
    /// A slot of the schedule before the edit that was due and had not run.
    pub owed: Option<Slot>,
    /// Whether the clock was edited since the last claim.
    pub edited: bool,
    /// Whether the zone changed since the last claim.
    pub moved: bool,
    /// The schedule that these are about.
    pub beat: Beat,
}

impl Beat {
    /// Of a schedule whose zone is `zone`.
    pub fn of(schedule: &Schedule, zone: &TimeZone) -> Self {
        let zone = zone.iana_name().map(str::to_owned);
        Self { when: schedule.when.clone(), active: schedule.habits.active, zone }
    }

    fn schedule(&self, catch_up: CatchUp) -> Schedule {
        let mut schedule = Schedule::of(self.when.clone());
        schedule.habits.active = self.active;
        schedule.habits.catch_up = catch_up;
        schedule
    }
}

impl Marks {
    /// Those of a loop that was registered at `since` and never ran: earlier slots are not its own.
    pub const fn new(since: Timestamp, beat: Beat) -> Self {
        Self { since, high: None, owed: None, edited: false, moved: false, beat }
    }

    /// The same for the schedule as it is now, which came into force at `since`. The new clock replays
    /// nothing from before the edit, and a slot of the old one that was due then is not dropped.
    /// `before` is the zone of the old beat.
    #[must_use]
    pub fn adopt(self, schedule: &Schedule, zone: &TimeZone, before: &TimeZone, since: Timestamp) -> Self {
        let beat = Beat::of(schedule, zone);
        if beat == self.beat {
            return self;
        }
        if (&beat.when, beat.active) == (&self.beat.when, self.beat.active) {
            return Self { moved: true, beat, ..self };
        }
        let since = since.max(self.since);
        let old = self.beat.schedule(schedule.habits.catch_up);
        let owed = match due(&old, before, &self, &[], since) {
            Due::Run { slot, .. } => Some(slot),
            Due::Not { .. } | Due::Late(_) => None,
        };
        Self { since, high: self.high, owed, edited: true, moved: self.moved, beat }
    }

    /// Where slots begin that are not yet behind.
    pub fn floor(&self) -> Timestamp {
        self.high.map_or(self.since, |high| high.max(self.since))
    }

    /// Once `slot` is claimed: it and all before it are behind.
    #[must_use]
    pub fn claimed(self, slot: Timestamp) -> Self {
        Self { owed: None, edited: false, moved: false, ..self.passed(slot) }
    }

    /// Once all slots up to `at` were let go.
    #[must_use]
    pub fn passed(self, at: Timestamp) -> Self {
        let owed = self.owed.filter(|owed| owed.at > at);
        Self { high: Some(self.high.map_or(at, |high| high.max(at))), owed, ..self }
    }
}
