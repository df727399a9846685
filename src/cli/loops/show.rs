//! `fleet loop show`: what holds for one loop, and where each value comes from.

use super::super::{CliError, Context, Exit, input, output};
use super::{failed, list};
use crate::calendar::{Active, CatchUp, Habits};
use crate::call::{LoopId, visible_line};
use crate::loops::{self, LoopError, Spec};
use crate::state::{Home, Settings, clock};
use crate::{calendar, gate};
use serde_json::{Value, json};

/// One loop: what it does, what holds for it and where that comes from, its last run.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop show stale-branches
  fleet loop show stale-branches --json | jq .settings")]
pub struct Args {
    /// The loop.
    id: LoopId,
}

/// A value with its name and where it comes from.
struct Row {
    name: String,
    value: Value,
    from: String,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let id = &args.id;
    let home = input::home_to_look()?;
    let source = loops::source(&home, id).map_err(failed)?;
    let spec = loops::read_definition(&source.definition)
        .map_err(|e| failed(LoopError::Unfit(id.clone(), e.to_string())))?;
    let last = loops::last_run(&home, id);
    let next = clock::zone(spec.schedule.zone.as_deref()).ok();
    let next = next.and_then(|zone| calendar::next(&spec.schedule, &zone, clock::now()));
    let settings = settings(&spec, id, &home)?;
    let limits = limits(&spec, &source.definition);
    let paused = loops::paused(&home, id).map_err(failed)?;
    if context.json {
        let rows = |rows: &[Row]| -> Value {
            rows.iter().map(|r| (r.name.clone(), json!({ "value": r.value, "from": r.from }))).collect()
        };
        output::json(&json!({
            "id": id, "from": source.from, "title": spec.title, "purpose": spec.purpose, "category": spec.category,
            "state": list::state(&home, id), "limits": spec.limits, "limits_from": rows(&limits), "tools": spec.tools(),
            "settings": rows(&settings), "next": next.map(|n| n.at), "paused_until": paused.map(|p| p.until),
            "mode": loops::mode(&home, id), "last": last,
        }));
        return Ok(Exit::Done);
    }
    output::line(&format!("{id}: {}", spec.title));
    for line in output::wrapped(&spec.purpose, 80) {
        output::line(&line);
    }
    output::line("");
    let line = |name: &str, text: &str| {
        for (n, text) in output::wrapped(text, 70).iter().enumerate() {
            output::line(&format!("{:<9} {text}", if n == 0 { name } else { "" }));
        }
    };
    line("state", list::state(&home, id));
    if let Some(paused) = paused {
        line("paused", &format!("until {} by {}", paused.until.strftime("%Y-%m-%d %H:%M UTC"), paused.by));
    }
    line("from", &source.from);
    line("tools", &spec.tools().join(", "));
    if let Some(next) = next {
        line("next slot", &format!("{} local, {}", next.name, next.at));
    }
    for (name, text) in habits(&spec.schedule.habits) {
        line(name, &text);
    }
    for row in &limits {
        line("limit", &format!("{} = {} ({})", row.name, row.value, row.from));
    }
    for row in &settings {
        let about = spec.config.get(&row.name).map_or("", |s| s.about.as_str());
        line(
            "setting",
            &format!("{} = {} ({})", row.name, visible_line(&row.value.to_string(), 200), row.from),
        );
        for about in output::wrapped(about, 68) {
            output::line(&format!("{:<11} {about}", ""));
        }
    }
    for path in gate::scope(&home, id) {
        output::line(&format!("inside    {} (from its settings)", path.display()));
    }
    if let Some(last) = last {
        let at = last.ended.strftime("%Y-%m-%d %H:%M:%S UTC");
        line("last run", &format!("{} at {at}: {}", last.outcome, visible_line(&last.reason, 300)));
    }
    Ok(Exit::Done)
}

/// What it does when it is late, busy or one of many, defaults included.
fn habits(habits: &Habits) -> Vec<(&'static str, String)> {
    let overlap = match habits.overlap_s {
        0 => "skip: a run that is under way keeps others out".to_owned(),
        s => format!("wait {s}s for a run that is under way, then skip"),
    };
    let catch_up = match habits.catch_up {
        CatchUp::LatestWithin(s) => format!("the latest slot that was missed, within {}", span(s)),
        CatchUp::Skip => "none: a slot that was missed is left out".to_owned(),
    };
    let class = habits.class;
    let mut all = vec![
        ("overlap", overlap),
        ("catch up", catch_up),
        ("class", format!("{}: {} at once", class.as_str(), class.places())),
    ];
    if let Some(Active { from, to }) = habits.active {
        let text = format!("{:02}:{:02}-{:02}:{:02}", from.hour, from.minute, to.hour, to.minute);
        all.push(("active", text));
    }
    if habits.jitter_s > 0 {
        all.push(("jitter", format!("up to {}s after each poke", habits.jitter_s)));
    }
    all
}

/// A span as people write it.
fn span(seconds: u32) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

fn settings(spec: &Spec, id: &LoopId, home: &Home) -> Result<Vec<Row>, CliError> {
    let settings = Settings::load(home).map_err(gate::GateError::from)?;
    let rows = loops::effective(spec, id, &settings).into_iter();
    Ok(rows.map(|(name, value, from)| Row { name, value, from }).collect())
}

/// Limits: written in the definition, or the default.
fn limits(spec: &Spec, definition: &str) -> Vec<Row> {
    let table: toml::Table = toml::from_str(definition).unwrap_or_default();
    let written = table.get("limits").and_then(toml::Value::as_table);
    let all = serde_json::to_value(&spec.limits).unwrap_or_default();
    let all = all.as_object().cloned().unwrap_or_default();
    let from =
        |name: &str| if written.is_some_and(|w| w.contains_key(name)) { "definition" } else { "default" };
    all.into_iter().map(|(name, value)| Row { from: from(&name).to_owned(), name, value }).collect()
}
