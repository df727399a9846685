//! `fleet audit`: the record.

use super::{CliError, Context, Exit, input, output};
use crate::audit::{self, Anchor};
use crate::call::visible_line;
use crate::state::{Home, Lock};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// Verify the audit log, and show its newest entries.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit verify
  fleet audit verify /backup/audit --anchor 4711:9f86d081884c7d65…
  fleet audit tail -n 50 --json | jq -r 'select(.risk==\"HIGH\") | .tool'")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Check every entry and name the first that was tampered with. Exit 6 if one was.
    Verify {
        /// A log's folder; needs no home and reads nothing else.
        dir: Option<PathBuf>,
        /// An entry's number and hash that were kept elsewhere; repeat for more.
        #[arg(long, value_name = "SEQ:HASH", value_parser = Anchor::parse)]
        anchor: Vec<Anchor>,
    },
    /// The newest entries, oldest first.
    Tail {
        /// How many.
        #[arg(short = 'n', long, default_value_t = 10, value_name = "N")]
        lines: usize,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::Verify { dir, anchor } => verify(dir.as_ref(), anchor, context),
        Sub::Tail { lines } => tail(*lines, context),
    }
}

fn verify(dir: Option<&PathBuf>, anchors: &[Anchor], context: &Context) -> Result<Exit, CliError> {
    let (folder, _lock) = match dir {
        Some(dir) => (dir.clone(), None),
        None => {
            let home = Home::locate()?;
            // Held while reading, so that an append in the middle is no torn tail. A home that is not
            // there, or cannot be locked, is verified as it is.
            let lock = home
                .audit()
                .is_dir()
                .then(|| Lock::acquire(&home.audit_lock(), Duration::from_secs(20)).ok());
            (home.audit(), lock.flatten())
        }
    };
    let report = audit::verify(&folder, anchors);
    let exit = if report.ok { Exit::Done } else { Exit::Broken };
    if context.json {
        output::json(&report);
        return Ok(exit);
    }
    for warning in &report.warnings {
        output::say(&format!("warning: {warning}"));
    }
    match &report.fault {
        None => {
            let head = report.head.as_ref().map(ToString::to_string).unwrap_or_default();
            output::line(&format!("ok: {} entries, head {head}", report.entries));
        }
        Some(f) if f.kind == "missing" => {
            output::line(&format!("no audit log in `{}`: run `fleet init`", folder.display()))
        }
        Some(f) => {
            output::line(&format!(
                "broken ({}): {} at entry {}, byte {} of `{}`; {} entries before it are sound",
                f.class,
                f.kind,
                f.seq,
                f.offset,
                folder.join(&f.segment).display(),
                report.entries
            ));
        }
    }
    Ok(exit)
}

fn tail(lines: usize, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let failed = |e: std::io::Error| CliError::new(Exit::Broken, format!("cannot read the audit log: {e}"));
    let found = audit::last_lines(&home.audit(), lines).map_err(failed)?;
    if found.is_empty() {
        return Err(
            CliError::new(Exit::Broken, "the audit log is empty").hint("`fleet audit verify` says more")
        );
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
pub(super) fn sentence(line: &str) -> String {
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
