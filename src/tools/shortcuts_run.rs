//! Run a shortcut of the owner.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Happened, Risk, ShortcutWanted, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest name and input.
const NAME: usize = 200;
const INPUT: usize = 256 << 10;

pub struct ShortcutsRun;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The shortcut's name, as the Shortcuts app shows it.
    name: String,
    /// Text that it gets.
    #[serde(default)]
    input: String,
    /// Seconds until it is ended; 600 is the most.
    #[serde(default = "some")]
    timeout_s: u32,
}

const fn some() -> u32 {
    60
}

impl Typed for ShortcutsRun {
    type Args = Args;
    const CARD: Card = Card {
        name: "shortcuts_run",
        family: "system",
        risk: Risk::High,
        effect: EffectClass::ExternalSend,
        about: "Runs a shortcut of the macOS app of that name, with text as its input. What it does, fleet cannot \
                know or hold back: read it in the app first.",
        undo: "cannot be undone: what a shortcut does is not known",
        bulk: &["input"],
        needs: None,
        example: r#"{"name":"Log water","input":"250 ml"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { name, input, timeout_s } = args;
        if name.is_empty() || name.len() > NAME || name.starts_with('-') || name.chars().any(char::is_control)
        {
            return Err(Unclear::Args(format!(
                "name: expected 1 to {NAME} bytes that do not begin with `-`"
            )));
        }
        if input.len() > INPUT {
            return Err(Unclear::Args(format!("input: {} bytes, {INPUT} are the most", input.len())));
        }
        if timeout_s == 0 || timeout_s > 600 {
            return Err(Unclear::Args(format!("timeout_s is {timeout_s}: expected 1 to 600")));
        }
        Ok(vec![Wanted::Shortcut(ShortcutWanted { name, input, timeout_s })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_no_option() {
        for bad in ["", "--help", "a\nb"] {
            let bound = ShortcutsRun.bind(&json!({"name": bad})).unwrap();
            assert!(Tool::plan(&ShortcutsRun, &bound).is_err(), "{bad:?}");
        }
    }
}
