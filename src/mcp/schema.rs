//! A tool as a client is told of it: its card in words for a model, a schema in the plain shape that
//! every client takes, and hints that agree with its risk.

use super::reply::OFFSET;
use crate::call::{Risk, visible_line};
use crate::tools::{Card, EffectClass, Tool};
use rmcp::model::{JsonObject, MetaObject, Tool as Told, ToolAnnotations};
use serde_json::{Value, json};

/// Where the risk stands.
pub(super) const RISK: &str = "fleet/risk";

/// Most bytes of a description: what is more some clients cut off.
const MOST: usize = 2048;

/// Families whose answers are written by others, or whose acts reach them.
const OPEN: &[&str] = &["browser", "calendar", "contacts", "mail", "notify", "shell", "web"];

/// `tool`, which is of this risk.
pub(super) fn told(tool: &dyn Tool, risk: Risk) -> Told {
    let card = tool.card();
    let mut meta = JsonObject::new();
    meta.insert(RISK.into(), risk.as_str().into());
    meta.insert("fleet/family".into(), card.family.into());
    meta.insert("fleet/effect".into(), serde_json::to_value(card.effect).unwrap_or_default());
    Told::new(card.name, about(card, risk), schema(tool))
        .with_title(title(card.name))
        .with_annotations(hints(card, risk))
        .with_meta(MetaObject::from(meta))
}

/// `files_read` as `Files read`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What decides first.
fn about(card: &Card, risk: Risk) -> String {
    let runs = match (risk, card.name == crate::tools::SHELL) {
        (_, true) => {
            "Risk HIGH: a line that is proven only to look runs at once; anything else waits for a person, \
             and then the answer says how to go on."
        }
        (Risk::Low, false) => "Risk LOW: runs at once, changes nothing that matters.",
        (Risk::Medium, false) => {
            "Risk MEDIUM: runs at once inside the workspace, elsewhere a person is asked."
        }
        (Risk::High | Risk::Critical, false) => {
            "Risk HIGH: waits for a person; the answer says under which id, and how to go on."
        }
    };
    let undo = match card.effect {
        EffectClass::Read => String::new(),
        EffectClass::LocalChange | EffectClass::Destructive | EffectClass::ExternalSend => {
            format!(" Undo: {}.", card.undo)
        }
    };
    let text = format!("{} {runs}{undo} Example arguments: {}", card.about, card.example);
    if text.len() <= MOST { text } else { visible_line(&text, MOST / 4) }
}

fn hints(card: &Card, risk: Risk) -> ToolAnnotations {
    let looks = card.effect == EffectClass::Read;
    let sends = card.effect == EffectClass::ExternalSend;
    ToolAnnotations::new()
        .read_only(looks)
        .destructive(!looks && risk >= Risk::High)
        .idempotent(looks)
        .open_world(sends || (looks && risk > Risk::Low) || OPEN.contains(&card.family))
}

/// The tool's schema, without what only some validators know, and with the offset of a result that was
/// cut.
fn schema(tool: &dyn Tool) -> JsonObject {
    let mut schema = tool.schema();
    plain(&mut schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(
            OFFSET.into(),
            json!({
                "type": "integer",
                "minimum": 0,
                "description": "Only to go on with a result that was cut: the offset that its note names."
            }),
        );
    }
    match schema {
        Value::Object(members) => members,
        // INVARIANT: arguments are objects, and a test holds every tool to it.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            JsonObject::new()
        }
    }
}

/// Formats of numbers are schemars' own: validators warn of them, or refuse the tool.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let numbers = members.get("type").is_some_and(|kind| kind == "integer" || kind == "number");
            if numbers && members.get("format").is_some_and(Value::is_string) {
                members.remove("format");
            }
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::TOOLS;

    /// Every schema that stands in `schema`, itself included.
    fn all<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
        found.push(schema);
        for below in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.values())
        {
            all(below, found);
        }
        if let Some(items) = schema.get("items") {
            all(items, found);
        }
    }

    #[test]
    fn every_tool_is_told_in_the_shape_that_every_client_takes() {
        for tool in TOOLS {
            let told = told(*tool, tool.card().risk);
            let name = &told.name;
            assert!(name.len() <= 48 && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')));
            let about = told.description.clone().unwrap();
            assert!((20..=MOST).contains(&about.len()) && about.starts_with(tool.card().about), "{name}");
            let schema = Value::Object(told.input_schema.as_ref().clone());
            assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)));
            let mut schemas = Vec::new();
            all(&schema, &mut schemas);
            for part in schemas {
                let known = ["string", "integer", "boolean", "array", "object", "number"];
                let kind = part["type"].as_str().unwrap_or_default();
                assert!(known.contains(&kind), "{name}: {part}");
                assert!(kind != "array" || part["items"].is_object(), "{name}: {part}");
                for strange in
                    ["$ref", "$defs", "$schema", "anyOf", "oneOf", "allOf", "format", "const", "not"]
                {
                    assert!(part.get(strange).is_none(), "{name} has {strange}: {part}");
                }
            }
            let properties = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            assert!(required.iter().all(|r| properties.contains_key(r.as_str().unwrap())), "{name}");
            assert!(properties.values().all(|p| p["description"].is_string()), "{name}: {properties:?}");
        }
    }

    #[test]
    fn all_hints_are_said_and_agree_with_the_risk() {
        for tool in TOOLS {
            let card = tool.card();
            let told = told(*tool, card.risk);
            let hints = told.annotations.unwrap();
            let looks = hints.read_only_hint.unwrap();
            assert_eq!(hints.destructive_hint.unwrap(), !looks && card.risk >= Risk::High, "{}", card.name);
            assert_eq!(looks, card.effect == EffectClass::Read, "{}", card.name);
            assert!(!looks || card.risk <= Risk::Medium, "{}", card.name);
            assert_eq!(hints.idempotent_hint.unwrap(), looks, "{}", card.name);
            assert!(hints.open_world_hint.is_some(), "{}", card.name);
            assert_eq!(told.meta.unwrap().get(RISK), Some(&json!(card.risk.as_str())));
        }
    }

    #[test]
    fn titles_are_words() {
        assert_eq!((title("files_read"), title("")), ("Files read".into(), String::new()));
    }
}
