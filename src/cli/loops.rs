//! `fleet loop`: the registry.

use super::{CliError, Context, Exit, input, output, prompt};
use crate::calendar;
use crate::call::{LoopId, visible_line};
use crate::gate::{self, GateError, Person};
use crate::loops::{self, LoopError, Mode, RunRecord};
use crate::state::{Home, clock};
use serde_json::{Value, json};

/// List, show and register loops.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop list
  fleet loop register --all
  fleet loop show stale-branches
  fleet loop live downloads-sorter")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// All loops: whether they are registered, may act, and how they last ended.
    List,
    /// One loop: what it does, its settings, its limits, its last run.
    Show {
        /// The loop.
        id: LoopId,
    },
    /// Pass loops through their gate: only the registered copy runs. A person's command.
    Register {
        /// Loops.
        #[arg(required_unless_present = "all")]
        ids: Vec<LoopId>,
        /// Every loop there is.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Let a loop act. A person's command.
    Live {
        /// The loop.
        id: LoopId,
    },
    /// Let a loop plan and record, and act on nothing. A person's command.
    Observe {
        /// The loop.
        id: LoopId,
    },
}

/// A loop's error with its exit code.
pub(super) fn failed(e: LoopError) -> CliError {
    match e {
        LoopError::Gate(e) => GateError::into(e),
        LoopError::Unknown(_) => CliError::new(Exit::Usage, e.to_string()),
        LoopError::Busy(_) => CliError::new(Exit::Busy, e.to_string()),
        LoopError::Unfit(..) | LoopError::Unregistered(_) | LoopError::Changed(..) | LoopError::Io(..) => {
            CliError::new(Exit::Failed, e.to_string())
        }
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::List => list(context),
        Sub::Show { id } => show(id, context),
        Sub::Register { ids, all } => register(ids, *all, context),
        Sub::Live { id } => set_mode(id, Mode::Live, context),
        Sub::Observe { id } => set_mode(id, Mode::Observe, context),
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let ids =
        loops::sources(&home).map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?;
    let rows: Vec<Value> = ids.iter().map(|id| described(&home, id)).collect();
    if context.json {
        output::json(&rows);
        return Ok(Exit::Done);
    }
    for row in &rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        output::line(&format!(
            "{:<18} {:<12} {:<23} {}",
            text("id"),
            text("state"),
            text("last"),
            text("title")
        ));
    }
    Ok(Exit::Done)
}

fn described(home: &Home, id: &LoopId) -> Value {
    let state = match loops::registered(home, id) {
        Ok(_) => loops::mode(home, id).map_or("?", Mode::as_str),
        Err(LoopError::Unregistered(_)) => "unregistered",
        Err(LoopError::Changed(..)) => "changed",
        Err(_) => "broken",
    };
    let spec = loops::source(home, id).ok().and_then(|s| loops::read_definition(&s.definition).ok());
    let last: Option<RunRecord> = loops::last_run(home, id);
    json!({
        "id": id,
        "state": state,
        "title": spec.as_ref().map(|s| &s.title),
        "category": spec.as_ref().map(|s| &s.category),
        "last": last.as_ref().map(|l| l.outcome.to_string()),
        "last_ended": last.as_ref().map(|l| l.ended),
    })
}

fn show(id: &LoopId, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let source = loops::source(&home, id).map_err(failed)?;
    let spec = loops::read_definition(&source.definition)
        .map_err(|e| failed(LoopError::Unfit(id.clone(), e.to_string())))?;
    let last = loops::last_run(&home, id);
    let next = clock::zone(spec.schedule.zone.as_deref()).ok();
    let next = next.and_then(|zone| calendar::next(&spec.schedule, &zone, clock::now()));
    if context.json {
        output::json(&json!({
            "id": id, "from": source.from, "title": spec.title, "purpose": spec.purpose, "category": spec.category,
            "state": described(&home, id).get("state"), "limits": spec.limits, "tools": spec.tools(),
            "next": next.map(|n| n.at), "last": last,
        }));
        return Ok(Exit::Done);
    }
    output::line(&format!("{id}: {}\n{}\n", spec.title, spec.purpose));
    let state = described(&home, id);
    output::line(&format!("state     {}", state.get("state").and_then(Value::as_str).unwrap_or("?")));
    output::line(&format!("from      {}", source.from));
    output::line(&format!("tools     {}", spec.tools().join(", ")));
    if let Some(next) = next {
        output::line(&format!("next slot {} local, {}", next.name, next.at));
    }
    let limits = &spec.limits;
    output::line(&format!(
        "limits    {} s, {} items, {} calls, {} changes",
        limits.timeout_s, limits.items, limits.tool_calls, limits.changes
    ));
    for (name, setting) in &spec.config {
        let from = setting.from.as_deref().map(|f| format!(", from {f}")).unwrap_or_default();
        output::line(&format!("setting   {name}{from}: {}", setting.about));
    }
    for path in gate::scope(&home, id) {
        output::line(&format!("inside    {} (from its settings)", path.display()));
    }
    if let Some(last) = last {
        output::line(&format!(
            "last run  {} at {}: {}",
            last.outcome,
            last.ended,
            visible_line(&last.reason, 300)
        ));
    }
    Ok(Exit::Done)
}

fn register(ids: &[LoopId], all: bool, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let ids = if all {
        loops::sources(&home).map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?
    } else {
        ids.to_vec()
    };
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let mut worst = Exit::Done;
    let mut rows = Vec::new();
    for id in &ids {
        match loops::register(&home, id, &person) {
            Ok(mode) => {
                rows.push(json!({ "id": id, "state": mode }));
                if !context.json {
                    output::line(&format!("{id}: registered, {}", mode.as_str()));
                }
            }
            Err(e) => {
                let e = failed(e);
                worst = worst.max(e.exit());
                rows.push(json!({ "id": id, "state": "refused", "error": e.to_string() }));
                output::say(&format!("fleet: {e}"));
            }
        }
    }
    if context.json {
        output::json(&rows);
    }
    Ok(worst)
}

fn set_mode(id: &LoopId, mode: Mode, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    loops::set_mode(&home, id, mode, &person).map_err(failed)?;
    if context.json {
        output::json(&json!({ "id": id, "state": mode }));
    } else {
        output::line(&format!("{id}: {}", mode.as_str()));
    }
    Ok(Exit::Done)
}
