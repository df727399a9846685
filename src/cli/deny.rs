//! `fleet deny`: a person's no, remembered.

use super::{CliError, Context, Exit, approve, input, output, prompt};
use crate::call::ApprovalId;
use crate::gate::{self, Person};
use crate::loops;
use crate::state::Home;
use serde_json::json;

/// Turn waiting calls down. The same is not asked again for 30 days, whoever asks.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet deny k7m2q --reason 'still working on that branch'")]
pub struct Args {
    /// Ids, as `fleet approval list` prints them.
    #[arg(required = true)]
    ids: Vec<ApprovalId>,
    /// Why; it is recorded, and shown to who asks again.
    #[arg(long)]
    reason: String,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    // A no works with the log broken too.
    let home = input::home_to_look()?;
    if args.reason.trim().is_empty() {
        return Err(CliError::usage("--reason is empty: say why"));
    }
    let mut pin = || prompt::ask_hidden("PIN: ");
    let person = Person::prove(&home, &mut pin)?;
    if let [id] = args.ids.as_slice() {
        return one(&home, id, &person, &args.reason, context);
    }
    let mut worst = Exit::Done;
    for id in &args.ids {
        let done = one(&home, id, &person, &args.reason, context);
        worst = worst.max(approve::reported(id, done, context));
    }
    Ok(worst)
}

/// One call, and then the run that it belongs to.
pub(super) fn one(
    home: &Home,
    id: &ApprovalId,
    person: &Person,
    reason: &str,
    context: &Context,
) -> Result<Exit, CliError> {
    let denied = gate::decide(home, gate::Said::No(id, reason), person)?;
    let recorded = denied.decided.as_ref().is_some_and(|d| d.place.is_some());
    if !recorded {
        output::say("fleet: this denial is in force and not on record: the audit log takes no entry");
    }
    if context.json {
        output::json(&json!({ "status": "denied", "approval": denied.id, "call": denied.call }));
    } else {
        output::say(&format!("denied `{id}`: {}", denied.tool));
    }
    if let Some(run) = denied.run.as_ref().filter(|_| recorded) {
        let _ = approve::resumed(loops::resume(home, run, id, None))?;
    }
    Ok(Exit::Done)
}
