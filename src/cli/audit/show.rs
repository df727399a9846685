//! `fleet audit show`: one entry whole.

use super::unreadable;
use crate::audit;
use crate::cli::{CliError, Context, Exit, input, output};
use serde_json::Value;

/// One entry whole, and whether its own hash fits.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit show 41
  fleet audit show 41 --json | jq .args")]
pub struct Args {
    /// Its number.
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    seq: u64,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let found = audit::entry_at(&home.audit(), args.seq).map_err(|e| unreadable(&e))?;
    let Some((line, sound)) = found else {
        return Err(CliError::new(Exit::Failed, format!("there is no entry {} in the audit log", args.seq))
            .hint("`fleet audit tail` shows the newest"));
    };
    let text = String::from_utf8_lossy(&line);
    if context.json {
        output::raw(&format!("{text}\n"));
    } else {
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        output::line(&serde_json::to_string_pretty(&value).unwrap_or_default());
    }
    if sound {
        return Ok(Exit::Done);
    }
    output::say(&format!("fleet: entry {} was changed: its hash is not that of its bytes", args.seq));
    Ok(Exit::Broken)
}
