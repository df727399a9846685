//! The marks of a loop on disk, and what of its schedule is due.

use super::pause;
use super::registry::{LoopError, Registered};
use super::spec::Spec;
use super::store::{self, Store};
use crate::calendar::{self, Beat, Due, Held, Marks};
use crate::call::LoopId;
use crate::gate;
use crate::state::{Home, clock};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A loop in its schedule.
#[derive(Debug)]
pub(super) struct Timed<'s> {
    pub spec: &'s Spec,
    pub zone: TimeZone,
    pub marks: Marks,
    pub held: Vec<Held>,
    /// Whether the file says what these marks say.
    stored: bool,
}

/// Why a loop has no time: an unknown zone is a fault, never UTC.
#[derive(Debug)]
pub(super) enum Untimed {
    /// A sentence about its zone.
    Zone(String),
    /// A file cannot be used.
    Failed(LoopError),
}

impl<'s> Timed<'s> {
    /// Loop `id` as it is registered now.
    pub fn load(home: &Home, id: &LoopId, record: &Registered, spec: &'s Spec) -> Result<Self, Untimed> {
        let failed = |e| Untimed::Failed(LoopError::Io(id.clone(), e));
        let zone = clock::zone(spec.schedule.zone.as_deref()).map_err(Untimed::Zone)?;
        let stored: Option<Marks> = store::read(&Store::of(home, id).marks()).map_err(failed)?;
        let before = stored.as_ref().and_then(|marks| marks.beat.zone.as_deref());
        let before = before.and_then(|name| clock::zone(Some(name)).ok()).unwrap_or_else(|| zone.clone());
        let marks = match stored.clone() {
            Some(marks) => marks.adopt(&spec.schedule, &zone, &before, record.at),
            None => Marks::new(record.at, Beat::of(&spec.schedule, &zone)),
        };
        let paused = pause::last(home, id).map_err(Untimed::Failed)?;
        let paused = paused.map(|pause| Held { since: pause.since, until: pause.until });
        let killed = gate::last_kill(home).map(|(since, until)| Held { since, until });
        let held = paused.into_iter().chain(killed).collect();
        Ok(Self { spec, zone, stored: stored.as_ref() == Some(&marks), marks, held })
    }

    /// What is due.
    pub fn due(&self, now: Timestamp) -> Due {
        calendar::due(&self.spec.schedule, &self.zone, &self.marks, &self.held, now)
    }

    /// Moves the marks, durably.
    pub fn mark(
        &mut self,
        home: &Home,
        id: &LoopId,
        how: impl FnOnce(Marks) -> Marks,
    ) -> Result<(), LoopError> {
        let marks = how(self.marks.clone());
        if marks != self.marks || !self.stored {
            store::write(&Store::of(home, id).marks(), &marks).map_err(|e| LoopError::Io(id.clone(), e))?;
            (self.marks, self.stored) = (marks, true);
        }
        Ok(())
    }
}
