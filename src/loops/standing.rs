//! How a registered loop stands in its schedule, looked at without disturbing it.

use super::marks::{Timed, Untimed};
use super::registry::{self, LoopError};
use super::store::Store;
use crate::calendar::{Due, Schedule, Slot, latest};
use crate::call::LoopId;
use crate::state::{Busy, Home, Lock};
use jiff::Timestamp;
use std::time::Duration;

/// A loop in its schedule.
#[derive(Debug)]
pub struct Standing {
    /// Its schedule.
    pub schedule: Schedule,
    /// The slot that is due and not claimed.
    pub due: Option<Slot>,
    /// The latest slot that was claimed or let go.
    pub high: Option<Timestamp>,
    /// Whether it runs right now.
    pub running: bool,
    /// Whether it is paused.
    pub paused: bool,
}

/// How loop `id` stands at `now`.
///
/// # Errors
/// [`LoopError`]: such a loop cannot run.
pub fn standing(home: &Home, id: &LoopId, now: Timestamp) -> Result<Standing, LoopError> {
    let (record, spec, _) = registry::registered(home, id)?;
    let timed = match Timed::load(home, id, &record, &spec) {
        Ok(timed) => timed,
        Err(Untimed::Failed(e)) => return Err(e),
        Err(Untimed::Zone(why)) => return Err(LoopError::Unfit(id.clone(), why)),
    };
    let due = match timed.due(now) {
        Due::Not { .. } => None,
        Due::Run { slot, .. } => Some(slot),
        // It has to be put on record as missed.
        Due::Late(_) => latest(&spec.schedule, &timed.zone, now),
    };
    let running = match Lock::acquire(&Store::of(home, id).lock(), Duration::ZERO) {
        Ok(_lock) => false,
        Err(Busy::Held { .. }) => true,
        Err(e @ Busy::Io { .. }) => return Err(LoopError::Gate(e.into())),
    };
    let paused = super::pause::paused(home, id)?.is_some();
    Ok(Standing { high: timed.marks.high, schedule: spec.schedule.clone(), due, running, paused })
}
