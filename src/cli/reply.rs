//! What came of a call, for its caller.

use super::{Context, output};
use crate::call::visible_line;
use crate::submit::{Reply, Status};
use std::io::IsTerminal as _;

/// Lines of a result that a person gets to see at once, and how long each may be.
const SCREEN: usize = 20;
const LINE: usize = 200;

/// A result for eyes: what is more than a screen is counted. A program that reads gets all of it.
fn one_screen(text: &str) {
    let lines = text.lines().count();
    text.lines().take(SCREEN).for_each(|line| output::line(&visible_line(line, LINE)));
    if lines > SCREEN {
        output::line(&format!("… {} more lines", lines - SCREEN));
    }
}

/// Prints a reply: the result to stdout, the rest to the person.
pub(super) fn print(reply: &Reply, context: &Context) {
    if context.json {
        output::json(reply);
        return;
    }
    if let Some(result) = &reply.result {
        let text = serde_json::to_string_pretty(result).unwrap_or_default();
        if std::io::stdout().is_terminal() { one_screen(&text) } else { output::line(&text) }
    }
    match reply.status {
        Status::Done => {}
        Status::Waiting => {
            let id = reply.approval.as_ref().map(ToString::to_string).unwrap_or_default();
            output::say(&format!("fleet: waits for a person as `{id}`"));
            output::say(&format!(
                "  `fleet approval show {id}` shows it, `fleet approve {id}` carries it out"
            ));
        }
        Status::Refused if reply.braked => output::say("fleet: stopped by a brake, nothing was done"),
        Status::Refused => output::say("fleet: refused, nothing was done"),
        Status::Failed if reply.malformed => {
            output::say("fleet: this call cannot be judged, nothing was done")
        }
        Status::Failed => output::say("fleet: failed"),
        Status::Unknown => output::say("fleet: it cannot be known whether this took place"),
    }
    for reason in &reply.reasons {
        if reply.braked {
            output::say(&format!("  {} ({})", reason.rule, reason.source));
            output::wrapped(&reason.message, 74).iter().for_each(|line| output::say(&format!("    {line}")));
            continue;
        }
        output::say(&format!("  {}: {} ({})", reason.rule, reason.message, reason.source));
    }
    if let Some(error) = reply.error.as_ref().filter(|_| reply.reasons.is_empty()) {
        output::say(&format!("  {error}"));
    }
}
