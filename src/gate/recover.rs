//! After a crash: a call whose in-flight file nobody holds is closed as unknown, and what it left
//! running is ended. Nothing is ever repeated.

use super::flight;
use super::world::GateError;
use crate::audit::{Entry, Kind, Log};
use crate::call::{CallId, Risk};
use crate::state::{Home, Lock, durable, process};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

/// A temporary in-flight file this old belongs to nobody.
const STALE: Duration = Duration::from_secs(60);

/// Closes crashed calls; returns a sentence for each.
///
/// # Errors
/// [`GateError`]; what was not closed is closed by the next command.
pub fn recover(home: &Home) -> Result<Vec<String>, GateError> {
    let folder = home.inflight();
    let mut closed = Vec::new();
    let state = |e| GateError::State(folder.clone(), e);
    for entry in std::fs::read_dir(&folder).map_err(state)? {
        let entry = entry.map_err(state)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|n| CallId::parse(n).is_ok()) {
            closed.extend(close(home, &entry.path())?);
        } else if entry
            .metadata()
            .is_ok_and(|m| m.modified().is_ok_and(|t| t.elapsed().is_ok_and(|e| e > STALE)))
        {
            // It never got its name, so no intent followed it.
            durable::remove(&entry.path()).map_err(state)?;
        }
    }
    Ok(closed)
}

/// Whether the call's outcome is among the newest entries: then its process ended between the two.
fn closed_already(home: &Home, path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let closes = |line: &Vec<u8>| {
        let entry: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
        let is = |member: &str, value: &str| entry.get(member).and_then(|v| v.as_str()) == Some(value);
        is("call", &name) && ["call.done", "call.failed", "call.unknown"].iter().any(|kind| is("kind", kind))
    };
    crate::audit::last_lines(&home.audit(), 200).is_ok_and(|lines| lines.iter().any(closes))
}

fn close(home: &Home, path: &Path) -> Result<Option<String>, GateError> {
    let state = |e| GateError::State(path.to_owned(), e);
    let file = match durable::open_in_place(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(state(e)),
    };
    // Held: the call is under way. Gone since: somebody else closed it.
    let Ok(lock) = Lock::on(file) else { return Ok(None) };
    let ours = lock.file().metadata().map_err(state)?;
    if path.metadata().is_ok_and(|m| m.ino() != ours.ino()) || !path.exists() {
        return Ok(None);
    }
    if closed_already(home, path) {
        durable::remove(path).map_err(state)?;
        return Ok(None);
    }
    let (manifest, children) = flight::read(&mut lock.file().try_clone().map_err(state)?).map_err(state)?;
    let ended = children.iter().filter(|child| process::end_group(child, process::GRACE)).count();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let risk = manifest.as_ref().map_or(Risk::High, |m| m.risk);
    // A read that was cut off changed nothing, so there is nothing for a person to find out.
    let kind = if risk == Risk::Low { Kind::CallFailed } else { Kind::CallUnknown };
    let mut entry = Entry::new(kind)
        .with("call", &name)
        .with("risk", risk)
        .with("reason", "the process that ran it ended without an outcome")
        .with("outcome", if risk == Risk::Low { "interrupted" } else { "unknown" });
    if ended > 0 {
        entry = entry.with("error", format!("{ended} process group(s) it left running were ended"));
    }
    if let Some(m) = &manifest {
        entry = entry
            .with("tool", &m.tool)
            .with("caller", &m.caller)
            .with("digest", &m.digest)
            .with("run", &m.run);
    }
    let receipt = Log::of(home).append(&entry)?;
    durable::remove(path).map_err(state)?;
    let tool = manifest.map_or_else(|| "a call".to_owned(), |m| m.tool);
    let what = if risk == Risk::Low { "was interrupted" } else { "may or may not have taken place" };
    Ok(Some(format!(
        "call {name} ({tool}) {what}: its process ended without an outcome; audit entry {}",
        receipt.place().seq
    )))
}
