//! Post to one of the owner's channels.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Happened, Malformed, RemoteWanted, Risk, Severity, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest title and key.
const TITLE: usize = 200;
const KEY: usize = 100;

pub struct NotifyDiscord;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The owner's name for the channel, as `[discord] channels` of fleet.toml has it.
    channel: String,
    /// How soon the owner wants to know.
    #[serde(default)]
    severity: Severity,
    /// The first line.
    title: String,
    /// What there is to say; with the title 2000 characters at most. It calls nobody.
    #[serde(default)]
    text: String,
    /// What it is about: the same trouble has the same key.
    #[serde(default)]
    #[schemars(with = "String")]
    key: Option<String>,
}

impl Typed for NotifyDiscord {
    type Args = Args;
    const CARD: Card = Card {
        name: "notify_discord",
        family: "notify",
        risk: Risk::Medium,
        effect: EffectClass::ExternalSend,
        about: "Posts a message to one of the owner's own Discord channels, and says whether it was kept there.",
        undo: "`fleet veto` deletes the message; who read it has read it",
        bulk: &[],
        needs: None,
        example: r#"{"channel":"alerts","severity":"warn","title":"disk nearly full","text":"/ has 2 GB left"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { channel, severity, title, text, key } = args;
        if channel.is_empty() || channel.len() > 64 || !channel.bytes().all(word) {
            let why = "is not a name for a channel: letters, digits, `-` and `_`";
            return Err(Malformed::new("channel", &channel, why).into());
        }
        line("title", &title, TITLE)?;
        key.as_deref().map_or(Ok(()), |key| line("key", key, KEY))?;
        if key.as_ref().is_some_and(|key| key.contains('`')) {
            return Err(Malformed::new("key", &key.unwrap_or_default(), "contains a backtick").into());
        }
        Ok(vec![Wanted::Remote(RemoteWanted::Discord { channel, severity, title, text, key })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Posted { channel, message, attempts, waited_ms, .. }) = happened.first() else {
            return Value::Null;
        };
        json!({
            "channel": channel, "message_id": message, "attempts": attempts, "waited_ms": waited_ms,
        })
    }
}

const fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

fn line(what: &'static str, text: &str, most: usize) -> Result<(), Unclear> {
    if text.trim().is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        let why = format!("is not one line of 1 to {most} characters");
        return Err(Malformed::new(what, text, why).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn a_channel_is_a_name_and_a_title_is_a_line() {
        let plan = |more: Value| {
            let mut args = json!({"channel": "alerts", "title": "t"});
            args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Tool::plan(&NotifyDiscord, &NotifyDiscord.bind(&args).unwrap())
        };
        assert!(plan(json!({"text": "line\nline"})).is_ok());
        for bad in [
            json!({"channel": "https://discord.com/api/webhooks/1/x"}),
            json!({"channel": ""}),
            json!({"title": "two\nlines"}),
            json!({"title": " "}),
            json!({"title": "x".repeat(201)}),
            json!({"key": "a`b"}),
        ] {
            assert!(plan(bad.clone()).is_err(), "{bad}");
        }
        assert!(NotifyDiscord.bind(&json!({"channel": "a", "title": "t", "url": "https://x"})).is_err());
    }
}
