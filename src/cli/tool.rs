//! `fleet tool`: the tools, and calling one through the gate.

use super::{CliError, Context, Exit, approve, input, output, prompt, reply};
use crate::call::{ApprovalId, Call, Caller};
use crate::effects;
use crate::gate;
use crate::gate::resolve::program;
use crate::state::{Home, call_id};
use crate::submit;
use crate::tools::{self, TOOLS, Tool};
use serde_json::{Value, json};

/// List, show and call tools. Every call goes through the gate.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet tool list
  fleet tool show files_move
  fleet tool call files_read --args '{\"path\":\"/etc/hosts\"}'
  fleet tool call files_write --args @request.json --json | jq .result")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// All tools with risk and whether they can be used here.
    List,
    /// One tool with its arguments.
    Show {
        /// Its name.
        name: String,
    },
    /// Call one tool. Exit 3 if the call waits for a person.
    Call {
        /// Its name.
        name: String,
        /// Arguments as JSON, `@FILE`, or `-` for stdin.
        #[arg(long, default_value = "{}", value_name = "JSON|@FILE|-")]
        args: String,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::List => list(context),
        Sub::Show { name } => show(name, context),
        Sub::Call { name, args } => call(name, args, context),
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let home = Home::locate()?;
    if context.json {
        output::json(&TOOLS.iter().map(|tool| described(*tool, &home)).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    for tool in TOOLS {
        let card = tool.card();
        let lack = lacking(*tool, &home).map_or_else(String::new, |why| format!(" (not here: {why})"));
        // The first clause, within 80 columns; `tool show` has the rest.
        let first = card.about.split(['.', ':', ',']).next().unwrap_or_default();
        let about = crate::call::visible_line(first, 51);
        output::line(&format!("{:<18} {:<8} {about}{lack}", card.name, card.risk));
    }
    Ok(Exit::Done)
}

fn show(name: &str, context: &Context) -> Result<Exit, CliError> {
    let home = Home::locate()?;
    let tool = tools::find(name).ok_or_else(|| {
        let name = crate::call::visible_line(name, 60);
        CliError::usage(format!("there is no tool `{name}`")).hint("`fleet tool list` names them")
    })?;
    if context.json {
        output::json(&described(tool, &home));
        return Ok(Exit::Done);
    }
    let card = tool.card();
    output::line(&format!("{}: {}\n", card.name, card.about));
    output::line(&format!("risk      {}", card.risk));
    output::line(&format!("undo      {}", card.undo));
    output::line(&format!("example   fleet tool call {} --args '{}'\n", card.name, card.example));
    output::line("arguments");
    for (name, kind, about) in arguments(tool) {
        output::line(&format!("  {name} ({kind})\n      {about}"));
    }
    Ok(Exit::Done)
}

/// Each argument with its kind (type, choices, default, whether it is required) and its sentence.
pub(super) fn arguments(tool: &dyn Tool) -> Vec<(String, String, String)> {
    let schema = tool.schema();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |of: &Value, member: &str| of.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut rows = Vec::new();
    for (name, argument) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut kind = text(argument, "type");
        let members = argument.get("items").and_then(|i| i.get("properties")).and_then(Value::as_object);
        match (members, argument.get("items").map(|i| text(i, "type"))) {
            (Some(members), _) => {
                let names: Vec<_> = members.keys().map(String::as_str).collect();
                kind.push_str(&format!(" of {{{}}}", names.join(", ")));
            }
            (None, Some(of)) => kind.push_str(&format!(" of {of}")),
            (None, None) => {}
        }
        if let Some(choices) = argument.get("enum").and_then(Value::as_array) {
            let words: Vec<_> = choices.iter().filter_map(Value::as_str).collect();
            kind = words.join(" | ");
        }
        if required.iter().any(|r| r == name) {
            kind.push_str(", required");
        } else if let Some(default) = argument.get("default") {
            kind.push_str(&format!(", default {default}"));
        }
        rows.push((name.clone(), kind, text(argument, "description")));
    }
    rows
}

fn described(tool: &dyn Tool, home: &Home) -> Value {
    let (card, lack) = (tool.card(), lacking(tool, home));
    json!({
        "name": card.name,
        "family": card.family,
        "risk": card.risk,
        "effect": card.effect,
        "about": card.about,
        "input_schema": tool.schema(),
        "available": lack.is_none(),
        "why_unavailable": lack,
        "undo": card.undo,
    })
}

/// Why a tool cannot be used on this machine.
fn lacking(tool: &dyn Tool, home: &Home) -> Option<String> {
    if let Some(why) = effects::unavailable(tool.card().name, home) {
        return Some(why);
    }
    let needs = tool.card().needs?;
    let found = program::find(needs, home).ok().flatten().is_some();
    (!found).then(|| format!("the program `{needs}` is not in {}", program::search_path(home)))
}

fn call(name: &str, args: &str, context: &Context) -> Result<Exit, CliError> {
    let args = input::json(args)?;
    let home = input::home()?;
    let id = call_id().map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    let call = Call { id, caller: Caller::Cli, tool: name.to_owned(), args, run: None, why: None };
    let reply = submit::submit(&home, call)?;
    reply::print(&reply, context);
    match &reply.approval {
        Some(approval) if !context.json && prompt::terminal() => at_once(&home, approval, context),
        _ => Ok(Exit::from(&reply)),
    }
}

/// At a terminal the person is there: the call is shown and can be carried out now.
fn at_once(home: &Home, approval: &ApprovalId, context: &Context) -> Result<Exit, CliError> {
    let shown = gate::get(home, approval)?;
    approve::show(home, &shown);
    match approve::agreed(home, false, "carry this out? [y/N] ")? {
        Some(person) => approve::carry_out(home, &shown, &person, context),
        None => Ok(Exit::Waits),
    }
}
