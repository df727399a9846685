//! Incidents in the log: what went wrong, from its first entry to its last. Pure, one pass.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its first entry, which names it.
    pub seq: u64,
    /// The newest entry that belongs to it.
    pub last: u64,
    /// When it began.
    pub at: Timestamp,
    /// `breaker`, `kill`, `unknown` or `run`.
    pub kind: &'static str,
    /// What it is about: a breaker, a loop, a call.
    pub about: String,
    /// What happened, in a sentence.
    pub what: String,
    /// How often it happened before it was over.
    pub times: u32,
}

/// Finds incidents in entries that come one by one, the oldest first.
#[derive(Debug, Default)]
pub struct Incidents {
    all: Vec<Incident>,
    /// Those that are not over, by what they are about.
    open: BTreeMap<String, usize>,
}

/// Ends of a run that want looking into; the others say themselves what to set or mend.
const FAILED: [&str; 5] = ["failed:check", "failed:crashed", "failed:act", "failed:state", "failed:timeout"];

impl Incidents {
    /// Looks at the next entry.
    pub fn see(&mut self, seq: u64, entry: &Value) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(at) = entry.get("ts").and_then(Value::as_str).and_then(|t| t.parse().ok()) else { return };
        let kind = text("kind");
        match kind {
            "breaker.opened" | "breaker.half" | "breaker.closed" => {
                let about = text("outcome").to_owned();
                let open = format!("breaker {about}");
                match kind {
                    "breaker.opened" => {
                        let why = format!("the breaker of {about} opened: {}", text("reason"));
                        self.found((seq, at), "breaker", &about, &open, why);
                    }
                    "breaker.half" => self.goes_on(seq, &open),
                    _ => self.over(seq, &open),
                }
            }
            "kill.engaged" => {
                let why = format!("the kill switch was set: {}", text("reason"));
                self.found((seq, at), "kill", "everything", "kill", why);
            }
            "kill.released" => self.over(seq, "kill"),
            "call.unknown" => {
                let call = text("call").to_owned();
                let why =
                    format!("whether a call of {} took effect is not known: {}", text("tool"), text("error"));
                self.found((seq, at), "unknown", &call, &format!("call {call}"), why);
            }
            "call.resolved" => self.over(seq, &format!("call {}", text("call"))),
            "run.finished" => self.run(seq, at, entry),
            _ => {}
        }
    }

    fn run(&mut self, seq: u64, at: Timestamp, entry: &Value) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, outcome) = (text("loop"), text("outcome"));
        let open = format!("loop {id}");
        if FAILED.contains(&outcome) {
            self.found((seq, at), "run", id, &open, format!("loop {id}: {outcome}: {}", text("reason")));
        } else if ["ok", "noop"].contains(&outcome) {
            self.over(seq, &open);
        }
    }

    fn found(
        &mut self,
        (seq, at): (u64, Timestamp),
        kind: &'static str,
        about: &str,
        open: &str,
        what: String,
    ) {
        if let Some(known) = self.open.get(open).and_then(|at| self.all.get_mut(*at)) {
            known.last = seq;
            known.times += 1;
            return;
        }
        self.open.insert(open.to_owned(), self.all.len());
        let what = what.trim_end_matches([':', ' ']).to_owned();
        self.all.push(Incident { seq, last: seq, at, kind, about: about.to_owned(), what, times: 1 });
    }

    fn goes_on(&mut self, seq: u64, open: &str) {
        if let Some(known) = self.open.get(open).and_then(|at| self.all.get_mut(*at)) {
            known.last = seq;
        }
    }

    fn over(&mut self, seq: u64, open: &str) {
        self.goes_on(seq, open);
        self.open.remove(open);
    }

    /// All of them, the oldest first.
    pub fn all(self) -> Vec<Incident> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(entries: &[Value]) -> Vec<(u64, u64, &'static str, u32)> {
        let mut found = Incidents::default();
        for (n, entry) in entries.iter().enumerate() {
            let mut entry = entry.clone();
            entry["ts"] = format!("2026-11-20T07:00:{n:02}.000000Z").into();
            found.see(n as u64 + 1, &entry);
        }
        found.all().into_iter().map(|i| (i.seq, i.last, i.kind, i.times)).collect()
    }

    fn run(outcome: &str) -> Value {
        json!({ "kind": "run.finished", "loop": "a-b", "outcome": outcome, "reason": "r" })
    }

    #[test]
    fn what_goes_on_is_one_incident_and_a_new_one_begins_after_its_end() {
        let breaker = |kind: &str| json!({ "kind": kind, "outcome": "family:web" });
        let entries = [
            run("ok"),
            run("failed:check"),
            breaker("breaker.opened"),
            run("failed:check"),
            json!({ "kind": "kill.engaged" }),
            breaker("breaker.closed"),
            run("noop"),
            run("failed:check"),
            run("failed:gather"),
            json!({ "kind": "call.unknown", "call": "c", "tool": "files_move", "error": "x" }),
            breaker("breaker.opened"),
        ];
        assert_eq!(
            of(&entries),
            [
                (2, 7, "run", 2),
                (3, 6, "breaker", 1),
                (5, 5, "kill", 1),
                (8, 8, "run", 1),
                (10, 10, "unknown", 1),
                (11, 11, "breaker", 1)
            ]
        );
        assert_eq!(of(&[json!({ "kind": "call.done" }), json!({})]), []);
    }
}
