//! `fleet loop list`: all loops, a line each.

use super::super::{CliError, Context, Exit, input, output};
use crate::call::LoopId;
use crate::loops::{self, LoopError, Mode, RunRecord};
use crate::state::Home;
use serde_json::{Value, json};

pub(super) fn run(context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let ids =
        loops::sources(&home).map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?;
    let rows: Vec<Value> = ids.iter().map(|id| described(&home, id)).collect();
    if context.json {
        output::json(&rows);
        return Ok(Exit::Done);
    }
    for row in &rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        output::line(&format!(
            "{:<18} {:<12} {:<23} {}",
            text("id"),
            text("state"),
            text("last"),
            text("title")
        ));
    }
    Ok(Exit::Done)
}

/// What there is to say of a loop in one line.
pub(super) fn described(home: &Home, id: &LoopId) -> Value {
    let spec = loops::source(home, id).ok().and_then(|s| loops::read_definition(&s.definition).ok());
    let last: Option<RunRecord> = loops::last_run(home, id);
    json!({
        "id": id,
        "state": state(home, id),
        "title": spec.as_ref().map(|s| &s.title),
        "category": spec.as_ref().map(|s| &s.category),
        "last": last.as_ref().map(|l| l.outcome.to_string()),
        "last_ended": last.as_ref().map(|l| l.ended),
    })
}

/// Whether a loop may run and act, in a word.
pub(super) fn state(home: &Home, id: &LoopId) -> &'static str {
    match loops::registered(home, id) {
        Ok(_) => match loops::paused(home, id) {
            Ok(None) => loops::mode(home, id).map_or("?", Mode::as_str),
            Ok(Some(_)) => "paused",
            Err(_) => "broken",
        },
        Err(LoopError::Unregistered(_)) => "unregistered",
        Err(LoopError::Changed(..)) => "changed",
        Err(_) => "broken",
    }
}
