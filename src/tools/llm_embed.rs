//! Make vectors of texts, with a model on this machine.

use super::llm_generate::named;
use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Ask, Happened, ModelWanted, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most texts of one call.
const TEXTS: usize = 256;
/// Most bytes of one text.
const LONGEST: usize = 64 * 1024;

pub struct LlmEmbed;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The owner's name for the model: `fleet model list` has them.
    model: String,
    /// The texts: 1 to 256.
    texts: Vec<String>,
}

impl Typed for LlmEmbed {
    type Args = Args;
    const CARD: Card = Card {
        name: "llm_embed",
        family: "llm",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Makes a vector of each text, with a model on this machine, for $0. Texts that are about the same \
                have vectors that point the same way.",
        undo: "nothing to undo",
        bulk: &["texts"],
        needs: None,
        example: r#"{"model":"vectors","texts":["an invoice","a bill"]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        named(&args.model)?;
        if args.texts.is_empty() || args.texts.len() > TEXTS {
            return Err(Unclear::Args(format!("texts: {} of them, expected 1 to {TEXTS}", args.texts.len())));
        }
        if args.texts.iter().any(|text| text.trim().is_empty() || text.len() > LONGEST) {
            return Err(Unclear::Args(format!(
                "texts: each has a word at least, and {LONGEST} bytes at most"
            )));
        }
        Ok(vec![Wanted::Model(ModelWanted { model: args.model, ask: Ask::Embed(args.texts) })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        super::llm_generate::told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_some_and_not_too_many() {
        let plan = |texts: Value| {
            Tool::plan(&LlmEmbed, &LlmEmbed.bind(&json!({"model": "m", "texts": texts})).unwrap())
        };
        assert!(plan(json!(["a"])).is_ok() && plan(json!(vec!["a"; 256])).is_ok());
        for bad in [json!([]), json!([" "]), json!(vec!["a"; 257]), json!(["x".repeat(LONGEST + 1)])] {
            assert!(plan(bad).is_err());
        }
    }
}
