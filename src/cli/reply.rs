//! What came of a call, for its caller.

use super::{Context, output};
use crate::submit::{Reply, Status};

/// Prints a reply: the result to stdout, the rest to the person.
pub(super) fn print(reply: &Reply, context: &Context) {
    if context.json {
        output::json(reply);
        return;
    }
    if let Some(result) = &reply.result {
        output::line(&serde_json::to_string_pretty(result).unwrap_or_default());
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
