//! A web site: pages, feeds, redirects, and everything that a hostile site does.

use super::{Asked, Handler, Life, Talk, answer, request};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

pub const PAGE: &str = "<!doctype html><html><head><title>A page</title></head><body><nav><a href=/home>Home</a>\
    </nav><article><h1>News</h1><p>It is about an article, with commas, and long enough to be one of those that \
    people read from the beginning to the end, or so they say.</p><p>More on <a href=\"more?a=1&amp;b=2\">this \
    page</a>, which has a second paragraph, and a link in it, as most of them have by now.</p></article>\
    <footer>Imprint</footer></body></html>";

pub const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>The feed</title><link>https://site.example/</link>
<description>d</description>
<item><guid>n2</guid><title>Second &amp; newest</title><link>https://site.example/2</link>
<pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;Two &lt;b&gt;bold&lt;/b&gt;&lt;/p&gt;</description></item>
<item><guid>n1</guid><title>First</title><link>/1</link><pubDate>Sun, 22 Nov 2026 08:00:00 GMT</pubDate>
<description>One</description></item></channel></rss>"#;

pub const ATOM: &str = r#"<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atoms</title>
<id>urn:x</id><updated>2026-11-23T08:00:00Z</updated><entry><id>urn:1</id><title>An entry</title>
<link href="https://site.example/a"/><updated>2026-11-23T08:00:00Z</updated><content type="html">&lt;p&gt;Hi&lt;/p&gt;</content></entry></feed>"#;

/// The whole site.
pub fn handler() -> Arc<Handler> {
    Arc::new(|talk, life| {
        let Some(asked) = request(talk) else { return };
        life.note(asked.clone());
        page(talk, life, &asked);
    })
}

fn page(talk: &mut dyn Talk, life: &Life, asked: &Asked) {
    let html = [("content-type", "text/html; charset=utf-8"), ("etag", "\"v1\"")];
    let to = |talk: &mut dyn Talk, status: &str, location: &str| {
        answer(talk, status, &[("location", location)], b"gone elsewhere");
    };
    let known = asked.header("if-none-match") == Some("\"v1\"");
    match asked.target.as_str() {
        "/page" | "/feed.rss" if known => {
            let _ = talk.write_all(b"HTTP/1.1 304 Not Modified\r\netag: \"v1\"\r\nconnection: close\r\n\r\n");
        }
        "/page" if asked.method == "HEAD" => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\netag: \"v1\"\r\ncontent-length: 4242\r\n\r\n";
            let _ = talk.write_all(head.as_bytes());
        }
        "/page" => answer(talk, "200 OK", &html, PAGE.as_bytes()),
        "/feed.rss" => {
            answer(
                talk,
                "200 OK",
                &[("content-type", "application/rss+xml"), ("etag", "\"v1\"")],
                RSS.as_bytes(),
            );
        }
        "/feed.atom" => answer(talk, "200 OK", &[("content-type", "application/atom+xml")], ATOM.as_bytes()),
        "/json" => {
            answer(talk, "200 OK", &[("content-type", "application/json")], br#"{"a":[1,2.5],"b":"x"}"#)
        }
        "/latin1" => {
            answer(talk, "200 OK", &[("content-type", "text/html; charset=iso-8859-1")], b"<p>caf\xe9")
        }
        "/bytes" => answer(talk, "200 OK", &[("content-type", "application/octet-stream")], b"\xff\x00\x01"),
        "/missing" => answer(talk, "404 Not Found", &html, b"<p>no such page"),
        "/busy" => answer(talk, "429 Too Many Requests", &[("retry-after", "7")], b"later"),
        "/gzip" => {
            let headers = [("content-type", "text/plain"), ("content-encoding", "gzip")];
            answer(talk, "200 OK", &headers, &packed(b"packed words"));
        }
        "/hop1" => to(talk, "302 Found", "/hop2"),
        "/hop2" => to(talk, "307 Temporary Redirect", "/page"),
        "/loop" => to(talk, "302 Found", "/loop"),
        "/to-metadata" => to(talk, "302 Found", "http://169.254.169.254/latest/meta-data/"),
        "/to-loopback" => to(talk, "302 Found", "http://127.0.0.1:11434/api/tags"),
        "/to-other" => to(talk, "301 Moved", "https://other.example/x"),
        "/to-file" => to(talk, "302 Found", "file:///etc/passwd"),
        "/to-port" => to(talk, "302 Found", "http://site.example:8080/page"),
        "/to-userinfo" => to(talk, "302 Found", "http://site.example@evil.example/"),
        "/to-split" => to(talk, "302 Found", "http://site.example/a%0d%0ab"),
        "/to-token" => to(talk, "302 Found", &format!("/page?t=ghp_{}", "a1B2".repeat(9))),
        "/down" => to(talk, "302 Found", "http://site.example/page"),
        "/see-other" => to(talk, "303 See Other", "/page"),
        "/send" => {
            let said = format!("{} {}", asked.method, String::from_utf8_lossy(&asked.body));
            answer(talk, "201 Created", &[("content-type", "text/plain")], said.as_bytes());
        }
        "/moved-send" => to(talk, "307 Temporary Redirect", "/send"),
        "/cut-before" => {}
        "/cut" => {
            let _ = talk.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nonly this");
        }
        "/silent" => rest(life, Duration::from_secs(60)),
        "/slow" => {
            rest(life, Duration::from_millis(700));
            answer(talk, "200 OK", &html, b"late");
        }
        "/drip" => {
            let _ = talk.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
            while life.goes_on() && talk.write_all(b".").and_then(|()| talk.flush()).is_ok() {
                rest(life, Duration::from_millis(50));
            }
        }
        "/endless" => endless(talk, life, "", &[b'x'; 8192]),
        "/huge" => endless(talk, life, "content-length: 5368709120\r\n", &[b'x'; 8192]),
        "/endless-headers" => {
            let _ = talk.write_all(b"HTTP/1.1 200 OK\r\n");
            let line = format!("x-more: {}\r\n", "y".repeat(1000));
            while life.goes_on() && talk.write_all(line.as_bytes()).is_ok() {}
        }
        "/not-http" => drop(talk.write_all(b"SSH-2.0-OpenSSH_9.7\r\n\r\n\r\n")),
        "/bomb" => {
            // 64 MiB of nothing, in some 64 KiB.
            let body = packed(&vec![0; 64 << 20]);
            answer(talk, "200 OK", &[("content-encoding", "gzip")], &body);
        }
        "/endless-bomb" => {
            // One member after the other, each a megabyte of zeros.
            endless(talk, life, "content-encoding: gzip\r\n", &packed(&vec![0; 1 << 20]));
        }
        "/hollow" => {
            // Members without content: much comes in, nothing comes out.
            endless(talk, life, "content-encoding: gzip\r\n", &packed(b"").repeat(400));
        }
        "/lies-about-gzip" => answer(talk, "200 OK", &[("content-encoding", "gzip")], b"this is not gzip"),
        "/entity-bomb" => {
            answer(talk, "200 OK", &[("content-type", "application/rss+xml")], bomb().as_bytes())
        }
        other => match super::world::FEEDS.iter().find(|(path, _)| *path == other) {
            Some((_, make)) => answer(talk, "200 OK", &[("content-type", "text/xml")], make().as_bytes()),
            None => answer(talk, "404 Not Found", &html, b"nothing here"),
        },
    }
}

fn rest(life: &Life, time: Duration) {
    let until = std::time::Instant::now() + time;
    while life.goes_on() && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn endless(talk: &mut dyn Talk, life: &Life, header: &str, piece: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n{header}\r\n");
    if talk.write_all(head.as_bytes()).is_ok() {
        while life.goes_on() && talk.write_all(piece).is_ok() {}
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A billion laughs.
fn bomb() -> String {
    let mut text = "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a \"laugh\">".to_owned();
    for n in 1..10 {
        let (name, before) = (char::from(b'a' + n), char::from(b'a' + n - 1));
        text.push_str(&format!("<!ENTITY {name} \"{}\">", format!("&{before};").repeat(10)));
    }
    text + "]><rss version=\"2.0\"><channel><title>&j;</title><item><title>&j;</title></item></channel></rss>"
}
