//! `fleet ceiling`: how much may leave the machine.

use super::{CliError, Context, Exit, input, output};
use crate::gate;

/// Show ceilings: how much each tool, loop and destination may send.
///
/// Whatever sends has one, also where nothing is set: 60 an hour for a loop, a destination or a tool
/// without another. `[ceilings]` of fleet.toml sets others, as `\"tool:shell_run\" = \"20/h\"`, with
/// `tool:NAME`, `loop:ID` or `host:NAME` and `/m`, `/h` or `/d`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet ceiling list
  fleet ceiling list --json | jq '.[] | select(.used >= .limit)'")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Ceilings with a value of their own, and those that something was taken of.
    List,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let Sub::List = args.command;
    let all = gate::ceilings(&input::home_to_look()?)?;
    if context.json {
        output::json(&all);
        return Ok(Exit::Done);
    }
    for one in &all {
        let limit = one.words();
        let full = match one.free_at {
            _ if one.used < one.limit => String::new(),
            Some(at) => format!("  free {}", at.strftime("%H:%M:%SZ")),
            None => "  never free".into(),
        };
        output::line(&format!(
            "{:<26} {limit:<14} {:>4} used  {}{full}",
            one.ceiling.to_string(),
            one.used,
            one.source
        ));
    }
    Ok(Exit::Done)
}
