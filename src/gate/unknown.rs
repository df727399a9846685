//! Calls of which it cannot be known whether they took place. They are never repeated; a person looks
//! and closes them.

use super::person::Person;
use super::world::GateError;
use crate::audit::{Entry, Kind, Log, Place, Receipt};
use crate::call::CallId;
use crate::state::{Home, Lock, clock, jsonl};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);

/// An unknown call that nobody closed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// The call.
    pub call: CallId,
    /// Its tool.
    pub tool: String,
    /// Who called.
    pub caller: String,
    /// When it became unknown.
    pub at: Timestamp,
    /// The entry that says so.
    pub place: Place,
}

/// Why a call was not closed.
#[derive(Debug, thiserror::Error)]
pub enum NotResolved {
    /// No open unknown call has this entry.
    #[error("entry {0} is not an unknown call that waits for a person: `fleet audit resolve` lists those")]
    NoSuch(u64),
    /// The entry is not what it was.
    #[error(transparent)]
    Gate(#[from] GateError),
}

/// Remembers that `call` is unknown, by the entry that says so; a second time is no second row.
///
/// # Errors
/// [`GateError`].
pub fn note_unknown(
    home: &Home,
    call: &CallId,
    tool: &str,
    caller: &str,
    place: &Place,
) -> Result<(), GateError> {
    let row = Unknown {
        call: call.clone(),
        tool: tool.to_owned(),
        caller: caller.to_owned(),
        at: clock::now(),
        place: place.clone(),
    };
    let _lock = Lock::acquire(&home.unknown_lock(), WAIT)?;
    if unknown(home)?.iter().any(|u| u.call == row.call) {
        return Ok(());
    }
    jsonl::append(&home.unknown(), &row).map_err(|e| GateError::State(home.unknown(), e))
}

/// The unknown calls that nobody closed yet.
///
/// # Errors
/// [`GateError`].
pub fn unknown(home: &Home) -> Result<Vec<Unknown>, GateError> {
    jsonl::read(&home.unknown()).map_err(|e| GateError::State(home.unknown(), e))
}

/// Closes the unknown call of entry `seq`: a person found out whether it took place.
///
/// # Errors
/// [`NotResolved`]; it then stays open.
pub fn resolve_unknown(
    home: &Home,
    seq: u64,
    done: bool,
    reason: &str,
    person: &Person,
) -> Result<(Unknown, Receipt), NotResolved> {
    let _lock = Lock::acquire(&home.unknown_lock(), WAIT).map_err(GateError::from)?;
    let mut rows = unknown(home)?;
    let at = rows.iter().position(|u| u.place.seq == seq).ok_or(NotResolved::NoSuch(seq))?;
    let row = rows.remove(at);
    let log = Log::of(home);
    // A crash between the entry and the file left the row: it was answered, and is not answered again.
    // In a log that was begun since, all of it came later.
    let after = if log.read(&row.place).is_ok() { row.place.seq } else { 0 };
    let answered = log.find_about(("call", row.call.as_str()), after, &[Kind::CallResolved]);
    let state = |e| GateError::State(home.unknown(), e);
    if answered.map_err(GateError::from)?.is_some() {
        jsonl::rewrite(&home.unknown(), &rows).map_err(state)?;
        return Err(NotResolved::NoSuch(seq));
    }
    // The row is only a finger that points into the log. A log that was closed since keeps the entry.
    if home.audit_closed().symlink_metadata().is_err() {
        log.read(&row.place).map_err(GateError::from)?;
    }
    let entry = Entry::new(Kind::CallResolved)
        .with("call", &row.call)
        .with("tool", &row.tool)
        .with("caller", &row.caller)
        .with("outcome", if done { "done" } else { "not-done" })
        .with("reason", reason)
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("args", serde_json::json!({ "seq": seq, "hash": row.place.hash }));
    let receipt = log.append(&entry).map_err(GateError::from)?;
    jsonl::rewrite(&home.unknown(), &rows).map_err(state)?;
    Ok((row, receipt))
}
