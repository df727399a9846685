//! Putting a run on record, and telling the owner when it failed.

use super::outcome::{Outcome, RunRecord};
use super::registry::LoopError;
use super::store::{self, Store};
use crate::audit::{Entry, Kind, Log};
use crate::call::{LoopId, Severity};
use crate::notify::{self, Notice};
use crate::state::{Home, clock};

/// Puts a run on record: in the log, beside the loop, and for failures in the owner's outbox. The
/// message is stored before the record, so that a full disk is still told of.
pub(super) fn record_run(home: &Home, record: &RunRecord) -> Result<(), LoopError> {
    let outcome = record.outcome.to_string();
    if matches!(record.outcome, Outcome::Failed(_)) {
        let step = std::fs::read_to_string(Store::of(home, &record.id).runbook()).ok();
        let step = step.as_deref().and_then(super::runbook::first_step);
        tell(home, &record.id, &outcome, &record.reason, step);
    }
    let entry = Entry::new(Kind::RunFinished)
        .with("loop", &record.id)
        .with("run", &record.run)
        .with("slot", &record.slot)
        .with("outcome", &outcome)
        .with("reason", &record.reason)
        .with("args", &record.counts);
    let _ = Log::of(home).append(&entry)?;
    let store = Store::of(home, &record.id);
    if store.registration().exists() {
        let io = |e| LoopError::Io(record.id.clone(), e);
        crate::state::jsonl::append(&store.runs(), record).map_err(io)?;
        store::write(&store.last(), record).map_err(io)?;
    }
    Ok(())
}

/// Tells the owner: outbox first; if even that fails, stderr is all that is left, and the caller
/// writes there anyway.
pub fn tell(home: &Home, id: &LoopId, outcome: &str, why: &str, step: Option<String>) {
    let step = step.map_or_else(String::new, |s| format!("\nFirst step: {s}"));
    let notice = Notice {
        v: 1,
        key: format!("loop:{id}:{outcome}"),
        at: clock::now(),
        severity: Severity::Urgent,
        title: format!("loop {id}: {outcome}"),
        body: format!("{}{step}", crate::call::visible(why)),
        more: format!("fleet loop show {id}"),
    };
    let _ = notify::put(home, &notice);
}
