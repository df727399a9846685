//! How calls are written into the log.

use super::approval::Approval;
use super::brakes;
use super::judged::{Judged, Refusal};
use crate::audit::{Entry, Kind, Log, LogError, Ready};
use crate::call::{Call, Caller, ModelUse, Reason, Risk, Trace, visible_line};
use crate::canon::{canonical, sha256};
use crate::tools::{self, Bound, Tool};
use serde_json::{Value, json};

/// An entry about a judged call.
pub(super) fn of(kind: Kind, judged: &Judged) -> Entry {
    let rules: Vec<_> = judged.reasons().iter().map(|r| &r.rule).collect();
    asked(kind, judged.call())
        .with("risk", judged.risk())
        .with("decision", judged.answer())
        .with("rules", rules)
        .with("policy", judged.policy())
        .with("digest", judged.digest())
        .with("args", shown(judged))
        .with("effects", judged.effects_json())
}

/// Bytes that later entries about a call have more than its first: how it ended, ids, a long error by
/// its hash.
const SPARE: usize = 1024;

/// Whether all entries about `judged` find room in `log`, so that nothing is done that cannot be
/// recorded afterwards.
///
/// # Errors
/// The reason to refuse it.
pub(super) fn fits(log: &Log, judged: &Judged) -> Result<(), Reason> {
    let why = |e: LogError| Reason::built_in("too-long", format!("what it would do was not done: {e}"));
    log.ready(&of(Kind::CallUnknown, judged), SPARE).map(drop).map_err(why)
}

/// The entry that closes a judged call, with as much of it as a line of `log` holds: what cannot be
/// taken back for want of a trace is better than a call without an outcome.
///
/// # Errors
/// [`LogError::Entry`] if no line holds it.
pub fn outcome(log: &Log, judged: &Judged, end: &End<'_>) -> Result<Ready, LogError> {
    let entry = if judged.risk() == Risk::Low {
        of(end.kind, judged)
    } else {
        // The intent has the rest, under the same call id.
        asked(end.kind, judged.call()).with("risk", judged.risk()).with("digest", judged.digest())
    };
    let mistaken =
        end.kind == Kind::CallFailed && brakes::mistaken(judged.effects(), done_before(end.outcome));
    closing(log, entry.with("reason", mistaken.then_some(MISTAKEN)), end)
}

/// Why a call failed that could not be done as it was asked. A process that ends before its breakers hear
/// of the failure leaves it to the log to say that it tells nothing about the tool.
pub(super) const MISTAKEN: &str = "what it is about is not there, or stands in its way";

/// Steps that were done before a failure, as its outcome says; none if a brake stopped it.
fn done_before(outcome: &str) -> Option<usize> {
    match outcome.strip_prefix("failed")?.strip_prefix(" after ") {
        Some(steps) => steps.split_once(' ')?.0.parse().ok(),
        None => Some(0),
    }
}

/// How a call ended.
#[derive(Debug)]
pub struct End<'a> {
    /// Done, failed or unknown.
    pub kind: Kind,
    /// The same in words.
    pub outcome: &'a str,
    /// What stopped it.
    pub error: Option<&'a str>,
    /// How long it took.
    pub micros: u64,
    /// The number of its intent.
    pub intent: Option<u64>,
    /// What a veto needs to take it back.
    pub traces: &'a [Trace],
    /// The model that was asked, and what it took.
    pub model: Option<&'a ModelUse>,
}

fn closing(log: &Log, entry: Entry, end: &End<'_>) -> Result<Ready, LogError> {
    let entry = entry.with("outcome", end.outcome).with("duration_us", end.micros).with("intent", end.intent);
    let entry = entry.with("model", end.model).with("tokens", end.model.map(|used| used.tokens));
    let said = entry.clone().with("error", end.error);
    // Without its traces a veto says that there is nothing to take it back with. A part of them would
    // look like all of it.
    let whole = (!end.traces.is_empty()).then(|| said.clone().with("undo", end.traces));
    let fitting = whole.iter().chain([&said]).find_map(|entry| log.ready(entry, 0).ok());
    fitting.map_or_else(|| log.ready(&entry.with("error", end.error.map(by_hash)), 0), Ok)
}

/// Refusals name so many rules at most where there is no room for all of them.
const RULES: usize = 100;

/// The entry of a call that was not allowed. One without room for its arguments has their hash.
///
/// # Errors
/// [`LogError::Entry`] if no line holds it.
pub(super) fn refused(log: &Log, call: &Call, refusal: &Refusal) -> Result<Ready, LogError> {
    let rules: Vec<_> = refusal.reasons.iter().map(|r| r.rule.as_str()).collect();
    let reason: Vec<_> = refusal.reasons.iter().map(|r| r.message.as_str()).collect();
    let entry = asked(Kind::CallRefused, call)
        .with("risk", refusal.risk)
        .with("decision", if refusal.malformed { "error" } else { "block" })
        .with("digest", &refusal.digest)
        .with("reason", reason.join("; "));
    let whole = entry.clone().with("rules", &rules).with("args", asked_args(call));
    if let Ok(whole) = log.ready(&whole, 0) {
        return Ok(whole);
    }
    let mut few: Vec<_> = rules.into_iter().map(|rule| visible_line(rule, 80)).collect();
    few.dedup();
    few.truncate(RULES);
    let args = canonical(&call.args).unwrap_or_else(|_| call.args.to_string());
    log.ready(&entry.with("rules", few).with("args", by_hash(&args)), 0)
}

/// The entry of a stored result that is handed to the client that asked for it. It is a look at what was
/// kept: nothing runs for it, so it is LOW, and nobody decided it anew.
pub(super) fn told(call: &Call, row: &Approval) -> Entry {
    asked(Kind::CallDone, call)
        .with("risk", Risk::Low)
        .with("digest", &row.digest)
        .with("approval", &row.id)
        .with("outcome", "told")
        .with("reason", format!("its client was told what came of call {}", row.call))
}

/// A text by hash and length.
fn by_hash(text: &str) -> Value {
    json!({ "sha256": sha256(text.as_bytes()), "bytes": text.len() })
}

/// Arguments as the log and the approver see them: what the card marks bulk by length and hash.
pub(super) fn shown(judged: &Judged) -> Value {
    shown_args(judged.tool(), judged.bound())
}

/// The same of a call that was not judged, if its tool takes them.
fn asked_args(call: &Call) -> Option<Value> {
    let tool = tools::find(&call.tool)?;
    Some(shown_args(tool, &tool.bind(&call.args).ok()?))
}

/// The same of arguments that are bound.
pub(super) fn shown_args(tool: &dyn Tool, bound: &Bound) -> Value {
    let mut args = bound.json().clone();
    if let Some(members) = args.as_object_mut() {
        for name in tool.card().bulk {
            if let Some(value) = members.get_mut(*name) {
                let text = value.as_str().map_or_else(|| canonical(value).unwrap_or_default(), str::to_owned);
                *value = by_hash(&text);
            }
        }
    }
    args
}

/// What a client says it is. Who it is stands in `caller`.
fn claimed(call: &Call) -> Option<&str> {
    match call.caller {
        Caller::Mcp(_) => call.why.as_deref(),
        Caller::Cli | Caller::Loop(_) => None,
    }
}

fn asked(kind: Kind, call: &Call) -> Entry {
    Entry::new(kind)
        .with("actor", format!("uid:{}", rustix::process::getuid().as_raw()))
        .with("caller", call.caller.to_string())
        .with("source", claimed(call))
        .with("call", &call.id)
        .with("tool", visible_line(&call.tool, 80))
        .with("run", call.run.as_ref().map(|r| &r.run))
        .with("loop", call.run.as_ref().map(|r| &r.id))
        .with("slot", call.run.as_ref().and_then(|r| r.slot.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Answer, Caller, Digest};
    use crate::gate::fixture::home;
    use crate::state::call_id;

    fn log() -> (tempfile::TempDir, Log) {
        let (dir, home) = home();
        (dir, Log::of(&home))
    }

    fn read(log: &Log, entry: Result<Ready, LogError>) -> Value {
        let receipt = log.append_ready(&entry.unwrap()).unwrap();
        log.read(receipt.place()).unwrap()
    }

    #[test]
    fn an_outcome_is_written_whatever_a_call_left_behind() {
        let (_dir, log) = log();
        let trace = |n: usize| Trace::Made { path: format!("/w/{n}"), sha256: sha256(b"x") };
        let close = |traces: &[Trace], before: usize, error: &str| {
            let entry = Entry::new(Kind::CallDone).with("args", vec!["x".repeat(1000); before]);
            let (kind, outcome, intent) = (Kind::CallDone, "done", Some(7));
            let end = End { kind, outcome, error: Some(error), micros: 1, intent, traces, model: None };
            read(&log, closing(&log, entry, &end))
        };
        let few = close(&[trace(1)], 0, "why");
        assert_eq!((few["undo"].as_array().map(Vec::len), few["error"].as_str()), (Some(1), Some("why")));
        let many: Vec<_> = (0..3000).map(trace).collect();
        let left = close(&many, 0, "why");
        assert_eq!((left.get("undo"), left["error"].as_str()), (None, Some("why")));
        // Each of these letters takes six bytes of a line.
        let tight = close(&many, 258, &"\u{1}".repeat(4000));
        assert_eq!((tight["intent"].as_u64(), tight["error"]["bytes"].as_u64()), (Some(7), Some(4000)));
    }

    #[test]
    fn a_refusal_is_written_whatever_was_asked() {
        let (_dir, log) = log();
        let args = json!({"paths": vec!["/x".repeat(400); 500]});
        let call = Call {
            id: call_id().unwrap(),
            caller: Caller::Cli,
            tool: "files_trash".into(),
            args: args.clone(),
            run: None,
            why: None,
        };
        let reasons = |n: usize| (0..n).map(|n| Reason::built_in(&format!("rule-{n}"), "no")).collect();
        let refusal = |n: usize| Refusal {
            reasons: reasons(n),
            digest: None::<Digest>,
            risk: None,
            braked: false,
            malformed: false,
        };
        let long = read(&log, refused(&log, &call, &refusal(1)));
        assert_eq!((long["kind"].as_str(), &long["rules"]), (Some("call.refused"), &json!(["rule-0"])));
        assert_eq!(long["args"], by_hash(&canonical(&args).unwrap()));
        let short = Call { args: json!({"paths": ["/x"]}), ..call };
        let shown = read(&log, refused(&log, &short, &refusal(2)));
        assert_eq!((&shown["args"], &shown["rules"]), (&short.args, &json!(["rule-0", "rule-1"])));
        let many = read(&log, refused(&log, &short, &refusal(30_000)));
        assert_eq!(many["rules"].as_array().map(Vec::len), Some(RULES));
        assert_eq!(many["decision"], json!(Answer::Block));
    }
}
