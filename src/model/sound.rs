//! What can be asked of a model: only what fleet can check the answer of.

use super::{Schema, odds, quoted};
use crate::call::{Prompt, StepKind};
use std::collections::BTreeSet;

/// Most options.
const OPTIONS: usize = 100;
/// Most steps of a plan that is made of options.
const STEPS: usize = 8;
/// Most characters of what a model says about its choice.
const REASON: u32 = 200;
/// Most tokens of an answer.
const TOKENS: u32 = 8192;

/// The schema of what is asked for: the caller's, or one made of the options.
pub(super) fn schema(prompt: &Prompt) -> Result<Option<Schema>, String> {
    let options: Vec<_> = prompt.options.iter().map(|o| quoted(o)).collect();
    let listed = format!("{{\"type\":\"string\",\"enum\":[{}]}}", options.join(","));
    let object = |name: &str, of: &str| {
        format!(
            "{{\"type\":\"object\",\"properties\":{{\"reason\":{{\"type\":\"string\",\"maxLength\":{REASON}}},\
             \"{name}\":{of}}},\"required\":[\"reason\",\"{name}\"],\"additionalProperties\":false}}"
        )
    };
    let text = match (&prompt.schema, prompt.kind) {
        (Some(text), _) => text.clone(),
        (None, StepKind::Classify) => object("label", &listed),
        (None, StepKind::Choose) => {
            let most = options.len();
            object(
                "chosen",
                &format!(
                    "{{\"type\":\"array\",\"items\":{listed},\"maxItems\":{most},\"uniqueItems\":true}}"
                ),
            )
        }
        (None, StepKind::Plan) => {
            let step = object("step", &listed);
            format!(
                "{{\"type\":\"object\",\"properties\":{{\"steps\":{{\"type\":\"array\",\"items\":{step},\
                 \"maxItems\":{STEPS}}}}},\"required\":[\"steps\"],\"additionalProperties\":false}}"
            )
        }
        (None, StepKind::Extract | StepKind::Summarize | StepKind::Text) => return Ok(None),
    };
    Schema::parse(&text).map(Some).map_err(|e| format!("schema: {e}"))
}

/// Sees that `prompt` asks for something that can be answered and checked.
///
/// # Errors
/// What is wrong with it.
pub fn sound(prompt: &Prompt) -> Result<(), String> {
    let Prompt { kind, options, grounded, max_tokens, temperature, min_confidence, .. } = prompt;
    if prompt.instructions.trim().is_empty() {
        return Err("instructions: say what is to be done".into());
    }
    if prompt.schema.is_some() && !options.is_empty() {
        return Err("options and schema: give one of them".into());
    }
    let listed = matches!(kind, StepKind::Classify | StepKind::Choose | StepKind::Plan);
    if listed && prompt.schema.is_none() && options.is_empty() {
        return Err("options: name what can be chosen, or give a schema".into());
    }
    if !listed && !options.is_empty() {
        return Err("options: nothing is chosen in a step of this kind".into());
    }
    if *kind == StepKind::Extract && prompt.schema.is_none() {
        return Err("schema: say what is to be taken out of the input".into());
    }
    let distinct: BTreeSet<_> = options.iter().collect();
    if distinct.len() != options.len() || options.len() > OPTIONS {
        return Err(format!("options: {OPTIONS} at most, each once"));
    }
    if options.iter().any(|o| o.trim().is_empty() || o.chars().count() > 200) {
        return Err("options: each has 1 to 200 characters".into());
    }
    if !(1..=TOKENS).contains(max_tokens) {
        return Err(format!("max_tokens is {max_tokens}: expected 1 to {TOKENS}"));
    }
    if *temperature > 200 {
        return Err(format!("temperature is {temperature}: expected hundredths, 0 to 200"));
    }
    if let Some(least) = min_confidence {
        if *kind != StepKind::Classify || options.is_empty() || odds::letters(options).is_none() {
            return Err("min_confidence: only of one among 26 options at most can it be told".into());
        }
        if !(1..=100).contains(least) {
            return Err(format!("min_confidence is {least}: expected 1 to 100 per cent"));
        }
    }
    let members = schema(prompt)?;
    let members = members.as_ref().map(Schema::members).unwrap_or_default();
    match grounded.iter().find(|name| !members.contains(&name.as_str())) {
        Some(name) => Err(format!("grounded: the schema has no `{name}`")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{choice, prompt};

    #[test]
    fn what_cannot_be_checked_is_not_asked() {
        let schema = Some(r#"{"type":"object","properties":{"a":{"type":"string"}}}"#.to_owned());
        let extract = |schema| Prompt { schema, ..prompt(StepKind::Extract, "x") };
        for good in [
            choice(StepKind::Classify, "x"),
            choice(StepKind::Choose, "x"),
            choice(StepKind::Plan, "x"),
            prompt(StepKind::Summarize, "x"),
            extract(schema.clone()),
            Prompt { grounded: vec!["a".into()], ..extract(schema.clone()) },
            Prompt { min_confidence: Some(80), ..choice(StepKind::Classify, "x") },
        ] {
            assert_eq!(sound(&good), Ok(()), "{good:?}");
        }
        for (bad, why) in [
            (Prompt { instructions: " ".into(), ..choice(StepKind::Classify, "x") }, "instructions"),
            (prompt(StepKind::Classify, "x"), "options"),
            (extract(None), "schema"),
            (Prompt { schema: schema.clone(), ..choice(StepKind::Choose, "x") }, "one of them"),
            (Prompt { options: vec!["a".into(), "a".into()], ..prompt(StepKind::Choose, "") }, "each once"),
            (choice(StepKind::Text, "x"), "nothing is chosen"),
            (Prompt { grounded: vec!["b".into()], ..extract(schema.clone()) }, "no `b`"),
            (Prompt { max_tokens: 0, ..choice(StepKind::Classify, "x") }, "max_tokens"),
            (Prompt { temperature: 201, ..choice(StepKind::Classify, "x") }, "temperature"),
            (Prompt { min_confidence: Some(101), ..choice(StepKind::Classify, "x") }, "1 to 100"),
            (Prompt { min_confidence: Some(80), ..choice(StepKind::Choose, "x") }, "min_confidence"),
            (extract(Some(r#"{"type":"string","pattern":"x"}"#.into())), "`pattern` is not understood"),
        ] {
            let said = sound(&bad).unwrap_err();
            assert!(said.contains(why), "{bad:?}: {said}");
        }
    }
}
