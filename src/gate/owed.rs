//! What a client is owed: it asked, a person decided meanwhile, and the first time it repeats the very
//! call it is told what came of it. A later one is a new request.

use super::approval::{Approval, State};
use super::approvals::Book;
use super::flight;
use super::record;
use super::unknown::unknown;
use super::world::GateError;
use crate::audit::{Kind, Log};
use crate::call::{Call, Caller, Watch};
use crate::state::{Home, clock, durable};
use crate::tools;
use memchr::memmem;
use serde_json::Value;
use std::io::{self, Read as _};
use std::time::Duration;

/// Between the outcome's entry and the row that keeps the result lies a moment.
const MOMENT: Duration = Duration::from_secs(5);

/// What came of an approved call, for the client that asked for it.
#[derive(Debug)]
#[must_use]
pub enum Owed {
    /// It was carried out or refused, and this is what its reply said. Told once.
    Outcome(Box<Approval>, Value),
    /// It is being carried out, or whoever asked takes that back: it is told the next time.
    Running(Box<Approval>),
    /// It cannot be known whether it took place, and no person closed it yet. Told as often as asked.
    Unknown(Box<Approval>, u64),
    /// It ended, and its result was not kept: the log says as much. Told once.
    Lost(Box<Approval>, &'static str, u64),
}

/// Whether a person approved the very same call, and its client was not told what came of it: same tool,
/// bound arguments and caller. Reads only.
///
/// # Errors
/// [`GateError`].
pub fn owes(home: &Home, call: &Call) -> Result<bool, GateError> {
    let path = home.approvals();
    let mut bytes = Vec::new();
    let read = durable::open_read(&path).and_then(|mut file| file.read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(GateError::State(path, e)),
    }
    let mut own = spent_by(&bytes, &call.caller).peekable();
    if own.peek().is_none() {
        return Ok(false);
    }
    Ok(shown(call).is_some_and(|shown| own.any(|row| is(&row, call, &shown))))
}

/// The used requests of `caller`. Every call of a client asks for them, and the file may be long: only
/// lines that can be one are read.
fn spent_by(bytes: &[u8], caller: &Caller) -> impl Iterator<Item = Approval> {
    let caller = format!("\"caller\":\"{caller}\"");
    let may_be = move |line: &&[u8]| {
        let has = |needle: &[u8]| memmem::find(line, needle).is_some();
        has(caller.as_bytes()) && has(b"\"state\":\"spent\"")
    };
    bytes.split(|b| *b == b'\n').filter(may_be).filter_map(|line| serde_json::from_slice(line).ok())
}

/// What is owed to the caller of `call`; what is told once is told now, and on record before. Who says stop
/// meanwhile hears nothing, so that it stays to be told.
///
/// # Errors
/// [`GateError`]; then nothing is told.
pub fn owed(home: &Home, call: &Call, watch: &Watch) -> Result<Option<Owed>, GateError> {
    let Some(shown) = shown(call) else { return Ok(None) };
    let mut book = Book::open(home)?;
    let Some(row) = book.rows.iter_mut().find(|row| is(row, call, &shown)) else { return Ok(None) };
    if watch.stopped() {
        return Ok(Some(Owed::Running(Box::new(row.clone()))));
    }
    if row.outcome.is_some() {
        let _ = Log::of(home).append(&record::told(call, row))?;
    }
    if let Some(outcome) = row.outcome.take() {
        row.told = true;
        let row = Box::new(row.clone());
        book.save()?;
        return Ok(Some(Owed::Outcome(row, outcome)));
    }
    if flight::held(home, &row.call) {
        return Ok(Some(Owed::Running(Box::new(row.clone()))));
    }
    if let Some(open) = unknown(home)?.into_iter().find(|open| open.call == row.call) {
        return Ok(Some(Owed::Unknown(Box::new(row.clone()), open.place.seq)));
    }
    let found = ending(home, row)?;
    match &found {
        Some((_, _, entry)) if recent(entry) => return Ok(Some(Owed::Running(Box::new(row.clone())))),
        Some((Kind::CallUnknown, seq, _)) => {
            return Ok(Some(Owed::Unknown(Box::new(row.clone()), *seq)));
        }
        Some(_) | None => {}
    }
    if found.is_some() {
        let _ = Log::of(home).append(&record::told(call, row))?;
    }
    row.told = true;
    let row = Box::new(row.clone());
    book.save()?;
    // Without an entry it was cut off before its intent, so nothing was attempted.
    Ok(found.map(|(kind, seq, _)| Owed::Lost(row, kind.as_str(), seq)))
}

/// The arguments of a client's call as a request shows them.
fn shown(call: &Call) -> Option<Value> {
    let Caller::Mcp(_) = call.caller else { return None };
    let tool = tools::find(&call.tool)?;
    Some(record::shown_args(tool, &tool.bind(&call.args).ok()?))
}

/// Whether `row` is the used request of `call`, and its client was not told yet.
pub(super) fn is(row: &Approval, call: &Call, shown: &Value) -> bool {
    matches!(call.caller, Caller::Mcp(_))
        && row.state == State::Spent
        && !row.told
        && row.caller == call.caller
        && row.tool == call.tool
        && row.shown == *shown
}

/// The newest entry that says how the call of `row` ended.
fn ending(home: &Home, row: &Approval) -> Result<Option<(Kind, u64, Value)>, GateError> {
    const ENDS: [Kind; 4] = [Kind::CallDone, Kind::CallFailed, Kind::CallUnknown, Kind::CallResolved];
    let kind_of = |entry: &Value| {
        let kind = entry.get("kind").and_then(Value::as_str)?;
        ENDS.into_iter().find(|end| end.as_str() == kind)
    };
    let after = row.decided.as_ref().and_then(|d| d.place.as_ref()).map_or(0, |place| place.seq);
    let found = Log::of(home).find_about(("call", row.call.as_str()), after, &ENDS)?;
    Ok(found.and_then(|(place, entry)| Some((kind_of(&entry)?, place.seq, entry))))
}

/// Whether the process that carries it out may still be about to keep the result.
fn recent(entry: &Value) -> bool {
    let done = entry.get("kind").and_then(Value::as_str) != Some(Kind::CallResolved.as_str());
    let at = entry.get("ts").and_then(Value::as_str).and_then(|ts| ts.parse::<jiff::Timestamp>().ok());
    done && at.is_some_and(|at| clock::later(at, MOMENT) > clock::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_used_requests_of_the_caller_are_read() {
        let digest = crate::canon::digest_of(&json!([])).unwrap();
        let now = clock::now();
        let row = |id: &str, state: &str, caller: &str, args: Value| {
            json!({
                "v": 1, "id": id, "state": state, "call": "0".repeat(26), "tool": "shell_run", "args": args,
                "caller": caller, "risk": "HIGH", "digest": digest, "target": digest, "shown": args,
                "effects": [], "reasons": [], "asked": now, "expires": now,
            })
            .to_string()
        };
        let trick = json!({"stdin": "\"caller\":\"mcp:desk\",\"state\":\"spent\""});
        let lines = [
            row("aaaaa", "spent", "mcp:desk", json!({})),
            row("bbbbb", "waiting", "mcp:desk", json!({})),
            row("ccccc", "spent", "mcp:desk-two", json!({})),
            row("ddddd", "waiting", "cli", trick),
            "torn \"caller\":\"mcp:desk\",\"state\":\"spent\"".into(),
            row("eeeee", "spent", "mcp:desk", json!({"a": 1})),
        ];
        let found = spent_by(lines.join("\n").as_bytes(), &Caller::Mcp("desk".into()))
            .map(|row| row.id.to_string())
            .collect::<Vec<_>>();
        assert_eq!(found, ["aaaaa", "eeeee"]);
    }
}
