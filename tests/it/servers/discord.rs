//! A recorder with the wire format of Discord's webhooks.

use super::{Asked, Handler, Talk, answer, request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub const TOKEN: &str = "tokEn-of_the_webhook_0123456789";

/// What the channel holds, and how the next posts are met.
#[derive(Default)]
pub struct Channel {
    pub messages: Mutex<BTreeMap<String, Value>>,
    /// Moods, one a post; then it is well.
    pub moods: Mutex<Vec<Mood>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// No room for some milliseconds.
    Full(u64),
    /// It breaks before it keeps anything, and says so.
    Broken,
    /// It keeps the message, and the connection is cut.
    CutAfter,
    /// The webhook is gone.
    Gone,
    /// Success is claimed, and nothing is kept: what `wait=false` means.
    Empty,
}

pub fn handler(channel: &Arc<Channel>) -> Arc<Handler> {
    let channel = Arc::clone(channel);
    Arc::new(move |talk, life| {
        let Some(asked) = request(talk) else { return };
        life.note(asked.clone());
        let post = format!("/api/v10/webhooks/123456/{TOKEN}?wait=true");
        let message = format!("/api/v10/webhooks/123456/{TOKEN}/messages/");
        if asked.header("user-agent").is_none_or(|agent| !agent.starts_with("DiscordBot (")) {
            return answer(talk, "403 Forbidden", &[], b"error code: 1010");
        }
        match (asked.method.as_str(), asked.target.strip_prefix(&message)) {
            ("POST", _) if asked.target == post => channel.post(talk, &asked),
            ("DELETE", Some(_)) if channel.moods.lock().unwrap().pop() == Some(Mood::Broken) => {
                said(talk, "500 Internal Server Error", &json!({"message": "500: Internal Server Error"}));
            }
            ("DELETE", Some(id)) => match channel.messages.lock().unwrap().remove(id) {
                Some(_) => drop(talk.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")),
                None => said(talk, "404 Not Found", &json!({"message": "Unknown Message", "code": 10008})),
            },
            _ => said(talk, "404 Not Found", &json!({"message": "Unknown Webhook", "code": 10015})),
        }
    })
}

fn said(talk: &mut dyn Talk, status: &str, value: &Value) {
    answer(talk, status, &[("content-type", "application/json")], value.to_string().as_bytes());
}

impl Channel {
    fn post(&self, talk: &mut dyn Talk, asked: &Asked) {
        let mood = {
            let mut moods = self.moods.lock().unwrap();
            (!moods.is_empty()).then(|| moods.remove(0))
        };
        match mood {
            Some(Mood::Full(ms)) => {
                let seconds = ms as f64 / 1000.0;
                let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
                let after = format!("{}", ms.div_ceil(1000));
                let headers = [("content-type", "application/json"), ("retry-after", after.as_str())];
                return answer(talk, "429 Too Many Requests", &headers, body.to_string().as_bytes());
            }
            Some(Mood::Broken) => {
                return said(
                    talk,
                    "500 Internal Server Error",
                    &json!({"message": "500: Internal Server Error"}),
                );
            }
            Some(Mood::Gone) => return said(talk, "404 Not Found", &json!({"message": "Unknown Webhook"})),
            Some(Mood::Empty) => return said(talk, "200 OK", &json!({})),
            Some(Mood::CutAfter) | None => {}
        }
        let Ok(message) = serde_json::from_slice::<Value>(&asked.body) else {
            return said(talk, "400 Bad Request", &json!({"message": "not JSON", "code": 50109}));
        };
        let content = message["content"].as_str().unwrap_or_default();
        if content.is_empty() || content.encode_utf16().count() > 2000 {
            return said(talk, "400 Bad Request", &json!({"message": "Invalid Form Body", "code": 50035}));
        }
        let mut messages = self.messages.lock().unwrap();
        let id = (1_100_000_000_000_000_000_u64 + messages.len() as u64).to_string();
        messages.insert(id.clone(), message.clone());
        if mood != Some(Mood::CutAfter) {
            said(talk, "200 OK", &json!({"id": id, "content": content}));
        }
    }
}
