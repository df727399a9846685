//! `fleet loop register` and `unregister`: through the gate, and out again.

use super::super::{CliError, Context, Exit, input, output, prompt};
use super::{failed, house};
use crate::call::LoopId;
use crate::gate::Person;
use crate::loops;
use serde_json::json;

/// Pass loops through their gate: only the registered copy runs. A person's command.
///
/// What `fleet loop lint` refuses is not registered. The bytes of definition and runbook are copied;
/// a change of either stops the loop until it is registered again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop register --all
  fleet loop lint cert-watch && fleet loop register cert-watch")]
pub struct Args {
    /// Loops.
    #[arg(required_unless_present = "all")]
    ids: Vec<LoopId>,
    /// Every loop there is.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

/// Take loops out of the registry: they do not run. A person's command.
///
/// Their records, findings and memory stay, and are there again when they are registered again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop unregister cert-watch")]
pub struct Out {
    /// Loops.
    #[arg(required = true)]
    ids: Vec<LoopId>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let ids = if args.all {
        loops::sources(&home).map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?
    } else {
        args.ids.clone()
    };
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let house = house(&home)?;
    each(&ids, context, "registered, ", |id| {
        loops::register(&home, id, &person, &house).map(loops::Mode::as_str)
    })
}

pub(super) fn out(args: &Out, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    each(&args.ids, context, "", |id| loops::unregister(&home, id, &person).map(|()| "unregistered"))
}

/// Does it to each; one that fails keeps none of the others.
fn each(
    ids: &[LoopId],
    context: &Context,
    before: &str,
    mut act: impl FnMut(&LoopId) -> Result<&'static str, loops::LoopError>,
) -> Result<Exit, CliError> {
    let mut worst = Exit::Done;
    let mut rows = Vec::new();
    for id in ids {
        match act(id) {
            Ok(state) => {
                rows.push(json!({ "id": id, "state": state }));
                if !context.json {
                    output::line(&format!("{id}: {before}{state}"));
                }
            }
            Err(e) => {
                let e = failed(e);
                worst = worst.max(e.exit());
                rows.push(json!({ "id": id, "state": "refused", "error": e.to_string() }));
                output::say(&format!("fleet: {e}"));
            }
        }
    }
    if context.json {
        output::json(&rows);
    }
    Ok(worst)
}
