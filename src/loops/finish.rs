//! How a run ends: its outcome, findings, checks, commits and record.

use super::engine::{Engine, jinja, with_item};
use super::findings;
use super::memory;
use super::outcome::{Outcome, RanCall, RunRecord};
use super::plan;
use super::record::record_run;
use super::registry::LoopError;
use super::resume::Progress;
use super::spec::{Spec, Stage};
use super::store::{self, Store};
use crate::call::{LoopId, Severity};
use crate::notify::{self, Notice};
use crate::state::{Home, clock};
use minijinja::value::Value as Jinja;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn finish(
    home: &Home,
    id: &LoopId,
    spec: &Spec,
    progress: &Progress,
) -> Result<RunRecord, LoopError> {
    let io = |e| LoopError::Io(id.clone(), e);
    let store = Store::of(home, id);
    let engine = Engine::new();
    let now = values_after(spec, progress);
    let mut counts = counts(progress);
    let (mut outcome, mut reason) = verdict(progress);

    let after = plan::raise(spec, Stage::After, &engine, &now, &progress.run);
    if let Err(why) = &after {
        (outcome, reason) = (Outcome::failed("plan"), why.clone());
    }
    if !matches!(outcome, Outcome::Failed(_)) && progress.live {
        for check in &spec.check {
            let broken = match engine.holds(&check.expr, &now) {
                Ok(true) => continue,
                Ok(false) => format!("this does not hold: {}", check.says),
                Err(why) => why,
            };
            (outcome, reason) = (Outcome::failed("check"), broken);
            break;
        }
    }
    let mut raised = progress.plan.findings.clone();
    raised.extend(after.unwrap_or_default());
    let nothing_raised = raised.is_empty();
    let complete = matches!(outcome, Outcome::Ok) && progress.plan.left_out == 0;
    let change = findings::update(&store, raised, complete).map_err(io)?;
    counts.insert("findings_opened".into(), change.opened.len());
    counts.insert("findings_open".into(), change.opened.len() + change.still);
    counts.insert("findings_resolved".into(), change.resolved.len());
    if progress.live {
        tell_urgent(home, id, &change);
    }
    if !matches!(outcome, Outcome::Failed(_)) {
        commit(spec, &engine, &now, &store).unwrap_or_else(|why| {
            (outcome, reason) = (Outcome::failed("state"), why);
        });
    }
    if outcome == Outcome::Ok
        && progress.plan.calls.is_empty()
        && nothing_raised
        && change.resolved.is_empty()
    {
        outcome = Outcome::Noop;
    }
    if reason.is_empty() {
        reason = engine.text(&spec.summary, &now).unwrap_or_else(|e| format!("no summary: {e}"));
        if !progress.live && !progress.plan.calls.is_empty() {
            reason.push_str(&format!("; observed only, `fleet loop live {id}` lets it act"));
        }
    }
    let record = record(id, progress, outcome, reason, counts);
    record_run(home, &record)?;
    Ok(record)
}

/// The values with `acts`: by act, a list of what became of each of its calls.
fn values_after(spec: &Spec, progress: &Progress) -> Jinja {
    let mut acts: BTreeMap<&str, Vec<Value>> = spec.act.iter().map(|a| (a.id.as_str(), Vec::new())).collect();
    for (call, result) in progress.plan.calls.iter().zip(&progress.results) {
        let row = json!({ "item": call.item, "args": call.args, "status": result.status, "result": result.result, "error": result.error });
        acts.entry(&call.act).or_default().push(row);
    }
    let mut values = progress.values.clone();
    values.insert("acts".into(), serde_json::to_value(acts).unwrap_or_default());
    jinja(values)
}

/// The outcome as far as calls and gathers decide it.
fn verdict(progress: &Progress) -> (Outcome, String) {
    let calls = progress.plan.calls.iter().zip(&progress.results);
    let first = |status: &str| {
        calls
            .clone()
            .find(|(_, r)| r.status == status)
            .map(|(call, r)| format!("act `{}`: {}", call.act, r.error.as_deref().unwrap_or(status)))
    };
    if let Some((by, held)) = calls.clone().find_map(|(_, r)| Some((r.stopped_by?, r))) {
        return (Outcome::failed(by.word()), held.error.clone().unwrap_or_default());
    }
    if let Some(why) = first("unknown") {
        return (Outcome::failed("act"), why);
    }
    if let Some(why) = first("refused") {
        return (Outcome::failed("policy"), why);
    }
    let hard = calls.clone().any(|(call, r)| r.status == "failed" && !call.keep_going);
    if let Some(why) = first("failed") {
        return (if hard { Outcome::failed("act") } else { Outcome::Partial }, why);
    }
    if let Some(why) = first("stale").or_else(|| first("expired")) {
        return (Outcome::Partial, why);
    }
    if progress.plan.errors > 0
        || calls.clone().any(|(_, r)| r.error.as_deref() == Some("the time of this run is over"))
    {
        return (Outcome::Partial, String::new());
    }
    (Outcome::Ok, String::new())
}

fn commit(spec: &Spec, engine: &Engine, now: &Jinja, store: &Store) -> Result<(), String> {
    if spec.commit.is_empty() {
        return Ok(());
    }
    let mut kept = memory::load(store, spec).map_err(|e| e.to_string())?;
    for commit in &spec.commit {
        let mut entries = Vec::new();
        for item in engine.list(&commit.for_each, now)? {
            let now = with_item(now, &item);
            entries.push((engine.text(&commit.key, &now)?, engine.template(&commit.value, &now)?));
        }
        memory::commit(&mut kept, spec, &commit.state, entries);
    }
    store::write(&store.memory(), &kept).map_err(|e| e.to_string())
}

pub(super) fn counts(progress: &Progress) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::from([
        ("read".to_owned(), progress.read),
        ("read_failed".to_owned(), progress.plan.errors),
        ("planned".to_owned(), progress.plan.calls.len()),
        ("left_out".to_owned(), progress.plan.left_out),
    ]);
    for result in &progress.results {
        *counts.entry(result.status.clone()).or_default() += 1;
    }
    counts
}

pub(super) fn record(
    id: &LoopId,
    progress: &Progress,
    outcome: Outcome,
    reason: String,
    counts: BTreeMap<String, usize>,
) -> RunRecord {
    let calls = progress.plan.calls.iter().zip(&progress.results).map(|(call, result)| RanCall {
        act: call.act.clone(),
        tool: call.tool.clone(),
        status: result.status.clone(),
        call: result.call.clone(),
        approval: result.approval.clone(),
        error: result.error.clone(),
        result: kept(&result.result),
    });
    RunRecord {
        v: 1,
        id: id.clone(),
        run: progress.run.clone(),
        slot: progress.slot.clone(),
        outcome,
        reason,
        counts,
        calls: calls.collect(),
        approvals: progress.results.iter().filter(|r| r.waits()).filter_map(|r| r.approval.clone()).collect(),
        started: progress.started,
        ended: clock::now(),
    }
}

/// Results stay with the record, undo lines among them, unless they are long.
fn kept(result: &Value) -> Option<Value> {
    (!result.is_null() && result.to_string().len() <= 8192).then(|| result.clone())
}

/// Urgent findings are told when they open, and when they are over: once each.
fn tell_urgent(home: &Home, id: &LoopId, change: &findings::Change) {
    let urgent = |f: &&findings::Finding| f.severity == Severity::Urgent;
    let opened = change.opened.iter().filter(urgent).map(|f| (f, Severity::Urgent, "", f.opened));
    let over = change.resolved.iter().filter(urgent).map(|f| (f, Severity::Info, "over: ", clock::now()));
    for (finding, severity, before, at) in opened.chain(over) {
        let notice = Notice {
            v: 1,
            key: format!("finding:{id}:{}", finding.key),
            at,
            severity,
            title: format!("{before}{}", crate::call::visible_line(&finding.title, 200)),
            body: crate::call::visible(&finding.detail),
            more: "fleet finding list".into(),
        };
        let _ = notify::put(home, &notice);
    }
}
