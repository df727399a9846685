//! The schema of an answer: its text, kept in order, since a model writes fields in the order in which
//! they stand there, and the same as a value that fleet checks every answer against. What is not
//! understood is refused, since it would be checked by nobody.

use crate::canon;
use serde_json::Value;
use std::collections::BTreeSet;

/// Most bytes of a schema.
const LONGEST: usize = 64 * 1024;
/// Levels.
const DEEPEST: usize = 12;

/// A schema that is understood as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    text: String,
    root: Node,
}

impl Eq for Schema {}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Object { members: Vec<(String, Node)>, required: BTreeSet<String>, open: bool },
    Array { items: Box<Node>, least: u64, most: u64, unique: bool },
    Text { least: u64, most: u64 },
    Integer { least: f64, most: f64 },
    Number { least: f64, most: f64 },
    Bool,
    Null,
    Any(Vec<Node>),
    One(Vec<Node>),
    Listed(Vec<Value>),
}

/// Members that say nothing about what is valid.
const NOTES: &[&str] = &["title", "description", "default", "examples", "$schema"];

impl Schema {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("{} bytes are more than the {LONGEST} of a schema", text.len()));
        }
        let value = canon::parse(text.as_bytes()).map_err(|e| e.to_string())?;
        let root = Node::parse(&value, "", 0)?;
        Ok(Self { text: text.trim().to_owned(), root })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Sees that `value` is what it allows.
    ///
    /// # Errors
    /// The first thing that is not, and where.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.root.check(value, "")
    }

    /// Names of the members of the answer, if that is an object.
    pub fn members(&self) -> Vec<&str> {
        if let Node::Object { members, .. } = &self.root {
            members.iter().map(|(name, _)| name.as_str()).collect()
        } else {
            Vec::new()
        }
    }
}

fn number(of: &Value, name: &str, at: &str) -> Result<Option<f64>, String> {
    match of.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("{at}/{name}: expected a number")),
    }
}

fn count(of: &Value, name: &str, at: &str) -> Result<Option<u64>, String> {
    match of.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| format!("{at}/{name}: expected a count")),
    }
}

impl Node {
    fn parse(of: &Value, at: &str, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Err(format!("{at}: more than {DEEPEST} levels"));
        }
        let Some(members) = of.as_object() else {
            return Err(format!("{at}: a schema is an object"));
        };
        let list = |name: &str| of.get(name).and_then(Value::as_array);
        let nodes = |name: &str, all: &[Value]| {
            let parsed = all.iter().enumerate();
            parsed
                .map(|(n, one)| Self::parse(one, &format!("{at}/{name}/{n}"), depth + 1))
                .collect::<Result<Vec<_>, String>>()
        };
        let (node, knows): (Self, &[&str]) = if let Some(value) = of.get("const") {
            (Self::Listed(vec![value.clone()]), &["const", "type"])
        } else if let Some(all) = list("enum") {
            if all.is_empty() {
                return Err(format!("{at}: an empty list of values"));
            }
            (Self::Listed(all.clone()), &["enum", "type"])
        } else if let Some(all) = list("oneOf") {
            (Self::One(nodes("oneOf", all)?), &["oneOf"])
        } else if let Some(all) = list("anyOf") {
            (Self::Any(nodes("anyOf", all)?), &["anyOf"])
        } else if let Some(kinds) = list("type") {
            let each = |kind: &Value| {
                let mut one = members.clone();
                one.insert("type".into(), kind.clone());
                // What does not belong to this type belongs to another of them.
                one.retain(|name, _| {
                    Self::of_type(kind.as_str().unwrap_or_default())
                        .is_some_and(|k| k.contains(&name.as_str()))
                });
                Self::parse(&Value::Object(one), at, depth + 1)
            };
            let node = Self::Any(kinds.iter().map(each).collect::<Result<_, _>>()?);
            let all: BTreeSet<_> =
                kinds.iter().filter_map(|k| Self::of_type(k.as_str()?)).flatten().copied().collect();
            return Self::known(members.keys(), &all.into_iter().collect::<Vec<_>>(), at).map(|()| node);
        } else {
            let kind = of.get("type").and_then(Value::as_str);
            let kind = kind.ok_or_else(|| format!("{at}: it says no type, and no values"))?;
            let knows = Self::of_type(kind).ok_or_else(|| format!("{at}: there is no type `{kind}`"))?;
            (Self::typed(kind, of, at, depth)?, knows)
        };
        Self::known(members.keys(), knows, at).map(|()| node)
    }

    fn known<'a>(
        mut names: impl Iterator<Item = &'a String>,
        knows: &[&str],
        at: &str,
    ) -> Result<(), String> {
        let strange = names.find(|name| !knows.contains(&name.as_str()) && !NOTES.contains(&name.as_str()));
        strange.map_or(Ok(()), |name| Err(format!("{at}: `{name}` is not understood here")))
    }

    fn of_type(kind: &str) -> Option<&'static [&'static str]> {
        Some(match kind {
            "object" => &["type", "properties", "required", "additionalProperties"],
            "array" => &["type", "items", "minItems", "maxItems", "uniqueItems"],
            "string" => &["type", "minLength", "maxLength"],
            "integer" | "number" => &["type", "minimum", "maximum", "format"],
            "boolean" | "null" => &["type"],
            _ => return None,
        })
    }

    fn typed(kind: &str, of: &Value, at: &str, depth: usize) -> Result<Self, String> {
        let (least, most) = (number(of, "minimum", at)?, number(of, "maximum", at)?);
        let (least, most) = (least.unwrap_or(f64::NEG_INFINITY), most.unwrap_or(f64::INFINITY));
        Ok(match kind {
            "object" => {
                let mut members = Vec::new();
                for (name, node) in of.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    members.push((name.clone(), Self::parse(node, &format!("{at}/{name}"), depth + 1)?));
                }
                let required = of.get("required").and_then(Value::as_array).into_iter().flatten();
                let required: BTreeSet<_> =
                    required.filter_map(|name| name.as_str().map(str::to_owned)).collect();
                if let Some(name) = required.iter().find(|name| !members.iter().any(|(n, _)| n == *name)) {
                    return Err(format!("{at}: `{name}` is required and not among the properties"));
                }
                let open = of.get("additionalProperties").is_some_and(|v| v == &Value::Bool(true));
                Self::Object { members, required, open }
            }
            "array" => {
                let items = of.get("items").ok_or_else(|| format!("{at}: an array says no items"))?;
                Self::Array {
                    items: Box::new(Self::parse(items, &format!("{at}/items"), depth + 1)?),
                    least: count(of, "minItems", at)?.unwrap_or(0),
                    most: count(of, "maxItems", at)?.unwrap_or(u64::MAX),
                    unique: of.get("uniqueItems") == Some(&Value::Bool(true)),
                }
            }
            "string" => Self::Text {
                least: count(of, "minLength", at)?.unwrap_or(0),
                most: count(of, "maxLength", at)?.unwrap_or(u64::MAX),
            },
            "integer" => Self::Integer { least, most },
            "number" => Self::Number { least, most },
            "boolean" => Self::Bool,
            _ => Self::Null,
        })
    }

    fn check(&self, value: &Value, at: &str) -> Result<(), String> {
        let place = if at.is_empty() { "the answer" } else { at };
        let not = |what: &str| Err(format!("{place} is not {what}"));
        let within = |least: f64, most: f64| {
            let n = value.as_f64().unwrap_or(f64::NAN);
            if n < least || n > most {
                Err(format!("{place} is not within {least} and {most}"))
            } else {
                Ok(())
            }
        };
        match self {
            Self::Object { members, required, open } => {
                let Some(found) = value.as_object() else { return not("an object") };
                if let Some(name) = required.iter().find(|name| !found.contains_key(*name)) {
                    return Err(format!("{place} lacks `{name}`"));
                }
                for (name, value) in found {
                    match members.iter().find(|(n, _)| n == name) {
                        Some((_, node)) => node.check(value, &format!("{at}/{name}"))?,
                        None if *open => {}
                        None => return Err(format!("{place} has `{name}`, which nobody asked for")),
                    }
                }
                Ok(())
            }
            Self::Array { items, least, most, unique } => {
                let Some(found) = value.as_array() else { return not("a list") };
                let n = found.len() as u64;
                if n < *least || n > *most {
                    return Err(format!("{place} has {n} entries"));
                }
                if *unique && found.iter().enumerate().any(|(n, one)| found.iter().take(n).any(|o| o == one))
                {
                    return Err(format!("{place} names something twice"));
                }
                found.iter().enumerate().try_for_each(|(n, one)| items.check(one, &format!("{at}/{n}")))
            }
            Self::Text { least, most } => {
                let Some(text) = value.as_str() else { return not("a text") };
                let n = text.chars().count() as u64;
                if n < *least || n > *most { Err(format!("{place} is {n} characters long")) } else { Ok(()) }
            }
            Self::Integer { .. } if !(value.is_i64() || value.is_u64()) => not("a whole number"),
            Self::Number { .. } if !value.is_number() => not("a number"),
            Self::Integer { least, most } | Self::Number { least, most } => within(*least, *most),
            Self::Bool if !value.is_boolean() => not("true or false"),
            Self::Null if !value.is_null() => not("null"),
            Self::Bool | Self::Null => Ok(()),
            Self::Listed(all) if !all.contains(value) => not("one of the values that were offered"),
            Self::Listed(_) => Ok(()),
            Self::Any(all) | Self::One(all) => {
                let fits = all.iter().filter(|node| node.check(value, at).is_ok()).count();
                if fits == 0 || (matches!(self, Self::One(_)) && fits != 1) {
                    // The nearest of them says best what is wrong.
                    let why = all.first().filter(|_| all.len() == 1).and_then(|n| n.check(value, at).err());
                    return Err(why.unwrap_or_else(|| format!("{place} is none of the {} shapes", all.len())));
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checks(schema: &Value, value: &Value) -> Result<(), String> {
        Schema::parse(&schema.to_string()).unwrap().check(value)
    }

    #[test]
    fn an_answer_is_what_the_schema_says_and_nothing_more() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "minimum": 0, "maximum": 3, "format": "uint32"},
            "b": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 2, "uniqueItems": true},
            "c": {"type": ["string", "null"], "maxLength": 3},
            "d": {"oneOf": [{"const": 1}, {"type": "boolean"}]},
            "e": {"type": "number"}}});
        for good in [
            json!({"a": 0}),
            json!({"a": 3, "b": ["y", "x"], "c": null, "d": 1, "e": 1.5}),
            json!({"a": 1, "c": "\u{e4}\u{f6}\u{fc}", "d": false, "e": 2}),
        ] {
            assert_eq!(checks(&schema, &good), Ok(()), "{good}");
        }
        for (bad, why) in [
            (json!({}), "lacks `a`"),
            (json!([]), "the answer is not an object"),
            (json!({"a": 4}), "/a is not within 0 and 3"),
            (json!({"a": 1.0}), "/a is not a whole number"),
            (json!({"a": "1"}), "/a is not a whole number"),
            (json!({"a": 1, "z": 1}), "has `z`, which nobody asked for"),
            (json!({"a": 1, "b": ["z"]}), "/b/0 is not one of the values that were offered"),
            (json!({"a": 1, "b": ["x", "x"]}), "/b names something twice"),
            (json!({"a": 1, "b": ["x", "y", "x"]}), "/b has 3 entries"),
            (json!({"a": 1, "c": "abcd"}), "/c is none of the 2 shapes"),
            (json!({"a": 1, "d": 2}), "/d is none of the 2 shapes"),
            (json!({"a": 1, "e": "x"}), "/e is not a number"),
        ] {
            let said = checks(&schema, &bad).unwrap_err();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }

    #[test]
    fn what_nobody_would_check_is_refused_and_the_text_keeps_its_order() {
        for (schema, why) in [
            (r#"{"type":"string","pattern":"^a$"}"#, "`pattern` is not understood"),
            (r#"{"type":"string","format":"date"}"#, "`format` is not understood"),
            (r##"{"$ref":"#/x"}"##, "no type"),
            (r#"{"type":"object","properties":{"a":{"type":"thing"}}}"#, "/a: there is no type `thing`"),
            (r#"{"type":"object","required":["a"]}"#, "not among the properties"),
            (r#"{"type":"array"}"#, "no items"),
            (r#"{"enum":[]}"#, "empty"),
            (r#"{"type":"string","type":"null"}"#, "not strict JSON"),
            (r#"{"type":["string","null"],"minimum":1}"#, "`minimum` is not understood"),
            ("[]", "a schema is an object"),
            ("{", "not strict JSON"),
        ] {
            let said = Schema::parse(schema).unwrap_err();
            assert!(said.contains(why), "{schema}: {said}");
        }
        let deep =
            format!("{}{{\"type\":\"null\"}}{}", r#"{"type":"array","items":"#.repeat(20), "}".repeat(20));
        assert!(Schema::parse(&deep).unwrap_err().contains("levels"));
        let text = r#" {"type":"object","properties":{"z":{"type":"null"},"a":{"type":"null"}}} "#;
        assert_eq!(Schema::parse(text).unwrap().text(), text.trim());
    }
}
