//! A waiting call as its approver sees it: everything that would be done, nothing hidden.

use super::approval::{Approval, State};
use crate::call::{visible, visible_line};
use crate::canon::sha256;
use serde_json::Value;

/// Where the longest line ends.
const WIDTH: usize = 80;
/// Longer values are cut, with length and hash.
const LONG: usize = 600;

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
    if let Some(undo) = crate::tools::find(&approval.tool).map(|t| t.card().undo) {
        row(&mut out, "undo", undo);
    }
    row(&mut out, "digest", approval.digest.as_str());
    out.push_str("  it would do exactly this:\n");
    for effect in approval.effects.as_array().into_iter().flatten() {
        let name = effect.get("effect").and_then(Value::as_str).unwrap_or("?");
        out.push_str(&format!("  - {name}\n"));
        members(&mut out, effect, 6, &["effect"]);
    }
    let bulk = crate::tools::find(&approval.tool).map_or(&[][..], |t| t.card().bulk);
    for name in bulk {
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

/// A content line by line, nothing hidden; what is beyond the limits is counted.
fn contents(out: &mut String, text: &str) {
    const LINES: usize = 60;
    for line in text.lines().take(LINES) {
        wrapped(out, "    | ", &visible_line(line, LONG));
    }
    let left = text.lines().count().saturating_sub(LINES);
    if left > 0 {
        out.push_str(&format!(
            "    … and {left} more lines, sha256 of all of it\n      {}\n",
            sha256(text.as_bytes())
        ));
    }
}

fn row(out: &mut String, name: &str, value: &str) {
    wrapped(out, &format!("  {name:<10}"), &visible_line(value, LONG));
}

fn members(out: &mut String, value: &Value, indent: usize, without: &[&str]) {
    let Some(members) = value.as_object() else { return };
    for (name, value) in members.iter().filter(|(name, _)| !without.contains(&name.as_str())) {
        member(out, name, value, indent);
    }
}

fn member(out: &mut String, name: &str, value: &Value, indent: usize) {
    let start = format!("{:indent$}{name:<12}", "");
    match value {
        Value::Object(_) => {
            out.push_str(start.trim_end());
            out.push('\n');
            members(out, value, indent + 2, &[]);
        }
        Value::Array(items) if items.is_empty() => wrapped(out, &start, "none"),
        Value::Array(items) => {
            out.push_str(start.trim_end());
            out.push('\n');
            for item in items {
                item_lines(out, item, indent + 2);
            }
        }
        Value::String(text) => wrapped(out, &start, &text_of(text)),
        Value::Null => wrapped(out, &start, "none"),
        Value::Bool(_) | Value::Number(_) => wrapped(out, &start, &value.to_string()),
    }
}

fn item_lines(out: &mut String, item: &Value, indent: usize) {
    if item.is_object() {
        let mut inner = String::new();
        members(&mut inner, item, indent + 2, &[]);
        // The first line carries the dash, so that entries can be told apart.
        out.push_str(&inner.replacen(&" ".repeat(indent + 2), &format!("{:indent$}- ", ""), 1));
    } else {
        let text = item.as_str().map_or_else(|| item.to_string(), text_of);
        wrapped(out, &format!("{:indent$}- ", ""), &text);
    }
}

/// Text with nothing hidden; what is cut is named by length and hash.
fn text_of(text: &str) -> String {
    if text.chars().count() <= LONG {
        return visible(text).replace('\n', "\\n");
    }
    format!("{} sha256 {}", visible_line(text, LONG), sha256(text.as_bytes()))
}

/// `text` after `start`, broken at the width; later lines are indented under the first.
fn wrapped(out: &mut String, start: &str, text: &str) {
    let indent = start.chars().count();
    // A digest is easier to compare whole: it gets a line of its own.
    if text.len() == 64 && !text.contains(' ') && indent + 64 > WIDTH {
        out.push_str(&format!("{}\n{:16}{text}\n", start.trim_end(), ""));
        return;
    }
    let room = WIDTH.saturating_sub(indent).max(20);
    let mut line = String::new();
    let mut first = true;
    let mut flush = |out: &mut String, line: &mut String| {
        let lead = if first { start.to_owned() } else { " ".repeat(indent) };
        first = false;
        out.push_str(format!("{lead}{line}").trim_end());
        out.push('\n');
        line.clear();
    };
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && line.chars().count() + 1 + word.len() > room {
            flush(out, &mut line);
        }
        while word.len() > room {
            line.extend(word.drain(..room));
            flush(out, &mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    flush(out, &mut line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_within_80_columns_and_long_words_are_broken() {
        let mut out = String::new();
        wrapped(&mut out, "  because   ", &format!("{} {}", "x".repeat(200), "word ".repeat(40)));
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
        assert_eq!(out.matches('x').count(), 200);
    }

    #[test]
    fn hostile_text_shows_and_stays_on_its_line() {
        let mut out = String::new();
        member(&mut out, "argv", &serde_json::json!(["ls\u{1b}[2K", "a\nb", "\u{202e}txt.exe"]), 2);
        assert_eq!(out, "  argv\n    - ls\\u{1b}[2K\n    - a\\nb\n    - \\u{202e}txt.exe\n");
    }

    #[test]
    fn what_is_cut_is_named() {
        let long = "y".repeat(5000);
        assert!(text_of(&long).contains("5000 bytes in all"));
        assert!(text_of(&long).contains(sha256(long.as_bytes()).as_str()));
    }
}
