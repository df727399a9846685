//! A pause keeps a loop from running for some time, and ends by itself.

use super::registry::{LoopError, changed};
use super::store::{self, Store};
use crate::call::LoopId;
use crate::gate::Person;
use crate::state::{Home, clock, durable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Format.
    pub v: u8,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// By whom.
    pub by: String,
}

/// Pauses loop `id`; a pause before it is replaced.
///
/// # Errors
/// [`LoopError`]; nothing changed then.
pub fn pause(home: &Home, id: &LoopId, until: Timestamp, person: &Person) -> Result<(), LoopError> {
    changed(home, id, person, "paused", json!({ "until": clock::stamp(until) }))?;
    let pause = Pause { v: 1, since: clock::now(), until, by: person.by().to_owned() };
    store::write(&Store::of(home, id).paused(), &pause).map_err(|e| LoopError::Io(id.clone(), e))
}

/// Ends the pause of loop `id`; whether there was one.
///
/// # Errors
/// [`LoopError`].
pub fn unpause(home: &Home, id: &LoopId, person: &Person) -> Result<bool, LoopError> {
    let path = Store::of(home, id).paused();
    // A pause that does not read is ended as well.
    let was = matches!(paused(home, id), Ok(Some(_)) | Err(_));
    if was {
        changed(home, id, person, "resumed", json!({}))?;
    }
    // What was due meanwhile is not caught up, so its end stays.
    let now = clock::now();
    let ended = last(home, id).ok().flatten().map(|pause| Pause { until: pause.until.min(now), ..pause });
    let written = match ended {
        Some(pause) => store::write(&path, &pause),
        None if path.exists() => durable::remove(&path),
        None => Ok(()),
    };
    written.map_err(|e| LoopError::Io(id.clone(), e))?;
    Ok(was)
}

/// The pause of loop `id`, unless its time is over.
///
/// # Errors
/// [`LoopError::Io`] if it does not read: that is not "not paused".
pub fn paused(home: &Home, id: &LoopId) -> Result<Option<Pause>, LoopError> {
    Ok(last(home, id)?.filter(|pause| pause.until > clock::now()))
}

/// The newest pause of loop `id`, over or not.
///
/// # Errors
/// [`LoopError::Io`] if it does not read.
pub(super) fn last(home: &Home, id: &LoopId) -> Result<Option<Pause>, LoopError> {
    store::read(&Store::of(home, id).paused()).map_err(|e| LoopError::Io(id.clone(), e))
}
