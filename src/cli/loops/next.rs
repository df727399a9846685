//! `fleet loop next`: what runs when.

use super::super::{CliError, Context, Exit, input, output};
use super::{failed, list};
use crate::calendar;
use crate::call::LoopId;
use crate::loops;
use crate::state::clock;
use serde_json::json;

/// The next slots of registered loops, the soonest first.
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
            slots.push((slot.at, slot.name, id.clone(), list::state(&home, id)));
        }
    }
    slots.sort();
    if context.json {
        let row = |(at, name, id, state): &(jiff::Timestamp, String, LoopId, &str)| json!({ "id": id, "at": at, "local": name, "state": state });
        output::json(&slots.iter().map(row).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    for (_, name, id, state) in slots {
        output::line(&format!("{name:<17} {id:<24} {state}"));
    }
    Ok(Exit::Done)
}
