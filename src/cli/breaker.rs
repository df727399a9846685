//! `fleet breaker`: what stops calls after failures.

use super::{CliError, Context, Exit, input, output, prompt};
use crate::call::visible_line;
use crate::gate::{self, BrakeKey, BreakerView, NotMoved, Person};
use crate::state::{Home, Redactor};
use serde_json::json;

/// Show and move breakers: they stop calls of what failed five times in a row.
///
/// There is one for each loop, each family of tools, each destination and each model: `loop:ID`,
/// `family:NAME`, `host:NAME`, `model:NAME`. An open one stops changes and whatever leaves the machine; after its cool-down one
/// call goes through as a probe: if it works the breaker closes, else it stays open twice as long, up
/// to an hour. One that somebody tripped stops reads, too. A call for what is not there, or for a place
/// that is taken, counts for the breaker of its loop alone.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet breaker list
  fleet breaker trip family:git --reason 'the server is being moved'
  fleet breaker trip loop:stale-branches --hold
  fleet breaker reset family:git --reason 'it is back'")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Breakers that are open, half-open or count failures.
    List,
    /// One breaker.
    Show {
        /// `loop:ID`, `family:NAME`, `host:NAME` or `model:NAME`.
        name: BrakeKey,
    },
    /// Open a breaker for an hour.
    Trip {
        /// `loop:ID`, `family:NAME`, `host:NAME` or `model:NAME`.
        name: BrakeKey,
        /// Why; recorded, and shown to whoever is stopped.
        #[arg(long, value_name = "R")]
        reason: Option<String>,
        /// Until a person resets it.
        #[arg(long)]
        hold: bool,
    },
    /// Close breakers. A person's command.
    Reset {
        /// `loop:ID`, `family:NAME`, `host:NAME` or `model:NAME`.
        #[arg(required_unless_present = "all")]
        names: Vec<BrakeKey>,
        /// All that are not closed.
        #[arg(long, conflicts_with = "names")]
        all: bool,
        /// Why; recorded.
        #[arg(long, value_name = "R")]
        reason: Option<String>,
    },
}

impl std::str::FromStr for BrakeKey {
    type Err = crate::call::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::List => list(context),
        Sub::Show { name } => {
            let found = gate::breaker(&input::home_to_look()?, name)?;
            if context.json {
                output::json(&found);
            } else {
                shown(&found).iter().for_each(|line| output::line(line));
            }
            Ok(Exit::Done)
        }
        Sub::Trip { name, reason, hold } => trip(name, reason.as_deref(), *hold, context),
        Sub::Reset { names, all, reason } => reset(names, *all, reason.as_deref(), context),
    }
}

impl From<NotMoved> for CliError {
    fn from(e: NotMoved) -> Self {
        match e {
            NotMoved::None(_) => Self::usage(e.to_string()).hint(
                "write `loop:ID`, `family:NAME`, `host:NAME` or `model:NAME`; `fleet tool list --json` has the families",
            ),
            NotMoved::Braked(ref brake) => {
                let why = format!("{}: {}", brake.rule, brake.message);
                Self::new(Exit::Stopped, e.to_string()).hint(output::wrapped(&why, 76).join("\n  "))
            }
            NotMoved::Gate(e) => e.into(),
        }
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let all = gate::breakers(&input::home_to_look()?)?;
    if context.json {
        output::json(&all);
    } else if all.is_empty() {
        output::say("every breaker is closed");
    } else {
        for one in &all {
            output::line(&format!("{:<30} {:<6}  {}", one.breaker.to_string(), one.state, gist(one)));
        }
    }
    Ok(Exit::Done)
}

fn gist(one: &BreakerView) -> String {
    match (one.state, one.until) {
        ("open", Some(until)) => format!("until {}", until.strftime("%Y-%m-%d %H:%M:%SZ")),
        ("open", None) => "until a person resets it".into(),
        ("half", _) => "one call goes through as a probe".into(),
        _ => format!("{} failed in a row", one.failures),
    }
}

/// All there is to say of a breaker, a line each.
fn shown(one: &BreakerView) -> Vec<String> {
    let mut lines = vec![format!("breaker    {}", one.breaker), format!("state      {}", one.state)];
    if one.state == "closed" {
        lines.push(format!("failures   {} in a row; 5 open it", one.failures));
        return lines;
    }
    lines.extend(one.since.map(|since| format!("since      {}", since.strftime("%Y-%m-%d %H:%M:%SZ"))));
    lines.push(format!("           {}", gist(one)));
    lines.extend(one.probe.as_ref().map(|probe| format!("probe      {probe}")));
    let why = one.why.as_deref().unwrap_or_default();
    for (n, line) in output::wrapped(&visible_line(why, 400), 66).iter().enumerate() {
        lines.push(format!("{:<10} {line}", if n == 0 { "why" } else { "" }));
    }
    lines.push(format!("close it   fleet breaker reset {}", one.breaker));
    lines
}

fn trip(name: &BrakeKey, reason: Option<&str>, hold: bool, context: &Context) -> Result<Exit, CliError> {
    // Like the kill switch it makes things stricter, so that a broken log does not stop it.
    let home = input::home_to_look()?;
    let reason = reason.map(|reason| clean(&home, reason));
    let now = gate::trip(&home, name, reason.as_deref(), hold)?;
    if context.json {
        output::json(&now);
    } else {
        output::line(&format!("breaker {name} is open {}", gist(&now)));
    }
    Ok(Exit::Done)
}

fn reset(names: &[BrakeKey], all: bool, reason: Option<&str>, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let names = match all {
        true => gate::breakers(&home)?.into_iter().map(|one| one.breaker).collect(),
        false => names.to_vec(),
    };
    let reason = reason.map(|reason| clean(&home, reason));
    let closed = gate::reset_breakers(&home, &names, reason.as_deref(), &person)?;
    if context.json {
        output::json(&json!({ "status": "done", "closed": closed }));
    } else if closed.is_empty() {
        output::line("nothing to close: calls went through before");
    } else {
        closed.iter().for_each(|key| output::line(&format!("breaker {key} is closed")));
    }
    Ok(Exit::Done)
}

fn clean(home: &Home, text: &str) -> String {
    visible_line(&Redactor::of(home).text(text), 300)
}
