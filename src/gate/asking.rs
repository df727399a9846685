//! Asking a person: a call is stored once, and only so many wait.

use super::approval::{Approval, State, StoredRun};
use super::approvals::Book;
use super::denials;
use super::judged::{Judged, Refusal};
use super::owed;
use super::record;
use super::world::{GateError, World};
use crate::audit::{Kind, Log};
use crate::call::{Caller, Reason};
use crate::state::clock;
use std::time::Duration;

/// How long a request waits, and how long an approval holds.
const TTL: Duration = Duration::from_secs(24 * 3600);
/// Most waiting calls of one kind of caller: a person reads no longer list.
const MOST: usize = 100;
/// Most of one loop or one client: the others of its kind still get a word in.
const MOST_OF_ONE: usize = 75;

/// Stores `judged` as waiting, or finds it waiting already, or approved and its client not told yet; or refuses, since it was denied before
/// or too much waits. Nothing that waits is ever dropped for it.
pub(super) fn ask(judged: &Judged, world: &World<'_>) -> Result<Result<Approval, Refusal>, GateError> {
    let mut book = Book::open(world.home)?;
    let call = judged.call();
    let same =
        |row: &&Approval| row.state.open() && row.digest == *judged.digest() && row.caller == call.caller;
    if let Some(row) = book.rows.iter().find(same) {
        let entry =
            record::of(Kind::CallWaiting, judged).with("approval", &row.id).with("reason", "asked before");
        let _ = Log::of(world.home).append(&entry)?;
        return Ok(Ok(row.clone()));
    }
    // A person said yes since its client repeated it: what comes of that is told, and not asked anew.
    let shown = record::shown(judged);
    if let Some(row) = book.rows.iter().find(|row| owed::is(row, call, &shown)) {
        let entry = record::of(Kind::CallWaiting, judged)
            .with("approval", &row.id)
            .with("reason", "it was approved meanwhile");
        let _ = Log::of(world.home).append(&entry)?;
        return Ok(Ok(row.clone()));
    }
    let refused =
        denials::remembered(&book.rows, judged, book.now).or_else(|| full(&book.rows, &call.caller));
    if let Some(reason) = refused {
        return Ok(Err(Refusal { reasons: vec![reason], ..judged.refusal() }));
    }
    let row = Approval {
        v: 1,
        id: book.fresh_id()?,
        state: State::Waiting,
        call: call.id.clone(),
        tool: call.tool.clone(),
        args: judged.bound().json().clone(),
        caller: call.caller.clone(),
        run: call.run.clone().map(|r| StoredRun { id: r.id, run: r.run, slot: r.slot }),
        why: call.why.clone(),
        risk: judged.risk(),
        digest: judged.digest().clone(),
        target: judged.target().clone(),
        touched: judged.touched().to_vec(),
        policy: Some(judged.policy().clone()),
        shown,
        effects: judged.effects_json().clone(),
        reasons: judged.reasons().to_vec(),
        asked: book.now,
        expires: clock::later(book.now, TTL),
        last: denials::last(&book.rows, judged.target()),
        decided: None,
        outcome: None,
        told: false,
    };
    let _ = Log::of(world.home).append(&record::of(Kind::CallWaiting, judged).with("approval", &row.id))?;
    book.rows.push(row.clone());
    book.save()?;
    Ok(Ok(row))
}

/// Whether no more of this caller may wait.
fn full(rows: &[Approval], caller: &Caller) -> Option<Reason> {
    let waiting = || rows.iter().filter(|row| row.state.open());
    let of_kind = waiting().filter(|row| row.caller.kind() == caller.kind()).count();
    let own = waiting().filter(|row| row.caller == *caller).count();
    let shared = !matches!(caller, Caller::Cli);
    let message = if of_kind >= MOST {
        format!("{of_kind} calls of `{}` wait already: decide those first", caller.kind())
    } else if shared && own >= MOST_OF_ONE {
        format!("{own} calls of `{caller}` wait already: decide those first")
    } else {
        return None;
    };
    Some(Reason::built_in("too-many-waiting", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kind_waits_a_hundred_times_and_one_loop_or_client_seventy_five() {
        let rows = |count: usize, caller: &str, state: &str| -> Vec<Approval> {
            let digest = crate::canon::digest_of(&json!([])).unwrap();
            let now = clock::now();
            let row = json!({
                "v": 1, "id": "abcde", "state": state, "call": "0".repeat(26), "tool": "shell_run",
                "args": {}, "caller": caller, "risk": "HIGH", "digest": digest, "target": digest,
                "shown": {}, "effects": [], "reasons": [], "asked": now, "expires": now,
            });
            vec![serde_json::from_value(row).unwrap(); count]
        };
        let refused = |rows: &[Approval], caller: &str| full(rows, &Caller::parse(caller).unwrap()).is_some();
        let own = rows(MOST_OF_ONE, "loop:one-a", "waiting");
        assert!(refused(&own, "loop:one-a") && !refused(&own[1..], "loop:one-a"));
        assert!(!refused(&own, "loop:one-b") && !refused(&own, "cli"));
        let both = [own.clone(), rows(MOST - MOST_OF_ONE, "loop:one-b", "approved")].concat();
        assert!(
            refused(&both, "loop:one-b")
                && refused(&both, "loop:one-c")
                && !refused(&both[1..], "loop:one-c")
        );
        assert!(!refused(&both, "cli"));
        let person = rows(MOST, "cli", "waiting");
        assert!(refused(&person, "cli") && !refused(&person[1..], "cli") && !refused(&person, "loop:one-a"));
        assert!(!refused(&rows(MOST, "cli", "denied"), "cli"), "what is closed does not wait");
        assert_eq!(TTL, Duration::from_secs(86_400), "a day");
    }
}
