//! A raw line, judged before the SDK decodes it: strict JSON, one message, an id that can be answered.
//! What is wrong is answered if it can be, and never ends the server.

use crate::call::visible_line;
use crate::canon;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode, ErrorData, JsonRpcError,
    JsonRpcMessage, JsonRpcNotification, JsonRpcRequest, RequestId, ServerJsonRpcMessage,
};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The longest line that is read: arguments may have 1 MiB, and an envelope is around them.
pub(super) const LONGEST: usize = (1 << 20) + (64 << 10);

/// Methods that this server has: their parameters must be what the protocol says.
const OWN: &[&str] = &["initialize", "server/discover", "ping", "tools/list", "tools/call"];

/// What a line says.
#[derive(Debug)]
pub(super) enum Heard {
    /// One message for the SDK.
    Message(Box<ClientJsonRpcMessage>),
    /// Nothing that can be served; this is the answer.
    Wrong(Box<ServerJsonRpcMessage>),
    /// Nothing, and nobody waits for an answer.
    Nothing,
}

/// Judges `line`, without its line feed.
pub(super) fn hear(line: &[u8]) -> Heard {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Heard::Nothing;
    }
    let value = match canon::parse_any_length(line) {
        Ok(value) => value,
        Err(e) => {
            let id = serde_json::from_slice::<Envelope>(line).ok().and_then(|envelope| envelope.id());
            return wrong(ErrorCode::PARSE_ERROR, e.to_string(), id);
        }
    };
    let Value::Object(members) = &value else {
        let what = if value.is_array() { "batches are not taken" } else { "a message is a JSON object" };
        return wrong(ErrorCode::INVALID_REQUEST, format!("{what}: send one object a line"), None);
    };
    let id = members.get("id");
    let good = id.and_then(good_id);
    let Some(method) = members.get("method") else {
        // This server asks for nothing, so an answer answers nothing.
        let answer = members.contains_key("result") || members.contains_key("error");
        let why = "a message has a `method`";
        return if answer { Heard::Nothing } else { wrong(ErrorCode::INVALID_REQUEST, why, good) };
    };
    let invalid = |why: &str| wrong(ErrorCode::INVALID_REQUEST, why, good.clone());
    if id.is_some() && good.is_none() {
        return invalid("`id` must be a string or an integer within 64 bits");
    }
    if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid("`jsonrpc` must be \"2.0\"");
    }
    let Some(method) = method.as_str().map(str::to_owned) else {
        return invalid("`method` must be a string");
    };
    let object = members.get("params").is_none_or(Value::is_object);
    match good {
        None if object => notification(value),
        None => Heard::Nothing,
        Some(id) if object => request(value, &method, id),
        Some(id) => {
            wrong(ErrorCode::INVALID_PARAMS, format!("{method}: `params` must be an object"), Some(id))
        }
    }
}

/// The answer to a line of this many bytes or more, of which nothing was kept.
pub(super) fn too_long() -> ServerJsonRpcMessage {
    let why = format!("a line has at most {LONGEST} bytes; this one was not read");
    error(ErrorCode::INVALID_REQUEST, why, None)
}

/// An error message.
pub(super) fn error(code: ErrorCode, why: impl Into<String>, id: Option<RequestId>) -> ServerJsonRpcMessage {
    JsonRpcMessage::Error(JsonRpcError::new(id, ErrorData::new(code, why.into(), None)))
}

fn wrong(code: ErrorCode, why: impl Into<String>, id: Option<RequestId>) -> Heard {
    Heard::Wrong(Box::new(error(code, why, id)))
}

fn request(value: Value, method: &str, id: RequestId) -> Heard {
    let name = || visible_line(method, 60);
    match serde_json::from_value::<JsonRpcRequest<ClientRequest>>(value) {
        // The SDK takes what it cannot read for a method that it does not know.
        Ok(JsonRpcRequest { request: ClientRequest::CustomRequest(_), .. }) if OWN.contains(&method) => {
            wrong(ErrorCode::INVALID_PARAMS, format!("`params` are not those of `{}`", name()), Some(id))
        }
        Ok(request) => Heard::Message(Box::new(JsonRpcMessage::Request(request))),
        Err(_) => wrong(ErrorCode::INVALID_REQUEST, format!("`{}` is no request", name()), Some(id)),
    }
}

fn notification(value: Value) -> Heard {
    match serde_json::from_value::<JsonRpcNotification<ClientNotification>>(value) {
        Ok(notification) => Heard::Message(Box::new(JsonRpcMessage::Notification(notification))),
        Err(_) => Heard::Nothing,
    }
}

fn good_id(id: &Value) -> Option<RequestId> {
    match id {
        Value::String(text) => Some(RequestId::String(text.as_str().into())),
        Value::Number(number) => number.as_i64().map(RequestId::Number),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What can be told of a line that is not strict JSON: whose request it was, if it has one id and a
/// method.
struct Envelope {
    ids: Vec<Value>,
    method: bool,
}

impl Envelope {
    fn id(self) -> Option<RequestId> {
        match self.ids.as_slice() {
            [id] if self.method => good_id(id),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Top;
        impl<'de> Visitor<'de> for Top {
            type Value = Envelope;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
                let mut seen = Envelope { ids: Vec::new(), method: false };
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "id" => seen.ids.push(map.next_value()?),
                        other => {
                            seen.method |= other == "method";
                            let IgnoredAny = map.next_value()?;
                        }
                    }
                }
                Ok(seen)
            }
        }
        from.deserialize_map(Top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code and the id of the answer, or what else it is.
    fn told(line: &[u8]) -> String {
        match hear(line) {
            Heard::Message(message) => match *message {
                JsonRpcMessage::Request(r) => format!("request {}", r.request.method()),
                JsonRpcMessage::Notification(_) => "notification".into(),
                JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => "answer".into(),
            },
            Heard::Wrong(answer) => {
                let answer = serde_json::to_value(answer).unwrap();
                format!(
                    "{} {}",
                    answer["error"]["code"],
                    answer.get("id").map_or("-".into(), Value::to_string)
                )
            }
            Heard::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn lines_are_told_apart_before_they_are_decoded() {
        let deep = format!("{}{}", r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"#, "[".repeat(200));
        for (line, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "request ping"),
            (
                "  {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/list\",\"params\":{}}\r",
                "request tools/list",
            ),
            (r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#, "request no/such"),
            (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "notification"),
            (r#"{"jsonrpc":"2.0","method":"notifications/strange","params":{"a":1}}"#, "notification"),
            (r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}"#, "nothing"),
            (r#"{"jsonrpc":"2.0","id":7,"result":{}}"#, "nothing"),
            ("", "nothing"),
            (" \t", "nothing"),
            ("{", "-32700 -"),
            ("hello", "-32700 -"),
            ("\u{feff}{}", "-32700 -"),
            (r#"{"jsonrpc":"2.0","id":3,"method":"ping","method":"tools/call"}"#, "-32700 3"),
            (r#"{"jsonrpc":"2.0","id":3,"id":4,"method":"ping"}"#, "-32700 -"),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","n\u0061me":"b"}}"#,
                "-32700 3",
            ),
            (r#"{"jsonrpc":"2.0","id":3,"method":"ping"} {}"#, "-32700 -"),
            (&deep, "-32700 -"),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, "-32600 -"),
            ("[]", "-32600 -"),
            ("1", "-32600 -"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "-32600 -"),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, "-32600 -"),
            (r#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, "-32600 -"),
            (r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, "-32600 -"),
            (r#"{"jsonrpc":"2.0","id":18446744073709551615,"method":"ping"}"#, "-32600 -"),
            (r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#, "-32600 5"),
            (r#"{"id":5,"method":"ping"}"#, "-32600 5"),
            (r#"{"jsonrpc":"2.0","id":5,"method":9}"#, "-32600 5"),
            (r#"{"jsonrpc":"2.0","id":5}"#, "-32600 5"),
            (r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[]}"#, "-32602 5"),
            (r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"arguments":{}}}"#, "-32602 5"),
            (
                r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a","arguments":[]}}"#,
                "-32602 5",
            ),
            (r#"{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"protocolVersion":1}}"#, "-32602 5"),
        ] {
            assert_eq!(told(line.as_bytes()), expected, "{line}");
        }
        assert_eq!(told(b"{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\",\"x\":\"\xff\"}"), "-32700 8");
        assert_eq!(told(br#"{"jsonrpc":"2.0","id":8,"method":"ping","params":{"x":"\ud800"}}"#), "-32700 8");
    }
}
