//! Discord's webhooks: what is posted, and what is heard. Protocol only.

use crate::state::{Home, Secrets};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use url::{Host, Url};

/// The host that takes messages.
pub const HOST: &str = "discord.com";
/// Most characters of one message, as Discord counts.
pub const LONGEST: usize = 2000;
/// What Discord wants to be told about who posts.
pub const AGENT: &str =
    concat!("DiscordBot (https://crates.io/crates/fleet, ", env!("CARGO_PKG_VERSION"), ")");

/// The right to post to one channel. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    id: String,
    token: String,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({}, …)", self.id)
    }
}

impl Webhook {
    /// Reads the address that Discord shows for it.
    pub fn parse(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        let own = matches!(url.host(), Some(Host::Domain("discord.com" | "discordapp.com")));
        let plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
        let mut path: Vec<_> = url.path_segments()?.collect();
        path.retain(|part| !part.is_empty());
        let version = |part: &str| part.strip_prefix('v').is_some_and(|n| n.parse::<u8>().is_ok());
        if path.first() != Some(&"api") || !own || !plain {
            return None;
        }
        let [_, rest @ ..] = path.as_slice() else { return None };
        let rest = match rest {
            [first, rest @ ..] if version(first) => rest,
            rest => rest,
        };
        let ["webhooks", id, token] = rest else { return None };
        let number = (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let good = number && (16..=200).contains(&token.len()) && token.bytes().all(word);
        good.then(|| Self { id: (*id).to_owned(), token: (*token).to_owned() })
    }

    /// Its number, which tells nobody how to post.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where a message is posted. Only with `wait` does an answer tell whether it was kept.
    pub fn posts(&self) -> String {
        format!("/api/v10/webhooks/{}/{}?wait=true", self.id, self.token)
    }

    /// Where one of its messages is.
    pub fn message(&self, id: &str) -> String {
        format!("/api/v10/webhooks/{}/{}/messages/{id}", self.id, self.token)
    }

    /// `text` without what lets one post.
    pub fn hide(&self, text: &str) -> String {
        text.replace(&self.token, "⟨webhook⟩")
    }
}

/// The webhook of the owner's channel of this name, if the store has one that can be used.
pub fn of_channel(home: &Home, channel: &str) -> Option<Webhook> {
    let secret = Secrets::of(home).get(&format!("discord:{channel}")).ok()??;
    Webhook::parse(secret.reveal())
}

/// How long Discord takes `text` to be.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The request of a message that calls nobody, whatever it says.
pub fn body(text: &str) -> Vec<u8> {
    // Bit 2: no previews of addresses, which would be asked for from elsewhere.
    json!({ "content": text, "allowed_mentions": { "parse": [] }, "flags": 4 }).to_string().into_bytes()
}

/// What an answer to a message means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is in the channel, as this.
    Kept(Option<String>),
    /// It is not, and may be tried again after so many milliseconds.
    Later(u64),
    /// It is not, and will not be.
    Refused(String),
    /// It cannot be told.
    Unclear(String),
}

#[derive(Deserialize, Default)]
struct Answer {
    id: Option<String>,
    message: Option<String>,
    retry_after: Option<f64>,
}

/// Reads an answer. Only a 2xx says that a message was kept.
pub fn heard(status: u16, retry_after: Option<&str>, reset_after: Option<&str>, body: &[u8]) -> Heard {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    // Whole: cut, it could show a part of the token, which is looked for as a whole.
    let said = answer.message.map_or_else(String::new, |message| format!(": {message}"));
    let number = |id: &String| (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    match status {
        200..=299 => Heard::Kept(answer.id.filter(number)),
        429 => {
            let told = |text: Option<&str>| text.and_then(|t| t.trim().parse::<f64>().ok());
            let seconds = answer.retry_after.or_else(|| told(retry_after)).or_else(|| told(reset_after));
            Heard::Later(millis(seconds.unwrap_or(1.0)))
        }
        401 | 403 | 404 => {
            Heard::Refused(format!("its webhook is gone or was revoked (status {status}){said}"))
        }
        500..=599 => Heard::Unclear(format!("status {status}{said}")),
        _ => Heard::Refused(format!("status {status}{said}")),
    }
}

/// Seconds as milliseconds, a little up; nonsense is an hour.
fn millis(seconds: f64) -> u64 {
    const HOUR: u64 = 3_600_000;
    let time = Duration::try_from_secs_f64(seconds).ok();
    time.and_then(|time| u64::try_from(time.as_millis()).ok())
        .map_or(HOUR, |ms| ms.saturating_add(1).min(HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "aB3-_aB3-_aB3-_aB3-_";

    #[test]
    fn only_discords_own_addresses_are_webhooks_and_none_prints_its_right() {
        for good in [
            format!("https://discord.com/api/webhooks/123/{TOKEN}"),
            format!("https://discordapp.com/api/v10/webhooks/123/{TOKEN}/"),
            format!(" https://discord.com:443/api/webhooks/123/{TOKEN}?wait=true\n"),
        ] {
            let webhook = Webhook::parse(&good).unwrap();
            assert_eq!(webhook.id(), "123");
            assert_eq!(webhook.posts(), format!("/api/v10/webhooks/123/{TOKEN}?wait=true"));
            assert!(!format!("{webhook:?}").contains(TOKEN));
            assert!(!webhook.hide(&good).contains(TOKEN));
        }
        for bad in [
            format!("http://discord.com/api/webhooks/123/{TOKEN}"),
            format!("https://discord.com.evil.example/api/webhooks/123/{TOKEN}"),
            format!("https://discord.com@evil.example/api/webhooks/123/{TOKEN}"),
            format!("https://u@discord.com/api/webhooks/123/{TOKEN}"),
            format!("https://discord.com:8443/api/webhooks/123/{TOKEN}"),
            format!("https://discord.com/api/webhooks/12x/{TOKEN}"),
            format!("https://discord.com/api/webhooks/123/{TOKEN}/messages"),
            format!("https://discord.com/webhooks/123/{TOKEN}"),
            "https://discord.com/api/webhooks/123/short".into(),
            "https://discord.com/api/webhooks/123/%2e%2e%2f%2e%2e%2f%2e%2e%2f".into(),
            String::new(),
        ] {
            assert_eq!(Webhook::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn only_a_2xx_says_that_a_message_was_kept() {
        let hear = |status, body: &str| heard(status, Some("5"), Some("7"), body.as_bytes());
        assert_eq!(hear(200, r#"{"id":"42","content":"x"}"#), Heard::Kept(Some("42".into())));
        assert_eq!(hear(204, ""), Heard::Kept(None));
        assert_eq!(hear(200, r#"{"id":"../../x"}"#), Heard::Kept(None));
        assert_eq!(hear(429, r#"{"message":"slow","retry_after":0.35,"global":false}"#), Heard::Later(351));
        assert_eq!(hear(429, "not json"), Heard::Later(5001));
        assert_eq!(hear(429, r#"{"retry_after":-1.0}"#), Heard::Later(3_600_000));
        assert!(
            matches!(hear(404, r#"{"message":"Unknown Webhook"}"#), Heard::Refused(why) if why.contains("Unknown"))
        );
        assert!(matches!(hear(400, "{}"), Heard::Refused(_)));
        assert!(matches!(hear(302, ""), Heard::Refused(_)));
        for status in [500, 502, 503, 504] {
            assert!(matches!(hear(status, "<html>"), Heard::Unclear(_)), "{status}");
        }
    }

    #[test]
    fn what_is_said_about_a_message_is_whole_until_the_token_is_hidden() {
        let webhook = Webhook::parse(&format!("https://discord.com/api/webhooks/123/{TOKEN}")).unwrap();
        let body = json!({ "message": format!("{}{TOKEN}", "x".repeat(190)) }).to_string();
        let Heard::Refused(why) = heard(404, None, None, body.as_bytes()) else { panic!("not refused") };
        assert!(!webhook.hide(&why).contains("aB3"), "{why}");
    }

    #[test]
    fn a_message_calls_nobody_and_is_counted_as_discord_counts() {
        let body: serde_json::Value = serde_json::from_slice(&body("@everyone <@1>")).unwrap();
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        assert_eq!(length("a\u{e9}\u{1f600}"), 4);
    }
}
