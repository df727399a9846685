//! Read a feed: RSS or Atom.

use super::page;
use super::typed::{Typed, Unclear};
use super::web_get::{half_a_minute, insert, said};
use super::{Card, EffectClass};
use crate::call::{Answered, Happened, Method, Risk, Wanted, WebWanted, visible_line};
use feed_rs::model::{Entry, Feed};
use quick_xml::Reader;
use quick_xml::encoding::DecodingReader;
use quick_xml::events::Event;
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
/// Most attributes of one element: each is compared with all before it.
const ATTRIBUTES: usize = 100;
/// Longest address that elements in each other make together: each of them keeps its own.
const BASE: usize = 2048;
/// Bytes that the addresses of all elements may come to: a link of one letter becomes as long as they are.
const BASES: usize = 64 << 20;
/// Bytes within which the reader of feeds can still change to another encoding; beyond, it panics.
const HEAD: u64 = 64;

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
    shallow(&answer.body, answer.final_url.len())?;
    let parser = feed_rs::parser::Builder::new().base_uri(Some(&answer.final_url)).build();
    parser
        .parse(answer.body.as_slice())
        .map_err(|e| format!("it is not a feed: {}", visible_line(&e.to_string(), 300)))
}

/// Refuses what declares names of its own for texts, and elements that stand in each other without end.
/// It reads as the reader of feeds does, so that both see the same elements; what neither can read is for
/// that one to tell. `base` is how long the address of the feed itself is.
fn shallow(xml: &[u8], base: usize) -> Result<(), String> {
    let mut reader = Reader::from_reader(DecodingReader::new(xml));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.trim_markup_names_in_closing_tags = true;
    // Of each element that is open, the bytes of its own `xml:base`.
    let mut open: Vec<usize> = Vec::new();
    let (mut elements, mut entries, mut bases) = (0_usize, 0_usize, 0_usize);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let Ok(event) = reader.read_event_into(&mut buffer) else { return Ok(()) };
        match event {
            Event::Start(element) => {
                let (mut attributes, mut own) = (0_usize, 0_usize);
                for attribute in element.attributes().with_checks(false).flatten() {
                    attributes += 1;
                    own += if attribute.key.as_ref() == "xml:base" { attribute.value.len() } else { 0 };
                }
                if attributes > ATTRIBUTES {
                    return Err(format!("one of its elements has more than {ATTRIBUTES} attributes"));
                }
                open.push(own);
                elements += 1;
                bases += base + open.iter().sum::<usize>();
                let item = matches!(element.local_name().as_ref(), "item" | "entry");
                entries += usize::from(item);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::DocType(declared) if declared.contains("<!ENTITY") => {
                return Err("it declares entities of its own, which a feed has no need of".into());
            }
            Event::Decl(declared) => {
                let encoding = declared.encoder();
                let position = reader.buffer_position();
                if let Some(encoding) = encoding.filter(|e| *e != reader.get_ref().encoding()) {
                    let mark: u64 = if xml.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
                    if reader.get_ref().encoding() != encoding_rs::UTF_8 || position + mark > HEAD {
                        return Err("it names another encoding than it begins in, and too late".into());
                    }
                    reader.get_mut().set_encoding(encoding);
                }
            }
            Event::Eof => return Ok(()),
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
        if open.len() > DEEP {
            return Err(format!("its elements stand in each other more than {DEEP} deep"));
        }
        if open.iter().sum::<usize>() > BASE {
            return Err(format!("its `xml:base` is longer than {BASE} bytes"));
        }
        if bases > BASES {
            return Err(format!("the addresses of its elements come to more than {BASES} bytes"));
        }
        if entries > ENTRIES || elements > ELEMENTS {
            return Err(format!("it has more than {ENTRIES} entries, or {ELEMENTS} elements"));
        }
    }
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
        assert!(shallow("<!-- <a> --><![CDATA[<a><a>]]><a/><a x='>'/></a>".as_bytes(), 0).is_ok());
    }

    #[test]
    fn depth_and_addresses_are_counted_as_the_reader_of_feeds_counts_them() {
        let channel = |inner: &str| of(&format!("<rss version=\"2.0\"><channel>{inner}</channel></rss>"));
        let nested = |start: &str, n: usize| channel(&(start.repeat(n) + &"</a>".repeat(n)));
        assert!(nested("<a x=\"/>\" xml:base=\"b/\">", 200).unwrap_err().contains("deep"));
        assert!(nested("<a x='>' y='</a>'>", 200).unwrap_err().contains("deep"));
        let long = format!("<a xml:base=\"{}/\">", "b".repeat(100));
        assert!(nested(&long, 40).unwrap_err().contains("`xml:base` is longer"));
        // Side by side, as many feeds have it for their entries, they are as many as there are entries.
        let item = format!("<item><a xml:base='{}'/><a x='/>' >t</a></item>", "b".repeat(100));
        assert_eq!(channel(&item.repeat(300)).unwrap().entries.len(), 300);
        // One address that many links are read by.
        let links =
            |n: usize| format!("<a xml:base='{}'>{}</a>", "b".repeat(2000), "<link>a</link>".repeat(n));
        assert!(channel(&links(1000)).is_ok());
        assert!(channel(&links(40_000)).unwrap_err().contains("come to more than"));
        assert!(shallow("<a/>".repeat(40_000).as_bytes(), 2000).unwrap_err().contains("come to more than"));
        let many: String = (0..200).map(|n| format!(" a{n}=''")).collect();
        assert!(channel(&format!("<a{many}/>")).unwrap_err().contains("attributes"));
        // Wide characters hide nothing.
        let wide: Vec<u8> = [0xfe, 0xff]
            .into_iter()
            .chain("<a>".repeat(200).encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        assert!(shallow(&wide, 0).unwrap_err().contains("deep"));
    }

    #[test]
    fn an_encoding_that_is_named_late_is_refused() {
        let feed = |pad: usize, title: &[u8]| {
            let head = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"{}?>", " ".repeat(pad));
            let rest = "<rss version=\"2.0\"><channel><title>F</title><item><title>";
            let end = b"</title></item></channel></rss>";
            let body = [head.as_bytes(), rest.as_bytes(), title, end].concat();
            read(&Answered {
                status: 200,
                final_url: "https://a.example/f".into(),
                body,
                ..Answered::default()
            })
        };
        assert_eq!(feed(0, b"\xe9").unwrap().entries[0].title.as_ref().unwrap().content, "\u{e9}");
        assert!(feed(21, b"\xe9").is_ok(), "64 bytes");
        for pad in [22, 5000] {
            assert!(feed(pad, b"T").unwrap_err().contains("too late"), "{pad}");
        }
        let late = of(
            "<rss version=\"2.0\"><channel><title>F</title></channel><?xml version=\"1.0\" encoding=\"ISO-8859-1\"?></rss>",
        );
        assert!(late.unwrap_err().contains("too late"));
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
