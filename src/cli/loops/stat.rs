//! `fleet loop stat`: a sentence for people, values for programs.

use super::super::{CliError, Context, Exit, input, output};
use super::{failed, history, list};
use crate::calendar;
use crate::call::{LoopId, visible};
use crate::loops;
use crate::state::{Home, clock};
use serde_json::{Map, Value, json};

/// How a loop stands, in a sentence; with `-o` the values of some fields.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop stat stale-branches
  fleet loop stat                               all registered loops, a line each
  fleet loop stat stale-branches -o state,last,next
Fields: id state mode paused_until last last_ended last_ok next findings")]
pub struct Args {
    /// The loop; all registered ones if left out.
    id: Option<LoopId>,
    /// Fields, in this order, with tabs between them; `-` stands for none.
    #[arg(short = 'o', value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
}

const FIELDS: [&str; 9] =
    ["id", "state", "mode", "paused_until", "last", "last_ended", "last_ok", "next", "findings"];

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    if let Some(strange) = args.fields.iter().find(|f| !FIELDS.contains(&f.as_str())) {
        return Err(CliError::usage(format!("there is no field `{strange}`")).hint(FIELDS.join(" ")));
    }
    let home = input::home_to_look()?;
    let ids = match &args.id {
        Some(id) => {
            let _ = loops::source(&home, id).map_err(failed)?;
            vec![id.clone()]
        }
        None => loops::registered_ids(&home)
            .map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?,
    };
    let open = loops::open_findings(&home).map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    let rows: Vec<Map<String, Value>> = ids
        .iter()
        .map(|id| values(&home, id, open.iter().filter(|(of, _)| of == id).count()))
        .collect::<Result<_, _>>()?;
    if context.json {
        match (&args.id, rows.first()) {
            (Some(_), Some(row)) => output::json(row),
            _ => output::json(&rows),
        }
        return Ok(Exit::Done);
    }
    for row in &rows {
        if args.fields.is_empty() {
            output::line(&sentence(row));
        } else {
            output::raw(&format!("{}\n", fields(row, &args.fields)));
        }
    }
    Ok(Exit::Done)
}

fn values(home: &Home, id: &LoopId, findings: usize) -> Result<Map<String, Value>, CliError> {
    let runs = loops::history(home, id, 50).map_err(failed)?;
    let last = loops::last_run(home, id);
    let spec = loops::source(home, id).ok().and_then(|s| loops::read_definition(&s.definition).ok());
    let next = spec.and_then(|spec| {
        let zone = clock::zone(spec.schedule.zone.as_deref()).ok()?;
        calendar::next(&spec.schedule, &zone, clock::now())
    });
    let paused = loops::paused(home, id).map_err(failed)?;
    let row = json!({
        "id": id, "state": list::state(home, id), "mode": loops::mode(home, id),
        "paused_until": paused.map(|p| p.until), "last": last.as_ref().map(|l| l.outcome.to_string()),
        "last_ended": last.as_ref().map(|l| l.ended), "last_ok": history::last_ok(&runs),
        "next": next.map(|n| n.at), "findings": findings,
    });
    Ok(row.as_object().cloned().unwrap_or_default())
}

fn word(row: &Map<String, Value>, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}

fn fields(row: &Map<String, Value>, fields: &[String]) -> String {
    let words: Vec<_> =
        fields.iter().map(|f| word(row, f).map_or_else(|| "-".into(), |w| visible(&w))).collect();
    words.join("\t")
}

fn sentence(row: &Map<String, Value>) -> String {
    let get = |field: &str| word(row, field);
    let day = |field: &str| get(field).map(|at| at.chars().take(16).collect::<String>().replace('T', " "));
    let mut text = format!("{}: {}", get("id").unwrap_or_default(), get("state").unwrap_or_default());
    if let Some(until) = day("paused_until") {
        text.push_str(&format!(" until {until}"));
    }
    match (get("last"), day("last_ended")) {
        (Some(outcome), Some(at)) => text.push_str(&format!("; {outcome} at {at}")),
        _ => text.push_str("; never ran"),
    }
    if let Some(next) = day("next") {
        text.push_str(&format!("; next {next}"));
    }
    match get("findings").as_deref() {
        Some("0") | None => {}
        Some(n) => text.push_str(&format!("; {n} open findings")),
    }
    text
}
