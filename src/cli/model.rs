//! `fleet model`: models on this machine.

use super::{CliError, Context, Exit, input, output};
use crate::call::{Endpoint, ModelName, ModelServer, ModelSetUp};
use crate::effects::local_model::{self, Check, Checked, NotSetUp};
use crate::gate;
use crate::state::{Settings, SettingsError};
use serde_json::json;

/// Add, list and check models on this machine.
///
/// A model is reached at a loopback address or a unix socket, and nowhere else. Of Ollama, whose server can
/// pass a question on to another machine, five things are checked each time before a word leaves: the
/// name, the model's digest, that its cloud is off, that it answers for models of its own alone, and that no
/// answer names another machine. Of other servers the program that listens is pinned with its command line.
/// What is no longer what it was is stopped until a person looks.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet model add small --server llama.cpp --endpoint http://127.0.0.1:8080
  fleet model add small --server llama.cpp --endpoint unix:/run/llama.sock
  fleet model add mail --server ollama --model qwen3:4b \\
      --endpoint http://127.0.0.1:11434
  fleet model check small
  fleet model list")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Find a model, pin what it is now, and write it into fleet.toml.
    Add {
        /// A name of your own for it.
        name: ModelName,
        /// Who serves it: `ollama`, `llama.cpp` or `mlx`.
        #[arg(long, value_name = "S", value_parser = ModelServer::parse)]
        server: ModelServer,
        /// Where: `http://127.0.0.1:PORT` or `unix:/PATH`.
        #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
        endpoint: Endpoint,
        /// Its name there; needed where there are several.
        #[arg(long, value_name = "M")]
        model: Option<String>,
        /// Take a model of this name as it is now, instead of as it was.
        #[arg(long)]
        replace: bool,
    },
    /// All models that are set up.
    List,
    /// See what a model and its server do, a line a proof. Exit 1 if one does not hold.
    Check {
        /// Its name.
        name: ModelName,
    },
}

impl std::str::FromStr for ModelName {
    type Err = crate::call::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<SettingsError> for CliError {
    fn from(e: SettingsError) -> Self {
        Self::new(Exit::Refused, e.to_string())
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::Add { name, server, endpoint, model, replace } => {
            add(name, (*server, endpoint, model.as_deref()), *replace, context)
        }
        Sub::List => list(context),
        Sub::Check { name } => check(name, context),
    }
}

fn add(
    name: &ModelName,
    (server, endpoint, model): (ModelServer, &Endpoint, Option<&str>),
    replace: bool,
    context: &Context,
) -> Result<Exit, CliError> {
    let home = input::home()?;
    let known = local_model::list(&home)?.contains_key(name.as_str());
    if known && !replace {
        return Err(CliError::new(
            Exit::Failed,
            format!("there is a model `{name}` already, so nothing was changed"),
        )
        .hint("`--replace` takes it as it is now"));
    }
    if gate::killed(&home) {
        return Err(CliError::new(Exit::Stopped, "the kill switch is set, so no model was asked")
            .hint("`fleet kill --release --reason R` lets calls run again"));
    }
    let found = local_model::found_at(&home, server, endpoint, model).map_err(|e| match e {
        NotSetUp::Not(why) => CliError::new(Exit::Failed, format!("model `{name}` was not added: {why}")),
        NotSetUp::Settings(e) => e.into(),
    })?;
    Settings::set_model(&home, name, &found)?;
    gate::note_policy(&home)?;
    if context.json {
        output::json(&json!({ "status": "done", "name": name, "set_up": found }));
        return Ok(Exit::Done);
    }
    output::line(&format!(
        "model {name}: `{}` at {}, {}",
        found.model,
        found.endpoint,
        found.server.as_str()
    ));
    output::line(&format!("  digest   {}", found.digest));
    output::line(&format!("  program  {}", found.program));
    output::say(&format!("`fleet model check {name}` sees what it does; loops use it only after that"));
    Ok(Exit::Done)
}

/// Whether it was checked as it is set up now, in a word.
fn state(found: Option<&Checked>, set_up: &ModelSetUp) -> &'static str {
    match found {
        Some(found) if !found.is_of(set_up) => "unchecked",
        Some(found) if found.ok => "passed",
        Some(_) => "failed",
        None => "unchecked",
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let all = local_model::list(&home)?;
    let rows = all.iter().map(|(name, set_up)| {
        let state = state(local_model::checked(&home, name).as_ref(), set_up);
        (name, set_up, state)
    });
    if context.json {
        let rows: Vec<_> =
            rows.map(|(name, s, state)| json!({ "name": name, "set_up": s, "check": state })).collect();
        output::json(&rows);
        return Ok(Exit::Done);
    }
    for (name, set_up, state) in rows {
        let server = set_up.server.as_str();
        output::line(&format!(
            "{name:<16} {server:<10} {state:<10} {:<24} {}",
            set_up.model, set_up.endpoint
        ));
    }
    if all.is_empty() {
        output::say("no model is set up: `fleet model add NAME --server S --endpoint URL` does that");
    }
    Ok(Exit::Done)
}

fn check(name: &ModelName, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let all = local_model::list(&home)?;
    let set_up = all.get(name.as_str()).ok_or_else(|| {
        CliError::new(Exit::Failed, format!("no model is called `{name}` here"))
            .hint(format!("`fleet model add {name} --server S --endpoint URL` sets one up"))
    })?;
    let found = local_model::check(&home, name.as_str(), set_up).map_err(|why| {
        let exit = if why.starts_with("busy") { Exit::Busy } else { Exit::Failed };
        CliError::new(exit, format!("model `{name}` was not checked: {why}"))
    })?;
    if context.json {
        output::json(&found);
    } else {
        for Check { check, ok, seen } in &found.checks {
            let word = match ok {
                Some(true) => "ok",
                Some(false) => "FAIL",
                None => "--",
            };
            let mut lines = output::wrapped(seen, 56).into_iter();
            output::line(&format!("{word:<4}  {check:<15}  {}", lines.next().unwrap_or_default()));
            lines.for_each(|line| output::line(&format!("{:23}{line}", "")));
        }
        output::line(if found.ok { "a loop can use it" } else { "no loop uses it" });
    }
    Ok(if found.ok { Exit::Done } else { Exit::Failed })
}
