//! Putting a run on record, and telling the owner when it failed.

use super::outcome::{Outcome, RunRecord};
use super::registry::LoopError;
use super::store::{self, Store};
use crate::audit::{Entry, Kind, Log};
use crate::call::{LoopId, Severity};
use crate::notify::{self, Notice};
use crate::state::{Home, clock, jsonl};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

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
    keep(home, record)
}

/// Puts a record beside its loop, if it is not there already: whoever was killed may have got half way.
pub(super) fn keep(home: &Home, record: &RunRecord) -> Result<(), LoopError> {
    let store = Store::of(home, &record.id);
    if !store.registration().exists() {
        return Ok(());
    }
    let io = |e| LoopError::Io(record.id.clone(), e);
    let newest: Vec<RunRecord> = jsonl::tail(&store.runs(), 1).map_err(io)?;
    match newest.into_iter().find(|newest| newest.run == record.run && newest.outcome == record.outcome) {
        Some(whole) => store::write(&store.last(), &whole).map_err(io),
        None => {
            jsonl::append(&store.runs(), record).map_err(io)?;
            store::write(&store.last(), record).map_err(io)
        }
    }
}

/// A trouble that lasts.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its kind.
    pub what: &'a str,
    /// What it is about: another one is told anew.
    pub about: &'a str,
    /// A sentence.
    pub why: &'a str,
}

/// Tells the owner of a trouble, once: the same one is told again only a day later.
pub fn tell_once(home: &Home, id: &LoopId, told: &Told<'_>) {
    if first_time(home, id, told) {
        tell(home, id, told.what, told.why, None);
    }
}

/// Whether the owner was not yet told of a trouble today; from now on it counts as told.
pub fn first_time(home: &Home, id: &LoopId, told: &Told<'_>) -> bool {
    let path = Store::of(home, id).told();
    let mut before: BTreeMap<String, (String, Timestamp)> =
        store::read(&path).ok().flatten().unwrap_or_default();
    let now = clock::now();
    let same = before.get(told.what).is_some_and(|(about, at)| {
        about == told.about && now.duration_since(*at).abs() < SignedDuration::from_hours(24)
    });
    if !same {
        before.insert(told.what.to_owned(), (told.about.to_owned(), now));
        // If it is not kept it is told once more, which is the better mistake.
        let _ = store::write(&path, &before);
    }
    !same
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
