//! `fleet veto`: a person takes a call back, after the fact.

use super::{CliError, Context, Exit, approve, input, output};
use crate::gate::{self, Deed};
use crate::submit::{self, Reply, Status};
use serde_json::json;

/// Take back what a call did, as far as that is possible, and have the same call ask next time.
///
/// A person's command, which works with the kill switch set. What is not as the call left it any more
/// is left alone, and what has no way back is said. The same call (tool, arguments and caller) waits for
/// a person from now on, until one approves it once.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit tail
  fleet veto 42
  fleet veto 42 --reason 'wrong folder'

Exit codes: 0 everything that has a way back was taken back, 1 something was
not, since it changed or failed.")]
pub struct Args {
    /// The entry of the call's intent or outcome.
    seq: u64,
    /// Why; it is recorded.
    #[arg(long)]
    reason: Option<String>,
    /// Do not ask once more on a terminal.
    #[arg(long)]
    yes: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let deed = submit::deed(&home, args.seq)?;
    if !context.json {
        output::say(gate::deed_view(&deed).trim_end());
    }
    let question = if deed.steps.iter().any(|s| s.back.is_some()) {
        "take this back? [y/N] "
    } else {
        "record the veto? [y/N] "
    };
    let Some(person) = approve::agreed(&home, args.yes, question)? else {
        output::say("nothing was done");
        return Ok(Exit::Waits);
    };
    let (deed, reply) = submit::veto(&home, &deed, &person, args.reason.as_deref())?;
    let exit = exit(&deed, reply.as_ref());
    if context.json {
        output::json(&json!({
            "status": word(reply.as_ref()),
            "seq": deed.seq,
            "call": deed.call,
            "tool": deed.tool,
            "steps": deed.steps,
            "undo": reply.as_ref().map(|r| &r.call),
            "error": reply.as_ref().and_then(|r| r.error.as_ref()),
            "asks_next_time": true,
        }));
        return Ok(exit);
    }
    match &reply {
        None => output::say("vetoed; nothing was taken back"),
        Some(reply) => match (reply.status, &reply.error) {
            (Status::Done, _) if deed.steps.iter().any(|s| s.why_not.is_some()) => {
                output::say("vetoed; what can be taken back was");
            }
            (Status::Done, _) => output::say("vetoed and taken back"),
            (Status::Unknown, _) => output::say("vetoed; it cannot be known whether it was taken back"),
            (_, error) => {
                let why = error.as_deref().unwrap_or("no reason given");
                output::say(&format!("vetoed, but not all was taken back: {why}"));
            }
        },
    }
    output::say("the same call asks from now on, until a person approves it once");
    Ok(exit)
}

fn word(reply: Option<&Reply>) -> &'static str {
    match reply.map(|r| r.status) {
        None | Some(Status::Done) => "done",
        Some(Status::Unknown) => "unknown",
        Some(Status::Failed | Status::Refused | Status::Waiting) => "failed",
    }
}

fn exit(deed: &Deed, reply: Option<&Reply>) -> Exit {
    let left = deed.steps.iter().any(|step| step.changed);
    reply.map_or(Exit::Done, Exit::from).max(if left { Exit::Failed } else { Exit::Done })
}

impl From<gate::NotVetoed> for CliError {
    fn from(e: gate::NotVetoed) -> Self {
        use gate::NotVetoed::{Already, Braked, Changed, Gate, NoEntry, NotADeed, UnderWay, Undo, Unknown};
        let exit = match e {
            Gate(e) => return e.into(),
            Braked(_) => Exit::Stopped,
            UnderWay(_) => Exit::Busy,
            NoEntry(_) | NotADeed(..) | Unknown(_) | Undo(_) | Already { .. } | Changed(_) => Exit::Failed,
        };
        Self::new(exit, e.to_string())
    }
}
