//! Judging recorded calls again: what another policy would have said to them.

use super::judged::judge;
use super::world::World;
use crate::call::{Answer, Call, CallId, Caller, Reason};
use crate::state::clock;
use crate::tools::{self, Tool};
use serde_json::{Map, Value};

/// What came of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It decides no call, or one that another entry decided.
    Other,
    /// It cannot be judged again, and why.
    Cannot(String),
    /// It was judged again.
    Judged {
        /// What was answered then.
        was: Answer,
        /// What would be answered now.
        now: Answer,
        /// The reasons for that.
        reasons: Vec<Reason>,
        /// Arguments that are on record by their hash alone, and were not looked at.
        without: Vec<String>,
    },
}

/// Rules that ask or refuse for another cause than policy, by their first word: what stood in the way
/// then tells nothing now.
const NOT_POLICY: &[&str] = &[
    "breaker",
    "brakes-unreadable",
    "ceiling",
    "clock-behind-log",
    "confinement-supposed",
    "denied-before",
    "kill-switch",
    "loop-scope",
    "not-built",
    "not-confined",
    "policy-unreadable",
    "spent",
    "stale",
    "stopped",
    "too-long",
    "too-many-waiting",
    "vetoed-before",
    "vetoes-unreadable",
];

/// Whether `rule` is one of them.
fn not_policy(rule: &str) -> bool {
    NOT_POLICY.contains(&rule.split([' ', ':']).next().unwrap_or(rule))
}

/// Judges the call that `entry` decided again, at its time, by the policy of `world`. Files are looked
/// at as they stand now.
pub fn replay(entry: &Value, world: &World<'_>) -> Replayed {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    // What takes a vetoed call back is no call: a person decided it, and policy is not asked.
    if text("tool") == Some(tools::UNDO.card().name) {
        return Replayed::Other;
    }
    let wanted = match text("kind") {
        // An approved call was decided where it began to wait.
        Some("call.intent") => text("approval").is_none(),
        Some("call.done" | "call.failed") => text("risk") == Some("LOW") && text("decision").is_some(),
        Some("call.waiting" | "call.refused") => true,
        _ => false,
    };
    if !wanted {
        return Replayed::Other;
    }
    match judged_again(entry, world) {
        Ok(replayed) => replayed,
        Err(why) => Replayed::Cannot(why),
    }
}

fn judged_again(entry: &Value, world: &World<'_>) -> Result<Replayed, String> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let was = match text("decision") {
        Some("allow") => Answer::Allow,
        Some("ask") => Answer::Ask,
        Some("block") => Answer::Block,
        _ => return Err("it was malformed".to_owned()),
    };
    let mut rules =
        entry.get("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(rule) = rules.find(|rule| not_policy(rule)) {
        return Err(format!("`{rule}` stopped it, not policy"));
    }
    let name = text("tool").unwrap_or_default();
    let tool = tools::find(name)
        .ok_or_else(|| format!("there is no tool `{}` any more", crate::call::visible_line(name, 60)))?;
    let caller = text("caller").and_then(|c| Caller::parse(c).ok()).ok_or("its caller does not read")?;
    let at = text("ts").and_then(clock::read).ok_or("its time does not read")?;
    let recorded = entry.get("args").and_then(Value::as_object).ok_or("its arguments are not on record")?;
    if by_hash(&Value::Object(recorded.clone())) {
        return Err("its arguments are on record by hash alone".to_owned());
    }
    let (args, without) = arguments(tool, recorded)?;
    let id = CallId::parse(&"0".repeat(26)).map_err(|e| e.to_string())?;
    let call = Call { id, caller, tool: name.to_owned(), args, run: None, why: None };
    let judged = judge(call, &world.glance().at(at)).map_err(|refusal| {
        let why: Vec<_> = refusal.reasons.into_iter().map(|reason| reason.message).collect();
        format!("it says nothing now: {}", why.join("; "))
    })?;
    if !without.is_empty() && judged.effects().iter().any(|effect| effect.reach().sends) {
        return Err(format!(
            "`{}` is on record by hash alone, and would leave the machine",
            without.join("`, `")
        ));
    }
    Ok(Replayed::Judged { was, now: judged.answer(), reasons: judged.reasons().to_vec(), without })
}

/// Arguments as they were asked, but for those that the log holds by hash: these are empty, and named.
fn arguments(tool: &dyn Tool, recorded: &Map<String, Value>) -> Result<(Value, Vec<String>), String> {
    let mut args = Map::new();
    let mut without = Vec::new();
    for (name, value) in recorded {
        if value.to_string().contains("⟨secret:") || value.to_string().contains("⟨token") {
            return Err(format!("a secret was taken out of `{name}` on record"));
        }
        let hashed = by_hash(value);
        if hashed && tool.card().bulk.contains(&name.as_str()) {
            if value.get("bytes").and_then(Value::as_u64) != Some(0) {
                without.push(name.clone());
            }
            args.insert(name.clone(), Value::from(""));
        } else if holds_hash(value) {
            return Err(format!("`{name}` is on record by hash alone"));
        } else {
            args.insert(name.clone(), value.clone());
        }
    }
    Ok((Value::Object(args), without))
}

/// Whether `value` stands for a long text.
fn by_hash(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members.len() == 2 && members.contains_key("sha256") && members.contains_key("bytes")
    })
}

fn holds_hash(value: &Value) -> bool {
    by_hash(value)
        || match value {
            Value::Array(items) => items.iter().any(holds_hash),
            Value::Object(members) => members.values().any(holds_hash),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::not_policy;

    #[test]
    fn what_is_not_policy_goes_by_its_first_word() {
        for rule in
            ["breaker tool:shell_run", "ceiling loop:a", "kill-switch", "vetoed-before", "not-confined"]
        {
            assert!(not_policy(rule), "{rule}");
        }
        for rule in ["risk-high", "breaker-of-mine", "workspace", "deny"] {
            assert!(!not_policy(rule), "{rule}");
        }
    }
}
