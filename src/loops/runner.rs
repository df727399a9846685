//! A run: lock, settings, gather, plan, acts through the gate, record. Whatever happens, a record
//! and, where it matters, a message to the owner.

use super::config::{self, Unfit};
use super::dedupe::{Deed, Deeds};
use super::memory;
use super::outcome::{Outcome, RanCall, RunRecord};
use super::plan::{self, For, NoPlan, Plan, PlannedCall};
use super::record::{self, record_run};
use super::registry::{self, LoopError, Mode, Registered, mode};
use super::resume::{self, ActResult, Progress};
use super::spec::Spec;
use super::store::{self, Store};
use crate::audit::{Entry, Kind, Log};
use crate::calendar::{self, Slot};
use crate::call::{ApprovalId, Call, Caller, LoopId, Run, RunId};
use crate::gate::{self, ApprovalError, GateError, World};
use crate::state::{Home, Settings, call_id, clock, run_id};
use crate::submit::{Status, submit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io;
use std::time::Instant;

/// A run under way, on disk: found without the loop's lock, it tells of a crash. It is the claim of its
/// slot.
#[derive(Serialize, Deserialize)]
pub(super) struct Claim {
    pub run: RunId,
    pub started: Timestamp,
    #[serde(default)]
    pub slot: Option<Slot>,
    /// The newest entry of the log before it.
    #[serde(default)]
    pub after: u64,
}

/// A run on its way.
pub(super) struct Runner<'h> {
    pub(super) home: &'h Home,
    pub(super) id: &'h LoopId,
    pub(super) run: RunId,
    pub(super) slot: Option<String>,
    pub(super) started: Timestamp,
    pub(super) deadline: Option<Instant>,
    calls: usize,
    /// A gate or log that could not answer while gathering.
    fault: Option<GateError>,
    /// Whether it stops at the plan.
    planning: bool,
}

/// What loop `id` would do now: gathers through the gate, plans, and asks the gate about each call.
/// No lock, no record of a run, nothing changed.
///
/// # Errors
/// [`LoopError`].
pub fn plan_only(home: &Home, id: &LoopId) -> Result<Result<Plan, (Outcome, String)>, LoopError> {
    let io = |e| LoopError::Io(id.clone(), e);
    let (record, spec, _) = registry::registered(home, id)?;
    let mut runner = Runner::new(home, id, run_id().map_err(io)?, true);
    runner.slot = slot(&spec, runner.started).unwrap_or_default();
    let mut values = match runner.values(&record, &spec)? {
        Ok(values) => values,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let mut plan = match runner.plan(&record, &spec, &mut values) {
        Ok(plan) => plan,
        Err(no) => match runner.fault.take() {
            Some(fault) => return Err(fault.into()),
            None => return Ok(Err((Outcome::failed(no.what), no.why))),
        },
    };
    let world = World::supposing(home)?;
    let deeds = Deeds::load(&Store::of(home, id)).map_err(io)?;
    for call in &mut plan.calls {
        let asked = runner.call(&call.tool, call.args.clone(), Some(&call.why)).map_err(io)?;
        call.note = match deeds.get(&call.dedupe) {
            Some(Deed::Done) => Some("done before: a run leaves it out".into()),
            Some(Deed::Taken) => Some("interrupted before: a run does not repeat it".into()),
            Some(Deed::Waiting) if runner.still_waits(deeds.approval(&call.dedupe))? => {
                Some("waits for a person already".into())
            }
            Some(Deed::Waiting) | None => None,
        };
        match gate::judge(asked, &world) {
            Ok(judged) => {
                if let Some(denied) = gate::denied(home, &judged)? {
                    call.note = Some(denied.message);
                }
                call.decision = Some(judged.answer());
                call.reasons = judged.reasons().to_vec();
            }
            Err(refusal) => {
                call.decision = Some(crate::call::Answer::Error);
                call.reasons = refusal.reasons;
            }
        }
    }
    Ok(Ok(plan))
}

/// The slot a run at `now` belongs to. An unknown zone is a fault, not UTC.
fn slot(spec: &Spec, now: Timestamp) -> Result<Option<String>, String> {
    let zone = clock::zone(spec.schedule.zone.as_deref())?;
    Ok(calendar::latest(&spec.schedule, &zone, now).map(|slot| slot.name))
}

impl<'h> Runner<'h> {
    /// A run that begins now.
    pub(super) fn new(home: &'h Home, id: &'h LoopId, run: RunId, planning: bool) -> Self {
        let started = clock::now();
        Self { home, id, run, slot: None, started, deadline: None, calls: 0, fault: None, planning }
    }

    pub(super) fn go(
        &mut self,
        record: &Registered,
        spec: &Spec,
        store: &Store,
    ) -> Result<RunRecord, LoopError> {
        let io = |e| LoopError::Io(self.id.clone(), e);
        let mut values = match self.values(record, spec)? {
            Ok(values) => values,
            Err((outcome, why)) => return self.end(outcome, &why, &[], BTreeMap::new()),
        };
        registry::write_scope(self.home, self.id, spec)?;
        let plan = match self.plan(record, spec, &mut values) {
            Ok(plan) => plan,
            Err(no) => return self.end(Outcome::failed(no.what), &no.why, &[], BTreeMap::new()),
        };
        store::write(&store.plan(&self.run), &plan).map_err(io)?;
        let live = mode(self.home, self.id) == Some(Mode::Live);
        let results =
            if live { self.act(&plan, store)? } else { vec![ActResult::observed(); plan.calls.len()] };
        let progress = Progress {
            v: 1,
            run: self.run.clone(),
            slot: self.slot.clone(),
            started: self.started,
            live,
            values,
            plan,
            results,
            read: self.calls,
        };
        resume::finish_or_park(self.home, self.id, spec, progress)
    }

    /// Config, state, limits and run; or why the loop cannot run with its settings.
    #[expect(clippy::type_complexity, reason = "the inner result is an outcome, not an error")]
    fn values(
        &self,
        record: &Registered,
        spec: &Spec,
    ) -> Result<Result<Map<String, Value>, (Outcome, String)>, LoopError> {
        let settings = Settings::load(self.home).map_err(GateError::from)?;
        let config = match config::resolve(spec, self.id, &settings, self.home) {
            Ok(config) => config,
            Err(Unfit::Missing(why)) => return Ok(Err((Outcome::skipped("not_configured"), why))),
            Err(Unfit::Wrong(why)) => return Ok(Err((Outcome::failed("config"), why))),
        };
        let memory = memory::load(&Store::of(self.home, self.id), spec)
            .map_err(|e| LoopError::Io(self.id.clone(), e))?;
        let run = json!({
            "id": self.run,
            // A run without a slot is told from others all the same.
            "slot": self.slot.as_deref().unwrap_or(self.run.as_str()),
            "unix": self.started.as_second(),
            "registered": record.at.as_microsecond(),
            "date": self.started.strftime("%Y-%m-%d").to_string(),
        });
        Ok(Ok(Map::from_iter([
            ("config".to_owned(), Value::Object(config.values)),
            ("state".to_owned(), Value::Object(memory)),
            ("limits".to_owned(), serde_json::to_value(&spec.limits).unwrap_or_default()),
            ("run".to_owned(), run),
        ])))
    }

    fn plan(
        &mut self,
        record: &Registered,
        spec: &Spec,
        values: &mut Map<String, Value>,
    ) -> Result<Plan, NoPlan> {
        let (id, run, slot) = (self.id.clone(), self.run.clone(), self.slot.clone());
        let of = For { spec, id: &id, run: &run, slot, loop_sha256: record.loop_sha256.to_string() };
        let most = spec.limits.tool_calls;
        plan::build(&of, values, &mut |tool, args| self.read(tool, args, most))
    }

    /// One call of a gather step. One that would have to ask is a failure: nobody waits for a read.
    fn read(&mut self, tool: &str, args: Value, most: usize) -> Result<Value, NoPlan> {
        if self.late() {
            return Err(NoPlan::new("timeout", "the time of this run is over"));
        }
        if self.calls >= most {
            return Err(NoPlan::new(
                "budget",
                format!("more than {most} calls in one run (`tool_calls` in [limits])"),
            ));
        }
        self.calls += 1;
        let failed = |why: String| NoPlan::new("gather", why);
        let call = self.call(tool, args, None).map_err(|e| failed(e.to_string()))?;
        let asked = call.id.clone();
        let reply = match submit(self.home, call) {
            Ok(reply) => reply,
            Err(e) => {
                let why = e.to_string();
                self.fault = Some(e);
                return Err(NoPlan::new("state", why));
            }
        };
        if let Some(by) = reply.stopped_by() {
            return Err(NoPlan::new(by.word(), reply.error.unwrap_or_default()));
        }
        if let Some(id) = reply.approval.filter(|_| reply.status == Status::Waiting) {
            // Somebody else's identical request stays.
            if reply.call == asked {
                gate::forget(self.home, &id).map_err(|e| NoPlan::new("state", e.to_string()))?;
            }
            let why: Vec<_> = reply.reasons.into_iter().map(|r| r.message).collect();
            return Err(NoPlan::new("policy", format!("`{tool}` would have to ask: {}", why.join("; "))));
        }
        match (reply.status, reply.result) {
            (Status::Done, Some(result)) => Ok(result),
            (Status::Refused, _) => Err(NoPlan::new("policy", reply.error.unwrap_or_default())),
            (Status::Done | Status::Failed | Status::Unknown | Status::Waiting, _) => {
                Err(failed(reply.error.unwrap_or_else(|| "no result".into())))
            }
        }
    }

    /// Takes each call of the plan through the gate; the deed is taken durably before.
    fn act(&mut self, plan: &Plan, store: &Store) -> Result<Vec<ActResult>, LoopError> {
        let mut deeds = Deeds::load(store).map_err(|e| LoopError::Io(self.id.clone(), e))?;
        let mut results = Vec::new();
        let mut stopped = false;
        for call in &plan.calls {
            let result = if stopped || self.late() {
                ActResult::skipped(if stopped {
                    "an earlier act failed"
                } else {
                    "the time of this run is over"
                })
            } else {
                self.act_one(call, &mut deeds)?
            };
            stopped |= result.bad() && !call.keep_going;
            results.push(result);
        }
        Ok(results)
    }

    fn act_one(&mut self, call: &PlannedCall, deeds: &mut Deeds) -> Result<ActResult, LoopError> {
        let io = |e: io::Error| LoopError::Io(self.id.clone(), e);
        match deeds.get(&call.dedupe) {
            Some(Deed::Done) => return Ok(ActResult::skipped("done before")),
            Some(Deed::Waiting) if self.still_waits(deeds.approval(&call.dedupe))? => {
                return Ok(ActResult::asked_before());
            }
            // Asked by a run that never got to park, and decided or gone since: a person decides anew.
            Some(Deed::Waiting) => {}
            Some(Deed::Taken) => {
                return Ok(ActResult::unknown(
                    "an earlier run was interrupted while doing this; it is not repeated",
                ));
            }
            None => {}
        }
        let asked = self.call(&call.tool, call.args.clone(), Some(&call.why)).map_err(io)?;
        deeds.take(&call.dedupe, &asked.id).map_err(io)?;
        let reply = submit(self.home, asked)?;
        match reply.status {
            Status::Done => deeds.set(&call.dedupe, Deed::Done).map_err(io)?,
            Status::Waiting => deeds.wait(&call.dedupe, reply.approval.clone()).map_err(io)?,
            Status::Refused | Status::Failed => deeds.release(&call.dedupe).map_err(io)?,
            Status::Unknown => {}
        }
        Ok(ActResult::of(&reply))
    }

    /// Whether a call that was asked before can still be decided, or is being carried out.
    fn still_waits(&self, approval: Option<&ApprovalId>) -> Result<bool, LoopError> {
        let Some(id) = approval else { return Ok(false) };
        match gate::get(self.home, id) {
            Ok(a) => {
                Ok((a.state.open() && a.expires > clock::now()) || self.home.inflight_of(&a.call).exists())
            }
            Err(ApprovalError::Gate(e)) => Err(e.into()),
            Err(ApprovalError::Unknown(_) | ApprovalError::Closed(..) | ApprovalError::Edited(_)) => {
                Ok(false)
            }
        }
    }

    fn call(&self, tool: &str, args: Value, why: Option<&str>) -> io::Result<Call> {
        Ok(Call {
            id: call_id()?,
            caller: Caller::Loop(self.id.clone()),
            tool: tool.to_owned(),
            args,
            run: Some(Run {
                id: self.id.clone(),
                run: self.run.clone(),
                slot: self.slot.clone(),
                planning: self.planning,
            }),
            why: why.map(str::to_owned),
        })
    }

    fn late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// The run before this one ended without a record: it is reported, and nothing of it is repeated. Its
    /// slot, if it had one.
    pub(super) fn after_a_crash(&self, store: &Store) -> Result<Option<Timestamp>, LoopError> {
        let io = |e| LoopError::Io(self.id.clone(), e);
        let Some(left) = store::read::<Claim>(&store.current()).map_err(io)? else { return Ok(None) };
        let (at, kinds) = (("run", left.run.as_str()), [Kind::RunFinished]);
        let finished = Log::of(self.home).find_about(at, left.after, &kinds)?;
        let new = Runner::new(self.home, self.id, left.run, false);
        let of = Runner { started: left.started, slot: left.slot.clone().map(|s| s.name), ..new };
        match finished {
            // Killed after its record: there is nothing to report, at most something to file.
            Some((_, entry)) => {
                let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
                let record = of.record(Outcome::from(text("outcome").to_owned()), text("reason"));
                record::keep(self.home, &record)?;
            }
            None => {
                let why = "its process ended without a record; what it had begun is not repeated";
                let _ = of.end(Outcome::failed("crashed"), why, &[], BTreeMap::new())?;
            }
        }
        Ok(left.slot.map(|slot| slot.at))
    }

    pub(super) fn entry(&self, kind: Kind) -> Entry {
        Entry::new(kind).with("loop", self.id).with("run", &self.run).with("slot", &self.slot)
    }

    pub(super) fn refuse(&self, what: &str, why: &LoopError) -> Result<RunRecord, LoopError> {
        self.end(Outcome::failed(what), &why.to_string(), &[], BTreeMap::new())
    }

    /// The record of a run that made no calls; not written yet.
    pub(super) fn record(&self, outcome: Outcome, reason: &str) -> RunRecord {
        RunRecord {
            v: 1,
            id: self.id.clone(),
            run: self.run.clone(),
            slot: self.slot.clone(),
            outcome,
            reason: reason.to_owned(),
            counts: BTreeMap::new(),
            calls: Vec::new(),
            approvals: Vec::new(),
            started: self.started,
            ended: clock::now(),
        }
    }

    pub(super) fn end(
        &self,
        outcome: Outcome,
        reason: &str,
        calls: &[RanCall],
        counts: BTreeMap<String, usize>,
    ) -> Result<RunRecord, LoopError> {
        let record = RunRecord { calls: calls.to_vec(), counts, ..self.record(outcome, reason) };
        record_run(self.home, &record)?;
        Ok(record)
    }
}
