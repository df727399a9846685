//! After the acts: findings, checks, commits, the record. A run whose calls wait for a person is
//! parked in a file, nothing waits in memory, and it goes on here when they were decided.

use super::dedupe::{Deed, Deeds};
use super::finish::{counts, finish, record};
use super::outcome::{Outcome, RunRecord, word};
use super::plan::Plan;
use super::record::record_run;
use super::registry::{self, LoopError};
use super::spec::Spec;
use super::store::{self, Store};
use crate::call::{ApprovalId, CallId, LoopId, RunId, Severity};
use crate::gate::{self, ApprovalError, GateError, State, StoredRun};
use crate::notify::{self, Notice};
use crate::state::{Home, Lock, clock, durable};
use crate::submit::{Reply, StoppedBy};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// A run after its acts were tried.
#[derive(Serialize, Deserialize)]
pub(super) struct Progress {
    pub v: u8,
    pub run: RunId,
    pub slot: Option<String>,
    pub started: Timestamp,
    pub live: bool,
    pub values: Map<String, Value>,
    pub plan: Plan,
    pub results: Vec<ActResult>,
    pub read: usize,
}

/// What became of one planned call.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ActResult {
    pub status: String,
    pub call: Option<String>,
    pub approval: Option<ApprovalId>,
    pub error: Option<String>,
    pub result: Value,
    #[serde(default)]
    pub stopped_by: Option<StoppedBy>,
}

impl ActResult {
    fn plain(status: &str, error: Option<&str>) -> Self {
        let error = error.map(str::to_owned);
        Self {
            status: status.into(),
            call: None,
            approval: None,
            error,
            result: Value::Null,
            stopped_by: None,
        }
    }
    pub(super) fn observed() -> Self {
        Self::plain("observed", None)
    }
    pub(super) fn skipped(why: &str) -> Self {
        Self::plain("skipped", Some(why))
    }
    pub(super) fn asked_before() -> Self {
        Self::plain("waiting", Some("asked by an earlier run"))
    }
    pub(super) fn unknown(why: &str) -> Self {
        Self::plain("unknown", Some(why))
    }
    pub(super) fn of(reply: &Reply) -> Self {
        let because = |rule: &str| reply.reasons.iter().any(|reason| reason.rule == rule);
        let status = if because("stale") {
            "stale"
        } else if because("denied-before") {
            // A person said no: that is an answer, not a failure.
            "denied"
        } else {
            word(reply.status)
        };
        Self {
            status: status.to_owned(),
            call: Some(reply.call.to_string()),
            approval: reply.approval.clone(),
            error: reply.error.clone(),
            result: reply.result.clone().unwrap_or_default(),
            stopped_by: reply.stopped_by(),
        }
    }
    /// Whether it is a failure that stops a loop which does not go on.
    pub(super) fn bad(&self) -> bool {
        ["failed", "refused", "unknown"].contains(&self.status.as_str())
    }
    pub(super) fn waits(&self) -> bool {
        self.status == "waiting" && self.approval.is_some()
    }
}

/// What came of a decision for the run that asked.
#[derive(Debug)]
pub enum Resumed {
    /// The run is over.
    Finished(Box<RunRecord>),
    /// Other calls of it still wait.
    StillParked(usize),
    /// It is not parked any more.
    Gone,
}

/// Carries the decision on one of its calls back to a parked run, under the loop's lock. `reply` is
/// what came of an approval, none stands for a denial.
///
/// # Errors
/// [`LoopError`]; the run then stays parked, and the loop's next run settles it.
pub fn resume(
    home: &Home,
    run: &StoredRun,
    approval: &ApprovalId,
    reply: Option<&Reply>,
) -> Result<Resumed, LoopError> {
    let id = &run.id;
    let io = |e| LoopError::Io(id.clone(), e);
    let store = Store::of(home, id);
    let _lock = Lock::acquire(&store.lock(), Duration::from_secs(30)).map_err(GateError::from)?;
    let Some(mut progress) = store::read::<Progress>(&store.parked_run(&run.run)).map_err(io)? else {
        return Ok(Resumed::Gone);
    };
    let result = match reply {
        // A brake or a broken policy holds the approval: nothing was decided for the run yet.
        Some(_) if gate::get(home, approval).is_ok_and(|a| a.state.open()) => {
            return Ok(Resumed::StillParked(1));
        }
        Some(reply) => ActResult::of(reply),
        None => ActResult::plain("denied", Some("a person said no")),
    };
    set(&store, &mut progress, approval, result).map_err(io)?;
    // What is known is kept, should others wait, or the definition be another than was registered.
    store::write(&store.parked_run(&run.run), &progress).map_err(io)?;
    let waiting = progress.results.iter().filter(|r| r.waits()).count();
    if waiting > 0 {
        return Ok(Resumed::StillParked(waiting));
    }
    let spec = parked_spec(home, id)?;
    let record = finish(home, id, &spec, &progress)?;
    durable::remove(&store.parked_run(&run.run)).map_err(io)?;
    Ok(Resumed::Finished(Box::new(record)))
}

/// The definition a parked run goes on with: the registered one; a plan is data and stays as it was.
fn parked_spec(home: &Home, id: &LoopId) -> Result<Spec, LoopError> {
    registry::registered(home, id).map(|(_, spec, _)| spec)
}

fn set(
    store: &Store,
    progress: &mut Progress,
    approval: &ApprovalId,
    result: ActResult,
) -> std::io::Result<()> {
    let calls = progress.plan.calls.iter();
    for (slot, call) in progress.results.iter_mut().zip(calls) {
        if slot.approval.as_ref() == Some(approval) && slot.status == "waiting" {
            if result.status != "unknown" {
                // A person decides each time, so that no memory is needed against doing it twice.
                Deeds::load(store)?.release(&call.dedupe)?;
            } else {
                let by = result.call.as_deref().and_then(|call| CallId::parse(call).ok());
                match by {
                    Some(by) => Deeds::load(store)?.take(&call.dedupe, &by)?,
                    None => Deeds::load(store)?.set(&call.dedupe, Deed::Taken)?,
                }
            }
            *slot = ActResult { approval: slot.approval.clone(), ..result.clone() };
        }
    }
    Ok(())
}

/// Before a new run: closes parked runs whose calls can no longer be decided.
pub(super) fn settle(home: &Home, id: &LoopId, spec: &Spec) -> Result<(), LoopError> {
    let io = |e| LoopError::Io(id.clone(), e);
    let store = Store::of(home, id);
    let names =
        std::fs::read_dir(store.parked()).map_err(io)?.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let runs: Vec<RunId> = names.filter_map(|n| RunId::parse(n.strip_suffix(".json")?).ok()).collect();
    for run in runs {
        let path = store.parked_run(&run);
        let Some(mut progress) = store::read::<Progress>(&path).map_err(io)? else { continue };
        let waiting: Vec<_> =
            progress.results.iter().filter(|r| r.waits()).filter_map(|r| r.approval.clone()).collect();
        for approval in waiting {
            let ended = match gate::get(home, &approval) {
                Ok(a) if a.state.open() && a.expires > clock::now() => continue,
                // Being carried out right now: whoever does it lets this run go on.
                Ok(a) if a.state == State::Spent && home.inflight_of(&a.call).exists() => continue,
                Ok(a) if a.state == State::Spent => {
                    match a.outcome.and_then(|o| serde_json::from_value(o).ok()) {
                        Some(reply) => ActResult::of(&reply),
                        None => ActResult::unknown("used, and interrupted before an outcome was on record"),
                    }
                }
                Ok(a) if a.state == State::Denied => ActResult::plain("denied", Some("a person said no")),
                Ok(a) if a.state == State::Stale => {
                    ActResult::plain("stale", Some("the world changed before it was carried out"))
                }
                Ok(_)
                | Err(ApprovalError::Unknown(_) | ApprovalError::Closed(..) | ApprovalError::Edited(_)) => {
                    ActResult::plain("expired", Some("nobody decided in time"))
                }
                Err(ApprovalError::Gate(e)) => return Err(e.into()),
            };
            set(&store, &mut progress, &approval, ended).map_err(io)?;
        }
        if progress.results.iter().any(ActResult::waits) {
            store::write(&path, &progress).map_err(io)?;
        } else {
            let _ = finish(home, id, spec, &progress)?;
            durable::remove(&path).map_err(io)?;
        }
    }
    Ok(())
}

/// Ends a run, or parks it while calls of it wait.
pub(super) fn finish_or_park(
    home: &Home,
    id: &LoopId,
    spec: &Spec,
    progress: Progress,
) -> Result<RunRecord, LoopError> {
    if !progress.results.iter().any(|r| r.status == "waiting") {
        return finish(home, id, spec, &progress);
    }
    let store = Store::of(home, id);
    let mut record = record(id, &progress, Outcome::AwaitingApproval, String::new(), BTreeMap::new());
    if progress.results.iter().any(ActResult::waits) {
        store::write(&store.parked_run(&progress.run), &progress)
            .map_err(|e| LoopError::Io(id.clone(), e))?;
    } else {
        let own = crate::call::Caller::Loop(id.clone());
        record.approvals = gate::list(home)?.into_iter().filter(|a| a.caller == own).map(|a| a.id).collect();
    }
    let ids: Vec<_> = record.approvals.iter().map(ToString::to_string).collect();
    record.reason = format!("waits for a person: fleet approve {}", ids.join(" "));
    record.counts = counts(&progress);
    if progress.results.iter().any(ActResult::waits) {
        let notice = Notice {
            v: 1,
            key: format!("waiting:{id}:{}", ids.join(",")),
            at: clock::now(),
            severity: Severity::Warn,
            title: format!("loop {id} waits for you"),
            body: record.reason.clone(),
            more: "fleet approval list".into(),
        };
        let _ = notify::put(home, &notice);
    }
    record_run(home, &record)?;
    Ok(record)
}
