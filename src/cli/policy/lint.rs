//! `fleet policy lint`: everything that is wrong with a policy, all at once.

use super::{CliError, Context, Exit, filled, message, output};
use crate::call::visible_line;
use crate::gate::{Fault, Policy, PolicyError, World};
use crate::state::{Home, Settings};
use std::path::PathBuf;

/// Say what is wrong with a policy: each line, what it is, and what to do.
///
/// Runs the examples of all rules. A rule with an error is refused, and forbids what it would have
/// covered; a warning leaves it in force. Exit 1 if there is an error.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet policy lint
  fleet policy lint new.toml && cp new.toml ~/.config/fleet/policy.toml
  fleet policy lint --json | jq -r '.[] | \"\\(.line): \\(.message)\"'")]
pub struct Args {
    /// The policy in force if left out.
    file: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = Home::locate()?;
    let home = if args.file.is_none() { home.require()? } else { home };
    let path = args.file.clone().unwrap_or_else(|| home.policy());
    let faults = match Policy::load_from(path.clone(), &home) {
        // Examples do not depend on settings, but for accounts, which a new home has not.
        Ok(policy) => {
            let world = World::with(&home, policy, Settings::load(&home).unwrap_or_default());
            world.policy.lint(&world)
        }
        Err(PolicyError::Toml(_, line, message)) => vec![Fault {
            line,
            rule: None,
            refused: true,
            message,
            help: "as long as the file does not read, every call is refused".into(),
        }],
        Err(e @ PolicyError::Io(..)) => return Err(CliError::new(Exit::Failed, e.to_string())),
    };
    let errors = faults.iter().filter(|fault| fault.refused).count();
    if context.json {
        let file = path.display().to_string();
        let row = |fault: &Fault| {
            serde_json::json!({
                "file": file, "line": fault.line, "rule": fault.rule,
                "level": if fault.refused { "error" } else { "warning" },
                "message": fault.message, "help": fault.help,
            })
        };
        output::json(&faults.iter().map(row).collect::<Vec<_>>());
    } else {
        for fault in &faults {
            print(&path.display().to_string(), fault);
        }
        let warnings = faults.len() - errors;
        output::line(&format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
    }
    Ok(if errors > 0 { Exit::Failed } else { Exit::Done })
}

fn print(file: &str, fault: &Fault) {
    let level = if fault.refused { "error" } else { "warning" };
    let rule = fault.rule.as_ref().map(|rule| format!("[{}]", visible_line(rule, 80))).unwrap_or_default();
    output::line(&format!("{file}:{}: {level}{rule}", fault.line));
    output::line(&message(&fault.message, 2));
    output::line(&filled("  help: ", &fault.help, 8));
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
