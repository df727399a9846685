//! After a crash: a call whose in-flight file nobody holds is closed as unknown, and what it left
//! running is ended. Nothing is ever repeated.

use super::brakes;
use super::flight;
use super::record;
use super::unknown::note_unknown;
use super::world::GateError;
use crate::audit::{self, Entry, Kind, Log};
use crate::call::{CallId, Risk};
use crate::state::tree::Tree;
use crate::state::{Home, Lock, durable, process};
use serde_json::Value;
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

fn close(home: &Home, path: &Path) -> Result<Option<String>, GateError> {
    let state = |e| GateError::State(path.to_owned(), e);
    let file = match durable::open_in_place(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(state(e)),
    };
    // Held: the call is under way. Gone since: somebody else closed it.
    let Ok(lock) = Lock::on(file) else { return Ok(None) };
    if !flight::names(path, &lock).map_err(state)? {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (manifest, children) = flight::read(&mut lock.file().try_clone().map_err(state)?).map_err(state)?;
    let log = Log::of(home);
    // All of another log is later; and the intent may lie in the one before it.
    let replaced =
        manifest.as_ref().is_some_and(|m| m.log.is_some() && m.log != audit::log_id(&home.audit()));
    let after = match &manifest {
        Some(_) if replaced => 0,
        Some(m) => m.after,
        // A file that a power cut emptied: what it tells of was among the last things that happened.
        None => log.seen()?.seq.saturating_sub(200),
    };
    let call = CallId::parse(&name).map_err(|e| state(std::io::Error::other(e.to_string())))?;
    let tool = manifest.as_ref().map_or_else(|| "a call".to_owned(), |m| m.tool.clone());
    let caller = manifest.as_ref().map_or_else(String::new, |m| m.caller.clone());
    let outcomes = [Kind::CallDone, Kind::CallFailed, Kind::CallUnknown];
    let breakers = manifest.as_ref().map_or(&[][..], |m| &m.breakers);
    if let Some((place, entry)) = log.find_about(("call", &name), after, &outcomes)? {
        // It may have ended before its breakers heard of it.
        if let Some(ended) = unheard(&entry) {
            brakes::settle(home, breakers, &call, ended)?;
        }
        if kind(&entry) == Kind::CallUnknown.as_str() {
            note_unknown(home, &call, &tool, &caller, &place)?;
        }
        durable::remove(path).map_err(state)?;
        return Ok(None);
    }
    let risk = manifest.as_ref().map_or(Risk::High, |m| m.risk);
    if risk > Risk::Low && !replaced && log.find_about(("call", &name), after, &[Kind::CallIntent])?.is_none()
    {
        // Nothing was attempted, and nothing is on record that says it may have been.
        durable::remove(path).map_err(state)?;
        return Ok(Some(format!("call {name} ({tool}) was cut off before it began: nothing was done")));
    }
    let mut tree = Tree::new(path, None);
    children.iter().for_each(|child| tree.leader(child));
    // A child registers before it becomes a program: without one nothing was started.
    let ended = if children.is_empty() { 0 } else { tree.end(process::GRACE).told };
    // A read that was cut off changed nothing, so there is nothing for a person to find out.
    let closing = if risk == Risk::Low { Kind::CallFailed } else { Kind::CallUnknown };
    let mut entry = Entry::new(closing)
        .with("call", &name)
        .with("risk", risk)
        .with("reason", "the process that ran it ended without an outcome")
        .with("outcome", if risk == Risk::Low { "interrupted" } else { "unknown" });
    if ended > 0 {
        entry = entry.with("error", format!("{ended} process(es) it left running were ended"));
    }
    if let Some(m) = &manifest {
        entry = entry
            .with("tool", &m.tool)
            .with("caller", &m.caller)
            .with("digest", &m.digest)
            .with("run", &m.run);
    }
    let receipt = log.append(&entry)?;
    brakes::settle(home, breakers, &call, brakes::Ended::Failed("its process ended without an outcome"))?;
    if closing == Kind::CallUnknown {
        note_unknown(home, &call, &tool, &caller, receipt.place())?;
    }
    durable::remove(path).map_err(state)?;
    let what = if risk == Risk::Low { "was interrupted" } else { "may or may not have taken place" };
    let hint = if risk == Risk::Low { "" } else { "; `fleet audit resolve` closes it" };
    Ok(Some(format!(
        "call {name} ({tool}) {what}: its process ended without an outcome; audit entry {}{hint}",
        receipt.place().seq
    )))
}

fn kind(entry: &Value) -> &str {
    entry.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// What a recorded outcome says to breakers that may not have heard of it. A success is left out: it
/// would forgive failures that came since.
fn unheard(outcome: &Value) -> Option<brakes::Ended<'_>> {
    let says = |member: &str| outcome.get(member).and_then(Value::as_str);
    if kind(outcome) == Kind::CallDone.as_str() {
        return None;
    }
    let stopped = says("outcome").is_some_and(|outcome| outcome.starts_with("stopped"));
    let why = says("error").unwrap_or("it failed, and its process ended at once");
    Some(match says("reason") {
        _ if stopped => brakes::Ended::Braked,
        Some(record::MISTAKEN) => brakes::Ended::Mistaken(why),
        Some(_) | None => brakes::Ended::Failed(why),
    })
}
