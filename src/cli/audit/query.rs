//! `fleet audit query` and `stats`: one pass over the log.

use super::{filter, unreadable};
use crate::audit::{Entries, Filter, Line, Stats};
use crate::cli::{CliError, Context, Exit, input, output};
use crate::state::Home;
use std::io::{self, BufWriter, Write as _};

/// Print the entries that fit, as JSON lines just as they stand in the log.
///
/// Numbers and hashes stay, so that what was printed can be compared with the log. Nothing is
/// verified here: `fleet audit verify` does that.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit query --kind call.refused --since 24h
  fleet audit query --tool files_move --run 01m83… | jq .args
  fleet audit query --risk HIGH --decision approve | jq -r .by")]
pub struct Args {
    #[command(flatten)]
    filter: filter::Args,
    /// Stop after this many.
    #[arg(short = 'n', long, value_name = "N")]
    most: Option<usize>,
}

/// Count entries by kind, tool, risk, decision, outcome, caller and loop.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit stats
  fleet audit stats --since 7d --json | jq .counts.tool")]
pub struct StatsArgs {
    #[command(flatten)]
    filter: filter::Args,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let filter = args.filter.filter()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut left = args.most.unwrap_or(usize::MAX);
    let exit = each(&home, &filter, &mut |line| {
        if line.entry.is_none() || left == 0 {
            return left > 0;
        }
        left -= 1;
        // A reader that went away has had enough.
        out.write_all(&line.text).and_then(|()| out.write_all(b"\n")).is_ok() && left > 0
    })?;
    let _ = out.flush();
    Ok(exit)
}

pub(super) fn stats(args: &StatsArgs, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let mut stats = Stats::default();
    let exit = each(&home, &args.filter.filter()?, &mut |line| {
        stats.add(line);
        true
    })?;
    if context.json {
        output::json(&stats);
        return Ok(exit);
    }
    let span = match (&stats.first, &stats.last) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    output::line(&format!("{} entries, {} bytes{span}", stats.entries, stats.bytes));
    for (member, counts) in &stats.counts {
        output::line(&format!("\n{member}"));
        let mut rows: Vec<_> = counts.iter().collect();
        rows.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (value, count) in rows {
            output::line(&format!("{count:>9}  {}", crate::call::visible_line(value, 60)));
        }
    }
    Ok(exit)
}

/// Shows `see` what fits, and every line that does not read, until it answers false. What does not
/// read is said at the end, with the exit code of a broken log.
pub(super) fn each(
    home: &Home,
    filter: &Filter,
    see: &mut dyn FnMut(&Line) -> bool,
) -> Result<Exit, CliError> {
    let mut broken = 0_u64;
    for line in Entries::of(&home.audit(), *filter.seqs.start()).map_err(|e| unreadable(&e))? {
        let line = line.map_err(|e| unreadable(&e))?;
        let wanted = match &line.entry {
            Some((seq, _)) if seq > filter.seqs.end() => break,
            Some((seq, entry)) => filter.wants(*seq, entry),
            None => {
                broken += 1;
                true
            }
        };
        if wanted && !see(&line) {
            break;
        }
    }
    if broken == 0 {
        return Ok(Exit::Done);
    }
    output::say(&format!(
        "fleet: {broken} lines of the audit log do not read: `fleet audit verify` says more"
    ));
    Ok(Exit::Broken)
}
