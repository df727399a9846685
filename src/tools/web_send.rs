//! Send something to a host on the web.

use super::typed::{Typed, Unclear};
use super::web_get::{bounded, half_a_minute, insert, raw, said, some};
use super::{Card, EffectClass};
use crate::call::{Happened, Malformed, Method, Risk, Wanted, WebWanted};
use crate::canon;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct WebSend;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The address, from `https://`; no user, no password.
    url: String,
    /// What it does at its host.
    #[serde(default)]
    method: Changes,
    /// Headers such as `accept` and `content-type`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// What is sent, as text.
    #[serde(default)]
    #[schemars(with = "String")]
    body: Option<String>,
    /// What is sent, as JSON; instead of `body`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    json: Option<Value>,
    /// The name of a stored credential that goes with it, in the header `authorization`.
    #[serde(default)]
    #[schemars(with = "String")]
    secret: Option<String>,
    /// Bytes kept of the answer; 16777216 is the most.
    #[serde(default = "some")]
    max_bytes: u64,
    /// Seconds until it is given up; 300 is the most.
    #[serde(default = "half_a_minute")]
    timeout_s: u32,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Changes {
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

impl Typed for WebSend {
    type Args = Args;
    const CARD: Card = Card {
        name: "web_send",
        family: "web",
        risk: Risk::High,
        effect: EffectClass::ExternalSend,
        about: "Sends a request that can change something at a public host, after a person approved exactly that.",
        undo: "cannot be undone by fleet",
        bulk: &["body", "json"],
        needs: None,
        example: r#"{"url":"https://example.com/items","method":"POST","json":{"name":"x"}}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { url, method, headers, body, json, secret, max_bytes, timeout_s } = args;
        bounded(max_bytes, timeout_s)?;
        if secret.as_ref().is_some_and(|name| !is_name(name)) {
            let why = "is not the name of a stored credential: letters, digits, `-`, `_` and `.`";
            return Err(Malformed::new("secret", &secret.unwrap_or_default(), why).into());
        }
        let method = match method {
            Changes::Post => Method::Post,
            Changes::Put => Method::Put,
            Changes::Patch => Method::Patch,
            Changes::Delete => Method::Delete,
        };
        let mut headers: Vec<_> = headers.into_iter().collect();
        let body = match (body, json) {
            (Some(_), Some(_)) => return Err(Unclear::Args("give body or json, not both".into())),
            (Some(body), None) => body.into_bytes(),
            (None, Some(json)) => {
                if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                    headers.push(("content-type".into(), "application/json".into()));
                }
                canon::canonical(&json).map_err(|e| Unclear::Args(format!("json: {e}")))?.into_bytes()
            }
            (None, None) => Vec::new(),
        };
        Ok(vec![Wanted::Web(WebWanted { method, url, headers, body, secret, max_bytes, timeout_s })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Answered(answer)) = happened.first() else { return Value::Null };
        let mut result = said(answer);
        insert(&mut result, "truncated", answer.truncated.into());
        raw(&mut result, answer);
        result
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn one_body_and_a_secret_by_name() {
        let plan = |more: Value| {
            let mut args = json!({"url": "https://example.com/"});
            args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Tool::plan(&WebSend, &WebSend.bind(&args).unwrap())
        };
        assert!(plan(json!({"body": "a", "json": {}})).is_err());
        assert!(plan(json!({"secret": "../x"})).is_err());
        let planned = plan(json!({"json": {"b": 1, "a": 2}})).unwrap();
        let Some(Wanted::Web(web)) = planned.first() else { panic!("no request") };
        assert_eq!((web.method, web.body.as_slice()), (Method::Post, &br#"{"a":2,"b":1}"#[..]));
        assert_eq!(web.headers, [("content-type".to_owned(), "application/json".to_owned())]);
        assert!(WebSend.bind(&json!({"url": "https://example.com/", "method": "GET"})).is_err());
    }
}
