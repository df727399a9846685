//! FL212: arguments that the tool does not take.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::tools;
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "FL212",
    title: "arguments that the tool does not take",
    level: Level::Error,
    safety: true,
    what: "An argument that the tool does not have, one that it needs and does not get, or a value of a wrong type.",
    why: "It is found here, not at three in the morning.",
    instead: "`fleet tool show NAME` lists its arguments",
    example: Example::Text(File::Definition, r#"glob = "*.pdf""#, r#"pattern = "*.pdf""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let gathers = spec.gather.iter().map(|(name, g)| (format!("gather.{name}"), &g.tool, &g.args));
    let acts = spec.act.iter().enumerate().map(|(n, a)| (format!("act.{n}"), &a.tool, &a.args));
    let mut found = Vec::new();
    for (path, name, args) in gathers.chain(acts) {
        let Some(tool) = tools::find(name) else { continue };
        let schema = tool.schema();
        let known = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let needed = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (arg, value) in args {
            let at = format!("{path}.args.{arg}");
            match known.get(arg) {
                None => {
                    let all: Vec<_> = known.keys().map(String::as_str).collect();
                    found.push(
                        subject.hit(&at, format!("`{name}` takes no `{arg}`: it takes {}", all.join(", "))),
                    );
                }
                Some(wanted) if !fits(wanted, value) => {
                    let kind = wanted.get("type").and_then(Value::as_str).unwrap_or("something else");
                    found.push(subject.hit(&at, format!("`{arg}` of `{name}` is to be {kind}, not {value}")));
                }
                Some(_) => {}
            }
        }
        for arg in needed.iter().filter_map(Value::as_str).filter(|arg| !args.contains_key(*arg)) {
            found.push(subject.hit(&format!("{path}.args"), format!("`{name}` needs `{arg}`")));
        }
    }
    found
}

/// Whether a value can be what the tool wants; a template can be anything.
fn fits(wanted: &Value, value: &toml::Value) -> bool {
    let kind = wanted.get("type").and_then(Value::as_str);
    let words = wanted.get("enum").and_then(Value::as_array);
    match (kind, value) {
        (_, toml::Value::String(text)) if text.contains("{{") || text.contains("{%") => true,
        (Some("string"), toml::Value::String(text)) => {
            words.is_none_or(|words| words.iter().any(|w| w.as_str() == Some(text)))
        }
        (Some("integer" | "number"), toml::Value::Integer(_))
        | (Some("boolean"), toml::Value::Boolean(_))
        | (Some("array"), toml::Value::Array(_))
        | (Some("object"), toml::Value::Table(_)) => true,
        (Some("string" | "integer" | "number" | "boolean" | "array" | "object"), _) => false,
        (_, _) => true,
    }
}
