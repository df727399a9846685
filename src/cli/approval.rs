//! `fleet approval`: what waits for a person.

use super::{CliError, Context, Exit, input, output};
use crate::call::{ApprovalId, visible_line};
use crate::gate::{self, Approval};
use serde_json::{Value, json};

/// Show calls that wait for a person, whole and escaped.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet approval list
  fleet approval show k7m2q
  fleet approval list --json | jq -r '.[].approval'")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// What waits, oldest first.
    List,
    /// One waiting call: exactly what it would do.
    Show {
        /// Its id.
        id: ApprovalId,
    },
}

impl std::str::FromStr for ApprovalId {
    type Err = crate::call::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(&text.to_lowercase())
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    match &args.command {
        Sub::List => {
            let waiting = gate::list(&home)?;
            if context.json {
                output::json(&waiting.iter().map(described).collect::<Vec<_>>());
            } else if waiting.is_empty() {
                output::say("nothing waits");
            } else {
                for a in &waiting {
                    let until = a.expires.strftime("%m-%d %H:%MZ");
                    output::line(&format!(
                        "{}  {:<8} {:<18} {}  until {until}",
                        a.id, a.risk, a.tool, a.caller
                    ));
                    output::line(&format!("       {}", visible_line(&gist(&a.effects), 66)));
                }
            }
        }
        Sub::Show { id } => {
            let approval = gate::get(&home, id)?;
            if context.json {
                output::json(&described(&approval));
            } else {
                output::raw(&gate::view(&approval));
            }
        }
    }
    Ok(Exit::Done)
}

/// What the first effect is about, in a few words.
fn gist(effects: &Value) -> String {
    let Some(first) = effects.get(0) else { return String::new() };
    let text = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default();
    let words = |name: &str, of: &dyn Fn(&Value) -> Option<String>| -> Vec<String> {
        first.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(of).collect()
    };
    let argv = words("argv", &|v| v.as_str().map(str::to_owned));
    let branches = words("branches", &|v| v.get("name")?.as_str().map(str::to_owned));
    let more = effects.as_array().map_or(0, |all| all.len().saturating_sub(1));
    let mut gist = if !argv.is_empty() {
        argv.join(" ")
    } else if !branches.is_empty() {
        format!("{}: {}", text("repo"), branches.join(" "))
    } else if !text("from").is_empty() {
        format!("{} -> {}", text("from"), text("to"))
    } else {
        format!("{}{}", text("path"), text("repo"))
    };
    if more > 0 {
        gist.push_str(&format!(" and {more} more"));
    }
    gist
}

pub(super) fn described(a: &Approval) -> Value {
    json!({
        "approval": a.id, "state": a.state, "call": a.call, "tool": a.tool, "risk": a.risk, "caller": a.caller,
        "run": a.run, "digest": a.digest, "why": a.why, "args": a.args, "effects": a.effects, "reasons": a.reasons,
        "asked": a.asked, "expires": a.expires, "last": a.last,
    })
}
