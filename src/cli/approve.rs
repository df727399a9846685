//! `fleet approve`: a person's yes; then the stored call is judged again and carried out.

use super::{CliError, Context, Exit, input, loops as loop_cli, output, prompt, reply, run_loop};
use crate::call::ApprovalId;
use crate::gate::{self, Person};
use crate::loops::{self, LoopError, Resumed};
use crate::state::Home;
use crate::submit;

/// Carry out waiting calls, after everything was checked again.
///
/// A person's command: it needs an open channel (`[approvals]` in fleet.toml) and the proof that is
/// set there, and is refused to whatever fleet itself started. On a terminal each call is shown
/// first. What would no longer do exactly what was asked is refused as stale.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet approve k7m2q
  fleet approve k7m2q x3n8d --json")]
pub struct Args {
    /// Ids, as `fleet approval list` prints them.
    #[arg(required = true)]
    ids: Vec<ApprovalId>,
    /// Do not ask once more on a terminal.
    #[arg(long)]
    yes: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    for id in &args.ids {
        match gate::get(&home, id) {
            Ok(approval) if prompt::terminal() => output::say(gate::view(&approval).trim_end()),
            Ok(_) => {}
            // With others to decide, this one is reported when its turn comes.
            Err(e) if args.ids.len() == 1 => return Err(e.into()),
            Err(_) => {}
        }
    }
    let Some(person) = agreed(&home, args.yes)? else {
        output::say("nothing was done");
        return Ok(Exit::Waits);
    };
    let mut worst = Exit::Done;
    for id in &args.ids {
        worst = worst.max(match carry_out(&home, id, &person, context) {
            Ok(exit) => exit,
            Err(e) if args.ids.len() == 1 => return Err(e),
            Err(e) => {
                e.print(context);
                e.exit()
            }
        });
    }
    Ok(worst)
}

/// The person, with proof; on a terminal without a PIN, only after one more question.
pub(super) fn agreed(home: &Home, yes: bool) -> Result<Option<Person>, CliError> {
    let person = Person::prove(home, &mut || prompt::ask_hidden("PIN: "))?;
    if prompt::terminal() && !yes && person.proof() == "none" {
        let answer = prompt::ask("carry this out? [y/N] ").unwrap_or_default();
        if !matches!(answer.as_str(), "y" | "Y" | "yes") {
            return Ok(None);
        }
    }
    Ok(Some(person))
}

/// One call, and then the run that it belongs to.
pub(super) fn carry_out(
    home: &Home,
    id: &ApprovalId,
    person: &Person,
    context: &Context,
) -> Result<Exit, CliError> {
    let (reply, run) = submit::approve(home, id, person)?;
    reply::print(&reply, context);
    let exit = Exit::from(&reply);
    match run {
        Some(run) => Ok(exit.max(resumed(loops::resume(home, &run, id, Some(&reply)))?)),
        None => Ok(exit),
    }
}

/// Says what became of the run that had asked; the decision itself stands, whatever comes of this.
pub(super) fn resumed(what: Result<Resumed, LoopError>) -> Result<Exit, CliError> {
    match what.map_err(loop_cli::failed)? {
        Resumed::Finished(record) => {
            output::say(&format!("{}: {}: {}", record.id, record.outcome, record.reason));
            Ok(run_loop::exit(&record.outcome))
        }
        Resumed::StillParked(waiting) => {
            output::say(&format!("its run waits for {waiting} more"));
            Ok(Exit::Done)
        }
        Resumed::Gone => Ok(Exit::Done),
    }
}
