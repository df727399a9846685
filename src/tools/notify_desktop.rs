//! Show a message on the owner's screen.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Happened, Risk, ScreenWanted, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most characters of title and text.
const TITLE: usize = 200;
const TEXT: usize = 1000;

pub struct NotifyDesktop;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The first line; 200 characters at most.
    title: String,
    /// What there is to say; 1000 characters at most.
    #[serde(default)]
    text: String,
    /// Whether it may be heard.
    #[serde(default)]
    sound: bool,
}

impl Typed for NotifyDesktop {
    type Args = Args;
    const CARD: Card = Card {
        name: "notify_desktop",
        family: "notify",
        risk: Risk::Low,
        effect: EffectClass::LocalChange,
        about: "Shows a message on the screen, if anybody is there to see it. It never proves that it was seen.",
        undo: "cannot be undone: a message is no lasting change",
        bulk: &[],
        needs: None,
        example: r#"{"title":"backup done","text":"12 files, 3 MB"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { title, text, sound } = args;
        for (what, said, most) in [("title", &title, TITLE), ("text", &text, TEXT)] {
            let length = said.chars().count();
            if length > most {
                return Err(Unclear::Args(format!("{what} has {length} characters: {most} are the most")));
            }
        }
        if title.trim().is_empty() {
            return Err(Unclear::Args("title is empty: say what it is about".into()));
        }
        Ok(vec![Wanted::Screen(ScreenWanted { title, text, sound })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Shown { program }) = happened.first() else { return Value::Null };
        json!({ "shown": "unknown", "program": program })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn what_is_too_long_for_a_screen_is_not_sent_there() {
        let plan = |title: &str, text: &str| {
            let bound = NotifyDesktop.bind(&json!({"title": title, "text": text})).unwrap();
            Tool::plan(&NotifyDesktop, &bound)
        };
        assert!(plan("t", &"\u{e9}".repeat(1000)).is_ok());
        assert!(plan("t", &"\u{e9}".repeat(1001)).is_err() && plan(" ", "x").is_err());
    }
}
