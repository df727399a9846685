//! `fleet loop next`: what runs when.

use super::super::{CliError, Context, Exit, input, output};
use super::{failed, list};
use crate::calendar;
use crate::call::LoopId;
use crate::loops;
use crate::state::clock;
use serde_json::json;

/// The next slots of registered loops, the soonest first: local time, UTC, the loop.
///
/// A day on which the clock changes is marked.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop next
  fleet loop next unpushed-work -n 7")]
pub struct Args {
    /// The loop; the next slot of each if left out.
    id: Option<LoopId>,
    /// How many slots of one loop.
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    most: u16,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let (ids, most) = match &args.id {
        Some(id) => (vec![id.clone()], args.most),
        None => {
            let ids = loops::registered_ids(&home)
                .map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?;
            (ids, 1)
        }
    };
    let mut slots = Vec::new();
    for id in &ids {
        let definition = match loops::source(&home, id) {
            Ok(source) => source.definition,
            // A registered loop whose source is gone has no next slot.
            Err(_) if args.id.is_none() => continue,
            Err(e) => return Err(failed(e)),
        };
        let spec = loops::read_definition(&definition)
            .map_err(|e| failed(loops::LoopError::Unfit(id.clone(), e.to_string())))?;
        let zone =
            clock::zone(spec.schedule.zone.as_deref()).map_err(|why| CliError::new(Exit::Failed, why))?;
        let mut at = clock::now();
        for _ in 0..most {
            let Some(slot) = calendar::next(&spec.schedule, &zone, at) else { break };
            at = slot.at;
            let changes = clock_changes(&zone, slot.at);
            slots.push((slot.at, slot.name, id.clone(), list::state(&home, id), changes));
        }
    }
    slots.sort();
    if context.json {
        let row = |(at, name, id, state, changes): &(jiff::Timestamp, String, LoopId, &str, bool)| json!({ "id": id, "at": at, "local": name, "state": state, "clock_changes": changes });
        output::json(&slots.iter().map(row).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    for (at, name, id, state, changes) in slots {
        let changes = if changes { ", clock changes that day" } else { "" };
        output::line(&format!("{name:<17} {at:.0} {id:<24} {state}{changes}"));
    }
    Ok(Exit::Done)
}

/// Whether the local day of `at` is longer or shorter than others.
fn clock_changes(zone: &jiff::tz::TimeZone, at: jiff::Timestamp) -> bool {
    let day = at.to_zoned(zone.clone()).date();
    let midnight = |day: jiff::civil::Date| zone.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let length = midnight(day).zip(day.tomorrow().ok().and_then(midnight));
    length.is_none_or(|(from, to)| to.duration_since(from) != jiff::SignedDuration::from_hours(24))
}
