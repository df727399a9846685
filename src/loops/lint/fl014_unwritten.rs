//! FL014: something is still to be written.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL014",
    title: "something is still to be written",
    level: Level::Error,
    safety: false,
    what: "A text of the definition that begins with TODO or FIXME, as `fleet loop new` leaves them.",
    why: "It is what the owner would read in the plan, in the alert and when asked to approve.",
    instead: "write it",
    example: Example::Text(File::Definition, r#"why  = "scans of no size""#, r#"why  = "TODO""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let table = toml::Value::Table(subject.table.clone());
    texts(String::new(), &table)
        .into_iter()
        .filter(|(_, text)| ["TODO", "FIXME"].iter().any(|mark| text.trim_start().starts_with(mark)))
        .map(|(path, text)| subject.hit(&path, format!("`{path}` is {}", shown(&text))))
        .collect()
}

/// All texts, each with its key.
fn texts(path: String, value: &toml::Value) -> Vec<(String, String)> {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        toml::Value::String(text) => vec![(path, text.clone())],
        toml::Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| texts(below(&n.to_string()), item)).collect()
        }
        toml::Value::Table(table) => table.iter().flat_map(|(key, value)| texts(below(key), value)).collect(),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => Vec::new(),
    }
}
