//! `fleet audit tail`, and an entry as a line for a person.

use super::unreadable;
use crate::audit;
use crate::call::visible_line;
use crate::cli::{CliError, Context, Exit, input, output};
use serde_json::Value;

/// The newest entries, oldest first.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit tail
  fleet audit tail -n 50 --json | jq -r 'select(.risk==\"HIGH\") | .tool'")]
pub struct Args {
    /// How many.
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N")]
    lines: usize,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let found = audit::last_lines(&home.audit(), args.lines).map_err(|e| unreadable(&e))?;
    if found.is_empty() {
        let error = CliError::new(Exit::Broken, "the audit log is empty");
        return Err(error.hint("`fleet audit verify` says more"));
    }
    for line in found {
        let text = String::from_utf8_lossy(&line);
        if context.json {
            output::raw(&format!("{text}\n"));
        } else {
            output::line(&sentence(&text));
        }
    }
    Ok(Exit::Done)
}

/// One entry as a line for a person.
pub(in crate::cli) fn sentence(line: &str) -> String {
    let Ok(entry) = serde_json::from_str::<Value>(line) else {
        return format!("unreadable: {}", visible_line(line, 60));
    };
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let seq = entry.get("seq").and_then(Value::as_u64).unwrap_or(0);
    let time = text("ts").get(5..19).unwrap_or_default().replace('T', " ");
    let tool = if text("tool").is_empty() { text("loop") } else { text("tool") };
    let mut out = format!("{seq:>4} {time}Z {:<17} {tool:<18}", text("kind"));
    for name in ["decision", "outcome", "by"] {
        if !text(name).is_empty() {
            out.push(' ');
            out.push_str(text(name));
        }
    }
    visible_line(out.trim_end(), 200)
}
