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

/// What the first effect is about, in a few words; never nothing.
fn gist(effects: &Value) -> String {
    let Some(first) = effects.get(0) else { return "nothing".to_owned() };
    let text = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default();
    let words = |name: &str, of: &str| -> Vec<&str> {
        let items = first.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.get(of)?.as_str()).collect()
    };
    let mut gist = match text("effect") {
        "process.spawn" if !text("line").is_empty() => text("line").to_owned(),
        "process.spawn" => first
            .pointer("/steps/0/pipeline/0/argv")
            .and_then(Value::as_array)
            .map(|argv| argv.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
            .unwrap_or_default(),
        "git.branch_delete" => format!("{}: {}", text("repo"), words("branches", "name").join(" ")),
        "file.move" => format!("{} -> {}", text("from"), text("to")),
        "archive.extract" => format!("{} -> {}", text("archive"), text("into")),
        "web.request" => {
            format!("{} {}://{}{}", text("method"), text("scheme"), text("host"), text("target"))
        }
        "mail.send" => {
            let to = ["to", "cc", "bcc"].map(|list| words(list, "address")).concat();
            format!("{}: {}", to.join(" "), text("subject"))
        }
        _ => format!("{}{}", text("path"), text("repo")),
    };
    if gist.trim().is_empty() {
        text("effect").clone_into(&mut gist);
    }
    let more = effects.as_array().map_or(0, |all| all.len().saturating_sub(1));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_the_first_effect_is_about_and_is_never_blank() {
        let argv = json!({"effect": "process.spawn", "steps": [{"pipeline": [{"argv": ["touch", "a b"]}]}]});
        for (effects, said) in [
            (json!([argv]), "touch a b"),
            (json!([{"effect": "process.spawn", "line": "ls | wc", "steps": []}]), "ls | wc"),
            (json!([{"effect": "process.spawn", "steps": []}]), "process.spawn"),
            (
                json!([{"effect": "git.branch_delete", "repo": "/r", "branches": [{"name": "a"}, {"name": "b"}]}]),
                "/r: a b",
            ),
            (json!([{"effect": "file.move", "from": "/a", "to": "/b"}, {}, {}]), "/a -> /b and 2 more"),
            (json!([{"effect": "archive.extract", "archive": "/a.zip", "into": "/b"}]), "/a.zip -> /b"),
            (
                json!([{"effect": "web.request", "method": "POST", "scheme": "https", "host": "h.example", "target": "/x"}]),
                "POST https://h.example/x",
            ),
            (
                json!([{"effect": "mail.send", "to": [{"address": "a@h.example"}], "bcc": [{"address": "b@h.example"}], "subject": "s"}]),
                "a@h.example b@h.example: s",
            ),
            (json!([{"effect": "file.trash", "path": "/a"}]), "/a"),
            (json!([{"effect": "of.another.day"}]), "of.another.day"),
            (json!([]), "nothing"),
        ] {
            assert_eq!(gist(&effects), said);
        }
    }
}
