//! A new loop to go on with. What is still to be written says so, and the lint refuses it until it is.

use super::lint::House;
use super::registry::{LoopError, SourceFault};
use crate::calendar::{Schedule, When, crowd};
use crate::call::LoopId;
use crate::state::{Home, durable};
use crate::tools;
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;

/// What is known of it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: LoopId,
    /// What a person gets.
    pub title: Option<String>,
    /// One sentence.
    pub purpose: Option<String>,
    /// Its group in lists.
    pub category: Option<String>,
    /// The line of its clock.
    pub schedule: Option<String>,
    /// Tools it reads with.
    pub gather: Vec<String>,
    /// Tools it acts with.
    pub act: Vec<String>,
}

/// Writes definition, runbook and two recorded worlds, if no loop of that name is there.
///
/// # Errors
/// [`LoopError::Unfit`] if a loop of that name is there, or a tool is none.
pub fn draft(home: &Home, draft: &Draft) -> Result<Vec<PathBuf>, LoopError> {
    let id = &draft.id;
    let unfit = |why: String| LoopError::Unfit(id.clone(), why);
    match super::registry::source_fault(home, id) {
        SourceFault::Nothing => {}
        SourceFault::There => return Err(unfit("a loop of that name is there already".into())),
    }
    if let Some(strange) = draft.gather.iter().chain(&draft.act).find(|t| tools::find(t).is_none()) {
        return Err(unfit(format!("there is no tool `{strange}`: `fleet tool list` names them")));
    }
    let changes =
        |name: &&String| tools::find(name).is_some_and(|t| t.card().effect != tools::EffectClass::Read);
    if let Some(tool) = draft.gather.iter().find(changes) {
        return Err(unfit(format!("`{tool}` changes things: it is for an act, not for reading")));
    }
    let folder = home.user_loops();
    let files = [
        (folder.join(format!("{id}.toml")), definition(draft)),
        (folder.join(format!("{id}.md")), runbook(draft)),
    ];
    let mut files = Vec::from(files);
    for name in ["quiet", "typical"] {
        let world = folder.join("fixtures").join(id.as_str()).join(name);
        durable::make_folder(&world).map_err(|e| LoopError::Io(id.clone(), e))?;
        files.push((world.join("world.json"), recorded(draft, name)));
        files.push((world.join("plan.json"), "\"TODO\"\n".to_owned()));
    }
    let mut written = Vec::new();
    for (path, text) in files {
        durable::create(&path, text.as_bytes()).map_err(|e| {
            LoopError::Io(
                id.clone(),
                io::Error::new(e.kind(), format!("cannot write `{}`: {e}", path.display())),
            )
        })?;
        written.push(path);
    }
    Ok(written)
}

/// How many minutes past its beat a loop that runs `every` so often meets fewest others; none if that is
/// no beat.
///
/// # Errors
/// The system's.
pub fn quiet_offset(home: &Home, id: &LoopId, every: &str) -> io::Result<Option<u16>> {
    let table = toml::Table::from_iter([("every".to_owned(), toml::Value::from(every))]);
    let Ok(Schedule { when: When::Every(beat), .. }) = Schedule::parse(&table) else { return Ok(None) };
    let house = House::of(home)?;
    let seed = id.as_str().bytes().fold(0, |sum: u64, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    Ok(Some(crowd::quiet_offset(beat.minutes, &house.crowd, seed)))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn definition(draft: &Draft) -> String {
    let or = |said: &Option<String>, open: &str| quoted(said.as_deref().unwrap_or(open));
    let mut text = format!(
        "format   = 1\ntitle    = {}\ncategory = {}\npurpose  = {}\nsummary  = {}\n\n[schedule]\n{}\n",
        or(&draft.title, "TODO"),
        or(&draft.category, "TODO"),
        or(&draft.purpose, "TODO: what it does to what, and for what"),
        quoted("TODO"),
        draft.schedule.as_deref().unwrap_or("daily = [\"TODO\"]"),
    );
    for (n, name) in draft.gather.iter().enumerate() {
        let step = if n == 0 { "found".to_owned() } else { format!("found_{}", n + 1) };
        text.push_str(&format!("\n[gather.{step}]\ntool = \"{name}\"\nargs = {}\n", example(name)));
    }
    for (n, name) in draft.act.iter().enumerate() {
        let id = if n == 0 { "do".to_owned() } else { format!("do-{}", n + 1) };
        text.push_str(&format!(
            "\n[[act]]\nid   = \"{id}\"\ntool = \"{name}\"\nargs = {}\nwhy  = \"TODO\"\n",
            example(name)
        ));
    }
    text.push_str(
        "\n[[finding]]\nid       = \"todo\"\nwhen     = \"TODO\"\nkey      = \"todo\"\nseverity = \"warn\"\n\
         title    = \"TODO\"\ndetail   = \"TODO\"\n",
    );
    text
}

/// The arguments of the card's example.
fn example(tool: &str) -> String {
    let example = tools::find(tool).map_or("{}", |t| t.card().example);
    let value: toml::Table = serde_json::from_str(example).unwrap_or_default();
    toml::Value::Table(value).to_string()
}

/// A world to be written: each call as the card shows it, with what it returned still open.
fn recorded(draft: &Draft, name: &str) -> String {
    let open = match name {
        "quiet" => "TODO: what it returns when there is nothing to do",
        _ => "TODO: what it returns on a day with work",
    };
    let calls: Vec<Value> = draft
        .gather
        .iter()
        .map(|tool| {
            let args = tools::find(tool).map_or("{}", |t| t.card().example);
            let args: Value = serde_json::from_str(args).unwrap_or_default();
            json!({ "tool": tool, "args": args, "result": open })
        })
        .collect();
    let world = json!({ "at": crate::state::clock::now(), "config": {}, "calls": calls });
    let mut text = serde_json::to_string_pretty(&world).unwrap_or_default();
    text.push('\n');
    text
}

fn runbook(draft: &Draft) -> String {
    let id = &draft.id;
    let title = draft.title.as_deref().unwrap_or("TODO");
    let mut undo = String::new();
    for n in 0..draft.act.len() {
        let act = if n == 0 { "do".to_owned() } else { format!("do-{}", n + 1) };
        undo.push_str(&format!("- `{act}`: TODO: how it is taken back, or that it cannot be.\n"));
    }
    if undo.is_empty() {
        undo.push_str("Nothing to undo: this loop has no act.\n");
    }
    format!(
        "# {title}\n\n## Purpose\nTODO: what would go wrong without it.\n\n\
         ## What it touches\nTODO: what it reads, what it changes, each setting in backticks, and when it runs.\n\n\
         ## Alerts\n### todo\nTODO: what is so when it shows.\n1. TODO\n2. TODO\n\n\
         ## How it fails\nTODO: what a run that failed left in the world.\n\
         1. Read the reason: `fleet loop show {id}` prints the last run.\n\n\
         ## Pause\n`fleet loop pause {id} --for 7d`, and `fleet loop resume {id}` before its time.\n\n\
         ## Undo\n{undo}\n## Verify by hand\n- `fleet run-loop {id} --plan`\n- TODO: a command that does without fleet.\n"
    )
}
