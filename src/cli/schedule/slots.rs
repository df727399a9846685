//! `fleet schedule slots`: the instants of a schedule.

use super::super::{CliError, Context, Exit, output};
use crate::calendar::{self, Schedule};
use crate::state::clock;
use jiff::Timestamp;

/// The instants of a schedule in UTC, a line each.
///
/// The schedule is the text of a `[schedule]` table. It is taken as it is written: no lint, no spread
/// and no jitter is applied, and an interval may be uneven. A fixed wall time that a clock change skips
/// comes at the first instant after the gap; one that it repeats comes in the first pass.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule slots --spec 'daily = [\"02:30\"]' --zone Europe/Rome -n 3
  fleet schedule slots --spec 'every = \"15m\"' --zone UTC --from 2026-03-29T00:00:00Z -n 4")]
pub struct Args {
    /// The schedule, as TOML.
    #[arg(long, value_name = "TOML")]
    spec: String,
    /// The zone its wall times are in; without it the schedule's own, or the system's.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Slots after this time, itself left out; now if left out.
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,
    /// How many.
    #[arg(short, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    n: u32,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let usage = |why: String| CliError::usage(format!("`--spec`: {why}"));
    let table: toml::Table = args.spec.parse().map_err(|e: toml::de::Error| usage(e.message().to_owned()))?;
    // The table itself, or a definition's part with its title.
    let inner = match table.get("schedule") {
        Some(toml::Value::Table(inner)) if table.len() == 1 => inner,
        Some(_) | None => &table,
    };
    let schedule = Schedule::any(inner).map_err(|e| usage(e.to_string()))?;
    let name = match (&args.zone, &schedule.zone) {
        (Some(asked), Some(own)) if asked != own => {
            let why = format!("its `zone` is `{own}`, and `--zone` says `{asked}`: give one of them");
            return Err(usage(why));
        }
        (asked, own) => asked.as_ref().or(own.as_ref()),
    };
    let zone = clock::zone(name.map(String::as_str)).map_err(CliError::usage)?;
    let slots = calendar::slots(&schedule, &zone, args.from.unwrap_or_else(clock::now));
    let mut slots = slots.take(usize::try_from(args.n).unwrap_or(usize::MAX)).peekable();
    if slots.peek().is_none() {
        return Err(usage("this schedule has no slot".into()));
    }
    for slot in slots {
        if context.json {
            output::json(&serde_json::json!({ "at": slot.at, "local": slot.name }));
        } else {
            output::line(&slot.at.to_string());
        }
    }
    Ok(Exit::Done)
}
