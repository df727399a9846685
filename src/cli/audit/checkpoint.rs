//! `fleet audit checkpoint`: the log's end, signed, and published where it cannot be rewritten.
#![expect(clippy::disallowed_methods, reason = "a person names the file that an anchor is added to")]

use crate::audit::{Log, Signer};
use crate::cli::{CliError, Context, Exit, input, output};
use crate::state::durable;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Sign the log's end, and publish it.
///
/// The note is printed, and kept in the data folder. It proves something only where who can rewrite
/// the log cannot rewrite it: keep it, and the public key, on another machine. The key is made when it
/// is first needed and lies in the secret store.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit checkpoint > note
  fleet audit checkpoint --publish /mnt/elsewhere/anchors
  fleet audit checkpoint --public-key > key.pub
  fleet audit verify /backup/audit --checkpoint note --key key.pub")]
pub struct Args {
    /// Add a line SEQ:HASH to this file as well.
    #[arg(long, value_name = "FILE")]
    publish: Option<PathBuf>,
    /// Print the public key and sign nothing.
    #[arg(long, conflicts_with = "publish")]
    public_key: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let signer = Signer::of(&home).map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    let key = signer.public().to_string();
    if args.public_key {
        if context.json {
            output::json(&json!({ "key": key }));
        } else {
            output::line(&key);
        }
        return Ok(Exit::Done);
    }
    let made = Log::of(&home).checkpoint(&home, &signer)?;
    let anchor = format!("{}:{}", made.seq, made.hash);
    if context.json {
        output::json(&json!({
            "seq": made.seq, "hash": made.hash, "log": made.log, "anchor": anchor, "note": made.note,
            "key": key, "file": made.file,
        }));
    } else {
        output::raw(&made.note);
        output::say(&format!("anchor {anchor}"));
        output::say(&format!("key    {key}"));
    }
    if let Some(file) = &args.publish {
        publish(file, &anchor).map_err(|e| {
            let why = format!("signed, and not published: cannot add to `{}`: {e}", file.display());
            CliError::new(Exit::Failed, why)
        })?;
    }
    Ok(Exit::Done)
}

fn publish(file: &Path, anchor: &str) -> std::io::Result<()> {
    let mut open = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
    open.write_all(format!("{anchor}\n").as_bytes())?;
    open.sync_all()?;
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    durable::sync_folder(folder)
}
