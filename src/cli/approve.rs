//! `fleet approve`: a person's yes; then the stored call is judged again and carried out.

use super::{CliError, Context, Exit, input, loops as loop_cli, output, prompt, queue, reply, run_loop};
use crate::call::{ApprovalId, visible_line};
use crate::gate::{self, Approval, Person};
use crate::loops::{self, LoopError, Resumed};
use crate::state::Home;
use crate::submit;

/// Carry out waiting calls, after everything was checked again.
///
/// A person's command: it needs an open channel (`[approvals]` in fleet.toml) and the proof that is
/// set there, and is refused to whatever fleet itself started. On a terminal each call is shown
/// first. What would no longer do exactly what was asked is refused as stale.
///
/// Several ids are carried out in the order given, and each is reported: one that fails, or waits no
/// more, does not stop the others, and the exit code is the worst of all. Without ids, on a terminal,
/// what waits is shown call by call, and asked about; with --json it is printed, and nothing is done.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet approve
  fleet approve k7m2q
  fleet approve k7m2q x3n8d --json")]
pub struct Args {
    /// Ids, as `fleet approval list` prints them.
    ids: Vec<ApprovalId>,
    /// Do not ask once more on a terminal.
    #[arg(long, requires = "ids")]
    yes: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut ids = args.ids.clone();
    if ids.is_empty() {
        // What only prints goes on with a broken log.
        let home = if context.json { input::home_to_look()? } else { input::home()? };
        return queue::run(&home, context);
    }
    let home = input::home()?;
    let mut known = std::collections::BTreeSet::new();
    ids.retain(|id| known.insert(id.as_str().to_owned()));
    let mut asked = Vec::new();
    for id in &ids {
        let found = gate::get(&home, id);
        match &found {
            Ok(approval) if prompt::terminal() => show(&home, approval),
            _ => {}
        }
        match found {
            Err(e) if ids.len() == 1 => return Err(e.into()),
            // With others to decide, one that is not there is reported when its turn comes.
            found => asked.push(found),
        }
    }
    let question = match ids.len() {
        1 => "carry this out? [y/N] ".to_owned(),
        n => format!("carry out these {n}, in this order? [y/N] "),
    };
    let Some(person) = agreed(&home, args.yes, &question)? else {
        output::say("nothing was done");
        return Ok(Exit::Waits);
    };
    if let [Ok(shown)] = asked.as_slice() {
        return carry_out(&home, shown, &person, context);
    }
    let mut worst = Exit::Done;
    for (id, found) in ids.iter().zip(asked) {
        let done = found.map_err(CliError::from);
        let done = done.and_then(|shown| carry_out(&home, &shown, &person, context));
        worst = worst.max(reported(id, done, context));
    }
    Ok(worst)
}

/// The call as it waits, and what changed since.
pub(super) fn show(home: &Home, approval: &Approval) {
    output::say(gate::view(approval).trim_end());
    match gate::review(home, approval) {
        Ok(said) => said.iter().for_each(|line| output::say(&format!("  ! {}", visible_line(line, 400)))),
        Err(e) => output::say(&format!("fleet: {e}")),
    }
}

/// One of several: what went wrong is said, and the others go on.
pub(super) fn reported(id: &ApprovalId, done: Result<Exit, CliError>, context: &Context) -> Exit {
    done.unwrap_or_else(|e| {
        let e = e.about(id);
        e.print(context);
        e.exit()
    })
}

/// The person, with proof; on a terminal without a PIN, only after one more question.
pub(super) fn agreed(home: &Home, yes: bool, question: &str) -> Result<Option<Person>, CliError> {
    let person = Person::prove(home, &mut || prompt::ask_hidden("PIN: "))?;
    if prompt::terminal() && !yes && person.proof() == "none" {
        let answer = prompt::ask(question).unwrap_or_default();
        if !matches!(answer.as_str(), "y" | "Y" | "yes") {
            return Ok(None);
        }
    }
    Ok(Some(person))
}

/// One call as it was shown, and then the run that it belongs to.
pub(super) fn carry_out(
    home: &Home,
    shown: &Approval,
    person: &Person,
    context: &Context,
) -> Result<Exit, CliError> {
    let (id, tool) = (&shown.id, &shown.tool);
    let (reply, run) = submit::approve(home, shown, person)?;
    if !context.json {
        let done = serde_json::to_value(reply.status).unwrap_or_default();
        output::say(&format!("{id} {tool}: {}", done.as_str().unwrap_or_default()));
    }
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
