//! A waiting call as its approver sees it: everything that would be done, nothing hidden.

use super::approval::{Approval, State};
use super::shown::{contents, cut, item_lines, members, row};
use super::veto::Deed;
use crate::canon::{canonical, sha256};
use serde_json::Value;

/// More effects than this get a line each, and still all are there.
const FULL: usize = 20;

/// The view of `approval`, at most 80 columns wide.
pub fn view(approval: &Approval) -> String {
    let state = match approval.state {
        State::Waiting => "waits for a person",
        State::Approved => "is approved and not carried out yet",
        State::Spent => "was approved and used",
        State::Denied => "was denied",
        State::Expired => "expired",
        State::Stale => "became stale",
    };
    let mut out = format!("{} {state}: {}\n", approval.id, approval.tool);
    row(&mut out, "risk", approval.risk.as_str());
    let run = approval.run.as_ref().map(|r| format!(", run {}", r.run)).unwrap_or_default();
    row(&mut out, "asked by", &format!("{}{run}", approval.caller));
    row(&mut out, "asked", &approval.asked.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    row(&mut out, "expires", &approval.expires.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    if let Some(last) = &approval.last {
        row(&mut out, "last time", last);
    }
    if let Some(why) = &approval.why {
        row(&mut out, "it says", why);
    }
    for reason in &approval.reasons {
        row(&mut out, "because", &format!("{} ({}, {})", reason.message, reason.rule, reason.source));
    }
    let card = crate::tools::find(&approval.tool).map(|t| t.card());
    if let Some(card) = card {
        row(&mut out, "undo", card.undo);
    }
    row(&mut out, "digest", approval.digest.as_str());
    out.push_str("  it would do exactly this:\n");
    effects(&mut out, approval.effects.as_array().map_or(&[], Vec::as_slice));
    for name in card.map_or(&[][..], |card| card.bulk) {
        let text = match approval.args.get(name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if !text.is_empty() {
            out.push_str(&format!("  {name}, {} bytes:\n", text.len()));
            contents(&mut out, &text);
        }
    }
    out
}

/// The view of a call that a person is about to veto.
pub fn deed_view(deed: &Deed) -> String {
    let mut out = format!("entry {}: {} by {}: {}\n", deed.seq, deed.tool, deed.caller, deed.outcome);
    row(&mut out, "when", &deed.at);
    if deed.steps.is_empty() {
        row(&mut out, "undo", "it changed nothing, so there is nothing to take back");
    }
    for (title, back) in [("  can be taken back:\n", true), ("  cannot be taken back:\n", false)] {
        let mut steps = deed.steps.iter().filter(|step| step.back.is_some() == back).peekable();
        if steps.peek().is_some() {
            out.push_str(title);
        }
        for step in steps {
            let way = step.back.as_ref().or(step.why_not.as_ref()).map_or("", String::as_str);
            item_lines(&mut out, &Value::String(format!("{}: {way}", step.what)), 4);
        }
    }
    out
}

fn effects(out: &mut String, effects: &[Value]) {
    let name = |effect: &Value| effect.get("effect").and_then(Value::as_str).unwrap_or("?").to_owned();
    if effects.len() <= FULL {
        for effect in effects {
            out.push_str(&format!("  - {}\n", name(effect)));
            members(out, effect, 6, &["effect"]);
        }
        return;
    }
    for effect in effects {
        let places = ["path", "repo", "from", "to"].iter().filter_map(|n| effect.get(*n)?.as_str());
        let line = std::iter::once(name(effect)).chain(places.map(cut)).collect::<Vec<_>>().join(" ");
        item_lines(out, &Value::String(line), 2);
    }
    let all = canonical(&Value::Array(effects.to_vec())).unwrap_or_default();
    out.push_str(&format!("    {} in all, with their pins sha256\n", effects.len()));
    out.push_str(&format!("      {}\n", sha256(all.as_bytes())));
}
