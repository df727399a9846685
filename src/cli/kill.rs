//! `fleet kill`: stop everything, and let it run again.

use super::{CliError, Context, Exit, input, output, prompt};
use crate::call::visible_line;
use crate::gate::{self, Engaged, Kill, Person, Stopped};
use crate::state::{Home, Redactor};
use serde_json::json;

/// Stop everything: refuse every call from now on, and end what is running.
///
/// Sets the switch, the file `KILL` in the data folder, and then ends every call in flight with all
/// that it started: TERM, five seconds, KILL. Works with the audit log broken; what could not be
/// recorded is said. Nothing runs again until a person releases the switch or removes that file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet kill
  fleet kill --reason 'a loop deletes the wrong branches'
  fleet kill --release --reason 'the loop is paused'")]
pub struct Args {
    /// Why; recorded, and shown to whoever is refused. A release must say it.
    #[arg(long, value_name = "R")]
    reason: Option<String>,
    /// Let calls run again. A person's command.
    #[arg(long, requires = "reason")]
    release: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.reason {
        Some(reason) if reason.trim().is_empty() => Err(CliError::usage("--reason is empty: say why")),
        Some(reason) if args.release => release(reason, context),
        reason => kill(reason.as_deref(), context),
    }
}

fn kill(reason: Option<&str>, context: &Context) -> Result<Exit, CliError> {
    // Not `require`: a home without its configuration can still be stopped.
    let home = Home::locate()?;
    if !home.data().is_dir() {
        return Err(crate::state::HomeError::Missing(home.data().to_owned()).into());
    }
    let clean = |home: &Home, reason: &str| Redactor::of(home).text(reason).into_owned();
    let Kill { engaged, killed, unrecorded } =
        gate::kill(&home, reason, Box::new(clean), &|engaged| warn(&home, engaged));
    let recorded = unrecorded.is_none();
    if let Some(why) = unrecorded {
        output::say(&format!("fleet: this is not on record: {why}"));
    }
    if recorded {
        // The switch stands whatever comes of this; the next command closes what stays open.
        match gate::recover(&home) {
            Ok(closed) => closed.iter().for_each(|c| output::say(&format!("fleet: {c}"))),
            Err(e) => output::say(&format!("fleet: {e}")),
        }
    }
    let set = !matches!(engaged, Engaged::Not(_));
    if context.json {
        output::json(&json!({
            "status": if set { "killed" } else { "failed" },
            "switch": match engaged {
                Engaged::Set | Engaged::NotSynced(_) => "set",
                Engaged::Before => "set-before",
                Engaged::Not(_) => "not-set",
            },
            "recorded": recorded,
            "calls": killed.calls,
            "error": killed.blind,
        }));
    } else {
        print(&engaged, &killed.calls);
    }
    if let Some(why) = &killed.blind {
        output::say(&format!("fleet: what is in flight could not be looked at: {why}"));
    }
    Ok(if set && killed.clean() { Exit::Done } else { Exit::Failed })
}

/// What a person must know before anything is ended.
fn warn(home: &Home, engaged: &Engaged) {
    match engaged {
        Engaged::Set | Engaged::Before => {}
        Engaged::NotSynced(e) => {
            output::say(&format!("fleet: the kill switch is set, but a power cut may undo that: {e}"));
        }
        Engaged::Not(e) => {
            let path = home.kill_switch();
            output::say(&format!("fleet: cannot set the kill switch `{}`: {e}", path.display()));
            output::say("  calls that come are NOT stopped; what is in flight is ended now");
        }
    }
}

fn print(engaged: &Engaged, calls: &[Stopped]) {
    match engaged {
        Engaged::Set | Engaged::NotSynced(_) => output::line("the kill switch is set: every call is refused"),
        Engaged::Before => output::line("the kill switch was set before: every call is refused"),
        Engaged::Not(_) => {}
    }
    if calls.is_empty() {
        output::line("nothing was in flight");
    }
    for call in calls {
        output::line(&line(call));
    }
    if !matches!(engaged, Engaged::Not(_)) {
        output::line("`fleet kill --release --reason R` lets calls run again");
    }
}

fn line(call: &Stopped) -> String {
    let tool = call.tool.as_deref().unwrap_or("left running");
    let caller = call.caller.as_deref().map_or_else(String::new, |c| format!(" of {c}"));
    let mut text = format!("  {}  {}: ", call.call, visible_line(&format!("{tool}{caller}"), 40));
    match (call.ended, call.forced) {
        (0, _) => text.push_str("stopped by itself"),
        (n, 0) => text.push_str(&format!("ended {}", many(n))),
        (n, forced) => text.push_str(&format!("ended {}, {forced} by force", many(n))),
    }
    if call.under_way || !call.left.is_empty() {
        let left: Vec<_> = call.left.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\n    STILL THERE: {}", left.join(" ")));
    }
    text
}

fn many(n: usize) -> String {
    if n == 1 { "1 process".into() } else { format!("{n} processes") }
}

fn release(reason: &str, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let released = gate::release(&home, &person, reason)?;
    if context.json {
        output::json(&json!({ "status": if released { "released" } else { "not-set" } }));
    } else if released {
        output::line("the kill switch is released: calls run again");
    } else {
        output::line("the kill switch was not set");
    }
    Ok(Exit::Done)
}
