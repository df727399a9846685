//! Read a feed: RSS or Atom.

use super::page;
use super::typed::{Typed, Unclear};
use super::web_get::{half_a_minute, insert, said};
use super::{Card, EffectClass};
use crate::call::{Answered, Happened, Method, Risk, Wanted, WebWanted, visible_line};
use feed_rs::model::{Entry, Feed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest feed that is read.
const MOST_BYTES: u64 = 8 << 20;
/// Most entries that are told.
const MOST_ENTRIES: u32 = 500;
/// Longest text of one entry.
const TEXT: usize = 8 * 1024;
/// Longest title, id or link of one.
const LINE: usize = 1024;
/// Deepest that elements may stand in each other.
const DEEP: usize = 100;

/// Most entries and elements of a feed that is read: each takes memory, however short it is written.
const ENTRIES: usize = 20_000;
const ELEMENTS: usize = 300_000;

pub struct WebFeed;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The address, from `https://`.
    url: String,
    /// The mark of an earlier answer: without a change since then there are no entries.
    #[serde(default)]
    #[schemars(with = "String")]
    etag: Option<String>,
    /// Only entries from then on, as `2026-11-24T08:00:00Z`; those without a date are told.
    #[serde(default)]
    #[schemars(with = "String")]
    since: Option<jiff::Timestamp>,
    /// Most entries; 500 is the most.
    #[serde(default = "fifty")]
    limit: u32,
    /// Seconds until it is given up; 300 is the most.
    #[serde(default = "half_a_minute")]
    timeout_s: u32,
}

const fn fifty() -> u32 {
    50
}

impl Typed for WebFeed {
    type Args = Args;
    const CARD: Card = Card {
        name: "web_feed",
        family: "web",
        risk: Risk::Medium,
        effect: EffectClass::Read,
        about: "Reads a feed (RSS, Atom) of a public host: its entries with ids, links, dates and text.",
        undo: "nothing to undo; the host saw the request",
        bulk: &[],
        needs: None,
        example: r#"{"url":"https://example.com/feed.xml","limit":10}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { url, etag, limit, timeout_s, .. } = args;
        super::web_get::bounded(MOST_BYTES, timeout_s)?;
        if limit == 0 || limit > MOST_ENTRIES {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST_ENTRIES}")));
        }
        let accept =
            "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1";
        let mut headers = vec![("accept".to_owned(), accept.to_owned())];
        headers.extend(etag.map(|etag| ("if-none-match".to_owned(), etag)));
        let (method, body, secret, max_bytes) = (Method::Get, Vec::new(), None, MOST_BYTES);
        Ok(vec![Wanted::Web(WebWanted { method, url, headers, body, secret, max_bytes, timeout_s })])
    }

    fn report(args: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Answered(answer)) = happened.first() else { return Value::Null };
        let mut result = said(answer);
        insert(&mut result, "not_modified", (answer.status == 304).into());
        if answer.status != 200 {
            insert(&mut result, "entries", json!([]));
            return result;
        }
        match read(answer) {
            Ok(feed) => {
                let (entries, more) = entries(&feed, &args);
                let title = feed.title.as_ref().map(|title| line(&title.content));
                insert(&mut result, "feed", json!({ "title": title }));
                insert(&mut result, "entries", entries);
                insert(&mut result, "truncated", more.into());
            }
            Err(why) => {
                insert(&mut result, "entries", json!([]));
                insert(&mut result, "error", why.into());
            }
        }
        result
    }
}

/// Reads a feed; what is none, or could be a trap for readers of feeds, is an error.
fn read(answer: &Answered) -> Result<Feed, String> {
    if answer.truncated {
        return Err(format!("the feed is longer than {MOST_BYTES} bytes"));
    }
    shallow(&answer.body)?;
    let parser = feed_rs::parser::Builder::new().base_uri(Some(&answer.final_url)).build();
    parser
        .parse(answer.body.as_slice())
        .map_err(|e| format!("it is not a feed: {}", visible_line(&e.to_string(), 300)))
}

/// Refuses what declares names of its own for texts, and elements that stand in each other without end.
fn shallow(xml: &[u8]) -> Result<(), String> {
    let (mut depth, mut elements, mut entries) = (0_usize, 0_usize, 0_usize);
    let mut rest = xml;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let through = |end: &[u8]| memchr::memmem::find(rest, end).map_or(rest.len(), |at| at + end.len());
        let skip = match rest {
            [b'!', b'-', b'-', ..] => through(b"-->"),
            [b'!', b'[', ..] => through(b"]]>"),
            [b'!', ..] => {
                let head = rest.get(..rest.len().min(1 << 16)).unwrap_or_default();
                if memchr::memmem::find(head, b"<!ENTITY").is_some() {
                    return Err("it declares entities of its own, which a feed has no need of".into());
                }
                through(b">")
            }
            [b'/', ..] => {
                depth = depth.saturating_sub(1);
                through(b">")
            }
            [b'?', ..] => through(b"?>"),
            _ => {
                let end = through(b">");
                if rest.get(end.saturating_sub(2)) != Some(&b'/') {
                    depth += 1;
                }
                let name = rest.split(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')).next();
                let name = name.and_then(|name| name.rsplit(|b| *b == b':').next()).unwrap_or_default();
                entries += usize::from(matches!(name, b"item" | b"entry"));
                elements += 1;
                end
            }
        };
        if depth > DEEP {
            return Err(format!("its elements stand in each other more than {DEEP} deep"));
        }
        if entries > ENTRIES || elements > ELEMENTS {
            return Err(format!("it has more than {ENTRIES} entries, or {ELEMENTS} elements"));
        }
        rest = rest.get(skip..).unwrap_or_default();
    }
    Ok(())
}

/// The entries that are wanted, the newest first, and whether there are more.
fn entries(feed: &Feed, args: &Args) -> (Value, bool) {
    let date = |entry: &Entry| entry.published.or(entry.updated).map(|date| date.timestamp());
    let since = args.since.map(jiff::Timestamp::as_second);
    let wanted = |entry: &&Entry| match (since, date(entry)) {
        (Some(since), Some(date)) => date >= since,
        (None, _) | (_, None) => true,
    };
    let mut all: Vec<&Entry> = feed.entries.iter().filter(wanted).collect();
    // Those without a date stay where the feed has them, before the others.
    all.sort_by_key(|entry| std::cmp::Reverse(date(entry).unwrap_or(i64::MAX)));
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let more = all.len() > limit;
    let told = all.into_iter().take(limit).map(|entry| {
        let body = entry.content.as_ref().and_then(|content| content.body.as_deref());
        let text =
            body.or_else(|| entry.summary.as_ref().map(|text| text.content.as_str())).unwrap_or_default();
        let date = date(entry).and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let link = entry.links.iter().find(|l| l.rel.as_deref().is_none_or(|rel| rel == "alternate"));
        let link = link.or_else(|| entry.links.first()).map(|link| line(&link.href));
        json!({
            "id": line(&entry.id),
            "title": entry.title.as_ref().map(|title| line(&page::text(&title.content, "").text)),
            "link": link.filter(|link| ["http://", "https://"].iter().any(|s| link.starts_with(s))),
            "date": date.map(|date| date.to_string()),
            "text": cut(&page::text(text, "").text, TEXT),
        })
    });
    (told.collect(), more)
}

fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    cut(&words.join(" "), LINE).to_owned()
}

/// The beginning of `text`, at most so many bytes.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(xml: &str) -> Result<Feed, String> {
        let body = xml.as_bytes().to_vec();
        read(&Answered { status: 200, final_url: "https://a.example/f".into(), body, ..Answered::default() })
    }

    fn args(more: Value) -> Args {
        let mut args = json!({"url": "https://a.example/f"});
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(args).unwrap()
    }

    #[test]
    fn entries_come_newest_first_up_to_the_limit_and_from_then_on() {
        let item = |n: u32| {
            format!(
                "<item><guid>{n}</guid><title>T{n}</title><pubDate>{n:02} Nov 2026 00:00:00 GMT</pubDate></item>"
            )
        };
        let items: String = (1..=9).map(item).collect();
        let feed =
            of(&format!("<rss version=\"2.0\"><channel><title>F</title>{items}</channel></rss>")).unwrap();
        let ids = |more: Value| {
            let (told, more) = entries(&feed, &args(more));
            (
                told.as_array()
                    .unwrap()
                    .iter()
                    .map(|e| e["id"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>(),
                more,
            )
        };
        assert_eq!(ids(json!({"limit": 2})), (vec!["9".into(), "8".into()], true));
        assert_eq!(ids(json!({"since": "2026-11-08T00:00:00Z"})), (vec!["9".into(), "8".into()], false));
    }

    #[test]
    fn traps_for_readers_are_refused_at_once() {
        let nested =
            |n: usize| format!("<rss version=\"2.0\"><channel>{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert!(of(&nested(500_000)).unwrap_err().contains("deep"));
        for many in ["<item/>".repeat(20_001), "<category/>".repeat(300_000)] {
            let feed = of(&format!("<rss version=\"2.0\"><channel>{many}"));
            assert!(feed.unwrap_err().contains("more than"));
        }
        let bomb =
            "<!DOCTYPE r [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><rss version=\"2.0\"><channel><title>&b;";
        assert!(of(bomb).unwrap_err().contains("entities"));
        for none in
            ["", "<html><body>no", "{}", "<rss", "\u{0}\u{1}", "<rss version=\"2.0\"><channel></item>"]
        {
            assert!(of(none).is_err(), "{none}");
        }
        assert!(shallow("<!-- <a> --><![CDATA[<a><a>]]><a/><a x='>'/></a>".as_bytes()).is_ok());
    }

    #[test]
    fn a_cut_leaves_characters_whole() {
        assert_eq!((cut("a\u{e9}b", 2), cut("ab", 9), cut("\u{1f600}", 3)), ("a", "ab", ""));
    }

    proptest::proptest! {
        #[test]
        fn any_feed_is_read_or_refused(xml in "(<rss version=\"2.0\">|<channel>|<item>|<title>|</[a-z]*>|&[a-z]*;|<!\\[CDATA\\[|\\]\\]>|\\PC){0,40}") {
            let _ = of(&xml);
        }
    }
}
