//! Ask a model on this machine.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Ask, Happened, ModelName, ModelWanted, Prompt, Risk, StepKind, Wanted};
use crate::model::sound;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct LlmGenerate;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The owner's name for the model: `fleet model list` has them.
    model: String,
    /// What it does: one of the options, fields out of the input, some of the options, steps, or text.
    kind: StepKind,
    /// What it is told to do: trusted.
    instructions: String,
    /// What that is about. Whoever wrote it is not trusted: it is framed as data.
    #[serde(default)]
    input: String,
    /// A JSON schema of the answer, as text: fields are asked for in the order in which they stand there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_value")]
    #[schemars(with = "String")]
    schema: Option<String>,
    /// What can be chosen, in `classify`, `choose` and `plan`; instead of a schema.
    #[serde(default)]
    options: Vec<String>,
    /// Fields of the schema that must be quotes of the input.
    #[serde(default)]
    grounded: Vec<String>,
    /// Most tokens of the answer: 1 to 8192.
    #[serde(default = "most_tokens")]
    max_tokens: u32,
    /// What chance begins with.
    #[serde(default)]
    seed: u32,
    /// Hundredths: 0 is the likeliest answer, 200 the wildest.
    #[serde(default)]
    temperature: u32,
    /// Per cent, below which `a_person_decides` is true in the result of a `classify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    min_confidence: Option<u32>,
    /// Whether input that is too long is cut, which the result then says.
    #[serde(default)]
    cut: bool,
}

const fn most_tokens() -> u32 {
    1024
}

/// A schema as text keeps its order; one that is an object is sorted by its names.
fn text_or_value<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(value) => Some(value.to_string()),
    })
}

/// Refuses a name that no model can have.
pub(super) fn named(model: &str) -> Result<(), Unclear> {
    ModelName::parse(model).map(drop).map_err(Unclear::from)
}

/// What the hand told, where it is the whole result.
pub(super) fn told(happened: &[Happened]) -> Value {
    let value = happened.iter().find_map(|fact| {
        if let Happened::Modelled { value, .. } = fact { Some(value.clone()) } else { None }
    });
    value.unwrap_or_else(|| json!({ "ok": false }))
}

impl Typed for LlmGenerate {
    type Args = Args;
    const CARD: Card = Card {
        name: "llm_generate",
        family: "llm",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Asks a model on this machine, for $0: it classifies, extracts, chooses, plans, or writes. The \
                answer is checked against its schema, and an answer that is not valid is none.",
        undo: "nothing to undo",
        bulk: &["instructions", "input", "schema"],
        needs: None,
        example: r#"{"model":"small","kind":"classify","instructions":"what is this mail about","input":"Your invoice 42 is due","options":["bill","newsletter","other"]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        named(&args.model)?;
        let prompt = Prompt {
            kind: args.kind,
            instructions: args.instructions,
            input: args.input,
            schema: args.schema,
            options: args.options,
            grounded: args.grounded,
            max_tokens: args.max_tokens,
            seed: args.seed,
            temperature: args.temperature,
            min_confidence: args.min_confidence,
            cut: args.cut,
        };
        sound::sound(&prompt).map_err(Unclear::Args)?;
        Ok(vec![Wanted::Model(ModelWanted { model: args.model, ask: Ask::Write(Box::new(prompt)) })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    fn plan(args: &Value) -> Result<Vec<Wanted>, Unclear> {
        Tool::plan(&LlmGenerate, &LlmGenerate.bind(args)?)
    }

    #[test]
    fn what_cannot_be_checked_is_refused_before_anything_is_asked() {
        let base =
            json!({"model": "m", "kind": "extract", "instructions": "take", "schema": "{\"type\":\"null\"}"});
        assert!(plan(&base).is_ok());
        let with = |name: &str, value: Value| {
            let mut args = base.clone();
            args[name] = value;
            plan(&args).map(drop).map_err(|e| e.to_string())
        };
        assert_eq!(with("schema", json!({"type": "null"})), Ok(()));
        for (name, value, why) in [
            ("schema", json!("{\"type\":\"string\",\"pattern\":\"x\"}"), "`pattern`"),
            ("schema", json!("nonsense"), "schema"),
            ("schema", Value::Null, "schema"),
            ("kind", json!("run"), "kind"),
            ("kind", json!("classify"), ""),
            ("model", json!("../x"), "../x"),
            ("instructions", json!(""), "instructions"),
            ("max_tokens", json!(9000), "max_tokens"),
            ("temperature", json!(0.5), "temperature"),
        ] {
            let said = with(name, value.clone());
            assert_eq!(said.is_ok(), why.is_empty(), "{name} {value}: {said:?}");
            assert!(said.err().unwrap_or_default().contains(why), "{name} {value}");
        }
    }

    #[test]
    fn the_schema_reaches_the_model_in_its_order() {
        let text = r#"{"type":"object","properties":{"z":{"type":"null"},"a":{"type":"null"}}}"#;
        let wanted =
            plan(&json!({"model": "m", "kind": "extract", "instructions": "x", "schema": text})).unwrap();
        let [Wanted::Model(ModelWanted { ask: Ask::Write(prompt), .. })] = &wanted[..] else { panic!() };
        assert_eq!(prompt.schema.as_deref(), Some(text));
    }
}
