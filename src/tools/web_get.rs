//! Ask a host on the web for something.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Happened, Method, Risk, Wanted, WebWanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most bytes of an answer, and most seconds to wait for it.
pub(super) const MOST_BYTES: u64 = 16 << 20;
pub(super) const MOST_SECONDS: u32 = 300;

pub struct WebGet;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The address, from `https://`; no user, no password.
    url: String,
    /// `HEAD` asks for the headers alone.
    #[serde(default)]
    method: Reads,
    /// Headers such as `accept` and `accept-language`; others make the call ask.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The mark of an earlier answer: without a change since then there is no body.
    #[serde(default)]
    #[schemars(with = "String")]
    etag: Option<String>,
    /// How the answer is given: its bytes, parsed JSON, the text of a page, or its article alone.
    #[serde(default, rename = "as")]
    form: Form,
    /// Bytes kept of the answer; 16777216 is the most.
    #[serde(default = "some")]
    max_bytes: u64,
    /// Seconds until it is given up; 300 is the most.
    #[serde(default = "half_a_minute")]
    timeout_s: u32,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Reads {
    #[default]
    Get,
    Head,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Raw,
    Json,
    Text,
    Article,
}

pub(super) const fn some() -> u64 {
    1 << 20
}

pub(super) const fn half_a_minute() -> u32 {
    30
}

/// Refuses limits that are none.
pub(super) fn bounded(max_bytes: u64, timeout_s: u32) -> Result<(), Unclear> {
    if max_bytes == 0 || max_bytes > MOST_BYTES {
        return Err(Unclear::Args(format!("max_bytes is {max_bytes}: expected 1 to {MOST_BYTES}")));
    }
    if timeout_s == 0 || timeout_s > MOST_SECONDS {
        return Err(Unclear::Args(format!("timeout_s is {timeout_s}: expected 1 to {MOST_SECONDS}")));
    }
    Ok(())
}

impl Typed for WebGet {
    type Args = Args;
    const CARD: Card = Card {
        name: "web_get",
        family: "web",
        risk: Risk::Medium,
        effect: EffectClass::Read,
        about: "Gets a page or file from a public host. Redirects on the same host are followed, others returned.",
        undo: "nothing to undo; the host saw the request",
        bulk: &[],
        needs: None,
        example: r#"{"url":"https://example.com/","as":"text"}"#,
    };
    const LACKS: Option<&'static str> =
        Some("requests are not built into this version of fleet yet: it judges such calls, and makes none");

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { url, method, headers, etag, max_bytes, timeout_s, .. } = args;
        bounded(max_bytes, timeout_s)?;
        let method = match method {
            Reads::Get => Method::Get,
            Reads::Head => Method::Head,
        };
        let etag = etag.map(|etag| ("if-none-match".to_owned(), etag));
        let headers = headers.into_iter().chain(etag).collect();
        let (body, secret) = (Vec::new(), None);
        Ok(vec![Wanted::Web(WebWanted { method, url, headers, body, secret, max_bytes, timeout_s })])
    }

    fn report(_: Args, _: &[Happened]) -> Value {
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn it_only_reads_and_an_etag_is_a_header() {
        assert!(WebGet.bind(&json!({"url": "https://example.com/", "method": "POST"})).is_err());
        assert!(WebGet.bind(&json!({"url": "https://example.com/", "method": "get"})).is_err());
        let bound = WebGet.bind(&json!({"url": "https://example.com/", "etag": "\"x\""})).unwrap();
        let Ok(planned) = Tool::plan(&WebGet, &bound) else { panic!("no plan") };
        let Some(Wanted::Web(web)) = planned.first() else { panic!("no request") };
        assert_eq!(
            (web.method, web.headers.as_slice()),
            (Method::Get, &[("if-none-match".into(), "\"x\"".into())][..])
        );
        for bad in [json!({"max_bytes": 0}), json!({"timeout_s": 301})] {
            let mut args = json!({"url": "https://example.com/"});
            args.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            assert!(Tool::plan(&WebGet, &WebGet.bind(&args).unwrap()).is_err(), "{bad}");
        }
    }
}
