//! Ask a host on the web for something.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, page};
use crate::call::{Answered, Happened, Method, Risk, Wanted, WebWanted};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default, Clone, Copy, PartialEq, Eq)]
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

/// What every answer says, whatever becomes of its content.
pub(super) fn said(answer: &Answered) -> Value {
    let mut result = json!({ "status": answer.status, "final_url": answer.final_url });
    let told = [
        ("type", &answer.content_type),
        ("etag", &answer.etag),
        ("last_modified", &answer.last_modified),
        ("location", &answer.location),
        ("not_followed", &answer.not_followed),
        ("retry_after", &answer.retry_after),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            insert(&mut result, name, value.as_str().into());
        }
    }
    if answer.hops > 0 {
        insert(&mut result, "redirects", answer.hops.into());
    }
    result
}

/// The content as it came: as text where it is text, else as Base64.
pub(super) fn raw(result: &mut Value, answer: &Answered) {
    let cut = |e: &std::str::Utf8Error| answer.truncated && e.error_len().is_none();
    let text = match std::str::from_utf8(&answer.body) {
        Ok(text) => Some(text),
        // A character was cut in two.
        Err(e) if cut(&e) => answer.body.get(..e.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok()),
        Err(_) => None,
    };
    match text {
        Some(text) => insert(result, "body", text.into()),
        None => {
            insert(result, "base64", base64::engine::general_purpose::STANDARD.encode(&answer.body).into());
        }
    }
}

fn page_of(result: &mut Value, answer: &Answered, article: bool) {
    let text = page::decoded(&answer.body, answer.content_type.as_deref());
    let said = answer.content_type.as_deref().unwrap_or("text/html").to_ascii_lowercase();
    // What is no page is text already.
    if !said.contains("html") && !said.contains("xml") {
        return insert(result, "text", text.into());
    }
    let read = if article { page::article } else { page::text };
    let page::Text { title, text, links } = read(&text, &answer.final_url);
    insert(result, "title", title.into());
    insert(result, "text", text.into());
    insert(result, "links", json!(links));
}

pub(super) fn insert(result: &mut Value, name: &str, value: Value) {
    if let Some(members) = result.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
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

    fn report(args: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Answered(answer)) = happened.first() else { return Value::Null };
        let mut result = said(answer);
        if args.method == Reads::Head {
            insert(&mut result, "length", answer.length.into());
            return result;
        }
        insert(&mut result, "bytes", answer.body.len().into());
        insert(&mut result, "truncated", answer.truncated.into());
        match args.form {
            Form::Raw => raw(&mut result, answer),
            Form::Json => match serde_json::from_slice(&answer.body) {
                Ok(value) => insert(&mut result, "json", value),
                Err(e) => {
                    let cut = if answer.truncated { "it was cut at max_bytes: " } else { "" };
                    insert(&mut result, "error", format!("the answer is not JSON: {cut}{e}").into());
                }
            },
            Form::Text | Form::Article => page_of(&mut result, answer, matches!(args.form, Form::Article)),
        }
        result
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
