//! `fleet schedule sweep`: what launchd starts every ten minutes.

use super::super::{CliError, Context, Exit, input, output};
use crate::call::LoopId;
use crate::schedule::{self, Patience, Place};

/// Start what is due and did not start, and tell of loops that do not run.
///
/// Started runs are not waited for. A trouble is told once, and again after a day.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule sweep
  fleet schedule sweep --json | jq .alarms")]
pub struct Args {}

pub(super) fn run(_: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    // A home that the system's scheduler does not know of has no jobs that could be missing. Where none is
    // installed, none is missed.
    let place = if home.from_variable() { None } else { Place::find(&home, Patience::USUAL).ok() };
    let place = place.filter(|place| !place.installed().is_empty());
    let mut start = |id: &LoopId| {
        let label = schedule::label(id);
        match &place {
            Some(place) if place.loaded_label(&label) == Ok(true) => place.start(&label),
            Some(_) | None => schedule::detached(&home, id),
        }
    };
    let swept = schedule::sweep(&home, place.as_ref(), &mut start);
    let Some(swept) = swept.map_err(|why| CliError::new(Exit::Failed, why))? else {
        return Err(CliError::new(Exit::Busy, "another sweep is under way"));
    };
    if context.json {
        output::json(&swept);
        return Ok(Exit::Done);
    }
    let started: Vec<_> = swept.started.iter().map(LoopId::as_str).collect();
    let names = if started.is_empty() { String::new() } else { format!(": {}", started.join(", ")) };
    output::line(&format!("{} loops, {} started{names}", swept.loops, started.len()));
    for alarm in &swept.alarms {
        output::say(&format!("{}: {}: {}", alarm.id, alarm.what, alarm.why));
    }
    Ok(Exit::Done)
}
