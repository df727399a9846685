//! `fleet finding`: what loops found.

use super::{CliError, Context, Exit, input, output};
use crate::call::visible_line;
use crate::loops;
use serde_json::json;

/// Show what loops found and is still so.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet finding list
  fleet finding list --json | jq -r '.[] | select(.severity==\"urgent\") | .title'")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Open findings, the most urgent and oldest first.
    List,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let Sub::List = &args.command;
    let home = input::home_to_look()?;
    let open = loops::open_findings(&home).map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    if context.json {
        let rows: Vec<_> = open
            .iter()
            .map(|(id, f)| {
                json!({
                    "loop": id, "id": f.id, "key": f.key, "severity": f.severity, "title": f.title,
                    "detail": f.detail, "opened": f.opened, "seen": f.seen, "run": f.run,
                })
            })
            .collect();
        output::json(&rows);
        return Ok(Exit::Done);
    }
    if open.is_empty() {
        output::say("nothing is open");
    }
    for (id, finding) in open {
        let severity =
            serde_json::to_value(finding.severity).ok().and_then(|v| v.as_str().map(str::to_owned));
        let since = finding.opened.strftime("%Y-%m-%d");
        output::line(&format!(
            "{:<6} {since} {id}: {}",
            severity.unwrap_or_default(),
            visible_line(&finding.title, 200)
        ));
        output::line(&format!("       {}", visible_line(&finding.detail, 300)));
    }
    Ok(Exit::Done)
}
