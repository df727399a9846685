//! `fleet schedule install`, `uninstall` and `status`.

use super::super::{CliError, Context, Exit, input, output};
use super::jobs;
use crate::loops;
use crate::schedule::{self, Files, Job, Overview, Patience, Place, Standing};
use crate::state::{Home, clock};

/// Give the system's scheduler a job for each registered loop, and one for the sweeper.
///
/// Touches only what changed, loads one job after another and waits until each is there. A loop that runs
/// right now is left for the next time.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule install
  fleet schedule install --json | jq .strays")]
pub struct Install {}

/// Take the jobs of fleet out of the system's scheduler, strays included.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule uninstall")]
pub struct Uninstall {}

/// Compare what is registered with what is installed and loaded; changes nothing.
///
/// Exit code 1 if something differs.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule status")]
pub struct Status {}

fn failed(why: String) -> CliError {
    CliError::new(Exit::Failed, why)
}

/// A home whose loops may be installed: one that `FLEET_HOME` chose is somebody's experiment, and the
/// system's scheduler would not know of it.
fn own(home: &Home) -> Result<(), CliError> {
    if home.from_variable() {
        let why = "jobs are not installed under FLEET_HOME: the system's scheduler does not know of it";
        return Err(CliError::usage(why).hint("unset FLEET_HOME, or print them with `fleet schedule render`"));
    }
    Ok(())
}

pub(super) fn install(_: &Install, context: &Context) -> Result<Exit, CliError> {
    own(&Home::locate()?)?;
    let home = input::home()?;
    let jobs = jobs::registered(&home, &home.tilde().display().to_string())?;
    let place = Place::find(&home, Patience::USUAL).map_err(failed)?;
    let busy = |job: &Job| match job {
        Job::Loop { id, .. } => loops::standing(&home, id, clock::now()).is_ok_and(|s| s.running),
        Job::Sweep => false,
    };
    let mut tell = |standing: &Standing| {
        if !context.json {
            output::line(&format!("{}: {}", standing.label, standing.note.as_deref().unwrap_or_default()));
        }
    };
    let overview = schedule::install(&place, &jobs, &busy, &mut tell).map_err(failed)?;
    Ok(finish(&place, &overview, context, false))
}

pub(super) fn uninstall(_: &Uninstall, context: &Context) -> Result<Exit, CliError> {
    own(&Home::locate()?)?;
    let home = input::home_to_look()?;
    let place = Place::find(&home, Patience::USUAL).map_err(failed)?;
    let mut gone = Vec::new();
    let all = schedule::uninstall(&place, &place.installed(), &mut |name, result| {
        let note = result.err();
        if !context.json {
            output::line(&format!("{name}: {}", note.as_deref().unwrap_or("removed")));
        }
        gone.push(serde_json::json!({ "name": name, "error": note }));
    });
    if context.json {
        output::json(&gone);
    }
    Ok(if all { Exit::Done } else { Exit::Failed })
}

pub(super) fn status(_: &Status, context: &Context) -> Result<Exit, CliError> {
    own(&Home::locate()?)?;
    let home = input::home_to_look()?;
    let jobs = jobs::registered(&home, &home.tilde().display().to_string())?;
    let place = Place::find(&home, Patience::USUAL).map_err(failed)?;
    let overview = schedule::status(&place, &jobs).map_err(failed)?;
    Ok(finish(&place, &overview, context, true))
}

fn finish(place: &Place<'_>, overview: &Overview, context: &Context, every: bool) -> Exit {
    let exit = if overview.whole() { Exit::Done } else { Exit::Failed };
    if context.json {
        output::json(overview);
        return exit;
    }
    for job in overview.jobs.iter().filter(|_| every) {
        let files = match job.files {
            Files::Same => "as declared",
            Files::Differ => "DIFFERS",
            Files::Missing => "MISSING",
        };
        let loaded = if job.loaded { "loaded" } else { "NOT LOADED" };
        output::line(&format!("{:<40} {files:<12} {loaded}", job.label));
    }
    for stray in &overview.strays {
        output::line(&format!("{}: belongs to no registered loop", place.folder().join(stray).display()));
    }
    output::line(&format!("{} of {} loaded", overview.good(), overview.jobs.len()));
    exit
}
