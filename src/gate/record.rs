//! How calls are written into the log.

use super::judged::{Judged, Refusal};
use crate::audit::{Entry, Kind};
use crate::call::{Call, visible_line};
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

/// The entry that closes a judged call.
pub fn outcome(kind: Kind, judged: &Judged, outcome: &str, error: Option<&str>, micros: u64) -> Entry {
    let entry = if judged.risk() == crate::call::Risk::Low {
        of(kind, judged)
    } else {
        // The intent has the rest, under the same call id.
        asked(kind, judged.call()).with("risk", judged.risk()).with("digest", judged.digest())
    };
    entry.with("outcome", outcome).with("error", error).with("duration_us", micros)
}

/// The entry of a call that was not allowed.
pub(super) fn refused(call: &Call, refusal: &Refusal) -> Entry {
    let rules: Vec<_> = refusal.reasons.iter().map(|r| &r.rule).collect();
    let reason: Vec<_> = refusal.reasons.iter().map(|r| r.message.as_str()).collect();
    asked(Kind::CallRefused, call)
        .with("risk", refusal.risk)
        .with("decision", if refusal.malformed { "error" } else { "block" })
        .with("rules", rules)
        .with("digest", &refusal.digest)
        .with("args", asked_args(call))
        .with("reason", reason.join("; "))
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
                *value = json!({ "sha256": sha256(text.as_bytes()), "bytes": text.len() });
            }
        }
    }
    args
}

fn asked(kind: Kind, call: &Call) -> Entry {
    Entry::new(kind)
        .with("actor", format!("uid:{}", rustix::process::getuid().as_raw()))
        .with("caller", call.caller.to_string())
        .with("call", &call.id)
        .with("tool", visible_line(&call.tool, 80))
        .with("run", call.run.as_ref().map(|r| &r.run))
        .with("loop", call.run.as_ref().map(|r| &r.id))
        .with("slot", call.run.as_ref().and_then(|r| r.slot.as_ref()))
}
