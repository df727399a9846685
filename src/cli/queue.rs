//! `fleet approve` without ids: what waits, call by call, then the proof once, then what was decided.

use super::{CliError, Context, Exit, approval, approve, deny, output, prompt};
use crate::call::ApprovalId;
use crate::gate::{self, Approval, ApprovalError, Person};
use crate::state::Home;

/// What a person said about one call.
enum Said {
    Yes(ApprovalId, Box<Result<Approval, ApprovalError>>),
    No(ApprovalId, String),
}

pub fn run(home: &Home, context: &Context) -> Result<Exit, CliError> {
    let waiting = gate::list(home)?;
    if context.json {
        output::json(&waiting.iter().map(approval::described).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if !prompt::terminal() {
        return Err(CliError::usage("which calls? name their ids, or run this on a terminal")
            .hint("`fleet approval list` shows what waits"));
    }
    if waiting.is_empty() {
        output::say("nothing waits");
        return Ok(Exit::Done);
    }
    let mut said = Vec::new();
    let all = waiting.len();
    for (at, row) in waiting.into_iter().enumerate() {
        output::say(&format!("\n{} of {all}", at + 1));
        let id = row.id.clone();
        let shown = gate::unedited(row);
        match &shown {
            Ok(row) => approve::show(home, row),
            // Edited rows are not shown as what they are not; a no is still possible.
            Err(e) => output::say(&format!("fleet: {e}")),
        }
        match answer()? {
            'y' => said.push(Said::Yes(id, Box::new(shown))),
            'n' => said.push(Said::No(id, why()?)),
            'q' => {
                output::say("nothing was done");
                return Ok(Exit::Waits);
            }
            _ => {}
        }
    }
    if said.is_empty() {
        output::say("nothing was done");
        return Ok(Exit::Waits);
    }
    let yes = said.iter().filter(|s| matches!(s, Said::Yes(..))).count();
    output::say(&format!("\n{yes} to carry out, {} to deny", said.len() - yes));
    // Each was answered by itself: no question more but the proof.
    let person = Person::prove(home, &mut || prompt::ask_hidden("PIN: "))?;
    let mut worst = Exit::Done;
    for one in said {
        let (id, done) = match one {
            Said::Yes(id, shown) => {
                let shown = shown.map_err(CliError::from);
                (id, shown.and_then(|shown| approve::carry_out(home, &shown, &person, context)))
            }
            Said::No(id, reason) => {
                let done = deny::one(home, &id, &person, &reason, context);
                (id, done)
            }
        };
        worst = worst.max(approve::reported(&id, done, context));
    }
    Ok(worst)
}

/// One letter; anything else is asked again.
fn answer() -> Result<char, CliError> {
    let question = "carry this out? [y]es [n]o, never [s]kip [q]uit, nothing done: ";
    loop {
        let said = prompt::ask(question).map_err(|e| CliError::new(Exit::Waits, e.to_string()))?;
        match said.trim() {
            "y" | "Y" | "yes" => return Ok('y'),
            "n" | "N" | "no" => return Ok('n'),
            "s" | "S" | "skip" | "" => return Ok('s'),
            "q" | "Q" | "quit" => return Ok('q'),
            _ => {}
        }
    }
}

fn why() -> Result<String, CliError> {
    loop {
        let said = prompt::ask("why not? ").map_err(|e| CliError::new(Exit::Waits, e.to_string()))?;
        if !said.trim().is_empty() {
            return Ok(said);
        }
    }
}
