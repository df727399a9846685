//! `fleet loop history`: the newest runs of a loop.

use super::super::{CliError, Context, Exit, input, output};
use super::failed;
use crate::call::{LoopId, visible_line};
use crate::loops;
use serde_json::{Value, json};

/// The newest runs of a loop, oldest first: when, how each ended, and what it said.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop history stale-branches
  fleet loop history stale-branches -n 100 --json | jq -r '.[].outcome' | sort | uniq -c")]
pub struct Args {
    /// The loop.
    id: LoopId,
    /// How many.
    #[arg(short = 'n', long = "last", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    most: u16,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let runs = loops::history(&home, &args.id, usize::from(args.most)).map_err(failed)?;
    if context.json {
        output::json(
            &runs.iter().map(|r| serde_json::to_value(r).unwrap_or(Value::Null)).collect::<Vec<_>>(),
        );
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        output::say(&format!("{}: no run is on record", args.id));
    }
    for run in runs {
        let took = run.ended.duration_since(run.started).as_secs();
        let at = run.started.strftime("%Y-%m-%d %H:%M:%S");
        let head = format!("{at} {took:>4} s  {:<18}", run.outcome.to_string());
        let reason = visible_line(&run.reason, 500);
        if head.chars().count() + 1 + reason.chars().count() <= 80 {
            output::line(format!("{head} {reason}").trim_end());
            continue;
        }
        output::line(head.trim_end());
        for line in output::wrapped(&reason, 76) {
            output::line(&format!("    {line}"));
        }
    }
    Ok(Exit::Done)
}

/// What a person wants to know of one loop, as values.
pub(super) fn last_ok(runs: &[loops::RunRecord]) -> Option<Value> {
    let done = |r: &&loops::RunRecord| matches!(r.outcome, loops::Outcome::Ok | loops::Outcome::Noop);
    runs.iter().rev().find(done).map(|r| json!(r.ended))
}
