//! `fleet audit export`: for a collector elsewhere.

use super::{filter, query};
use crate::cli::{CliError, Exit, input};
use serde_json::Value;
use std::io::{self, BufWriter, Write as _};

/// Columns before the entry itself.
const COLUMNS: [&str; 12] =
    ["seq", "ts", "kind", "caller", "tool", "loop", "run", "call", "risk", "decision", "outcome", "hash"];

/// Write entries for a collector elsewhere, which can verify them again.
///
/// jsonl is the log itself, byte for byte. csv has the usual members as columns, and the whole entry in
/// the last one, from which number, hash and chain can be checked.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit export --format jsonl > audit.jsonl
  fleet audit export --format csv --since 30d > audit.csv")]
pub struct Args {
    /// Which format.
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    filter: filter::Args,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Lines as they stand.
    Jsonl,
    /// Comma-separated, with a header.
    Csv,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let filter = args.filter.filter()?;
    let out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Jsonl => {
            let mut out = out;
            let exit = query::each(&home, &filter, &mut |line| {
                out.write_all(&line.text).and_then(|()| out.write_all(b"\n")).is_ok()
            })?;
            let _ = out.flush();
            Ok(exit)
        }
        Format::Csv => {
            let mut out = csv::Writer::from_writer(out);
            let _ = out.write_record(COLUMNS.iter().chain([&"entry"]));
            let exit = query::each(&home, &filter, &mut |line| {
                let text = String::from_utf8_lossy(&line.text);
                let entry = line.entry.as_ref().map(|(_, entry)| entry);
                let cells = COLUMNS.iter().map(|name| cell(entry.and_then(|e| e.get(*name))));
                out.write_record(cells.chain([text.into_owned()])).is_ok()
            })?;
            let _ = out.flush();
            Ok(exit)
        }
    }
}

/// A member as a cell. What a spreadsheet would take for a formula begins with a quote mark.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
