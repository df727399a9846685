//! What reading a feed costs, against Python's feedparser on the same bytes.
//!
//! `cargo bench --bench feed`, with a `python3` that has feedparser, or PYTHON naming one. Prints the
//! ratio of medians, and the most memory that this process took for the largest feed that is read.
//! Never part of the tests.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes and prints"
)]

use fleet::call::{Answered, Happened};
use fleet::tools;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 7;
const SCRIPT: &str = "\
import sys, time, feedparser
data = open(sys.argv[1], 'rb').read()
times = []
for _ in range(7):
    start = time.perf_counter()
    feed = feedparser.parse(data)
    times.append(time.perf_counter() - start)
print(len(feed.entries), sorted(times)[3])
";

fn main() {
    let feed = made(1000);
    let (count, ours) = fleet(&feed, 500);
    assert_eq!(count, 500, "entries");
    println!("feed of 1000 entries, {} KiB: fleet {:.1} ms", feed.len() / 1024, ours * 1e3);
    match python(&feed) {
        Some((count, theirs)) => {
            assert_eq!(count, 1000, "entries of feedparser");
            println!("feedparser {:.1} ms; fleet / feedparser {:.3}", theirs * 1e3, ours / theirs);
        }
        None => println!("no python3 with feedparser here: set PYTHON to one that has it"),
    }
    // The largest feed that is read at all.
    let largest = made(18_500);
    let (count, time) = fleet(&largest, 500);
    println!(
        "feed of {} KiB: {:.0} ms, {count} entries told, peak {} MiB",
        largest.len() / 1024,
        time * 1e3,
        peak()
    );
}

fn made(entries: usize) -> String {
    let item = |n: usize| {
        let text =
            "&lt;p&gt;Some words of an entry, &amp;amp; a &lt;a href=\"/x\"&gt;link&lt;/a&gt;.&lt;/p&gt;"
                .repeat(2);
        format!(
            "<item><guid>urn:{n}</guid><title>Entry {n}</title><link>https://a.example/{n}</link>\
             <pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate><description>{text}</description></item>"
        )
    };
    let items: String = (0..entries).map(item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Many</title>{items}</channel></rss>")
}

/// Entries told, and the median time, from the bytes to the tool's result.
fn fleet(feed: &str, limit: u32) -> (usize, f64) {
    let tool = tools::find("web_feed").expect("the tool");
    let bound = tool.bind(&json!({"url": "https://a.example/f", "limit": limit})).expect("arguments");
    let answer = Answered {
        status: 200,
        final_url: "https://a.example/f".into(),
        body: feed.as_bytes().to_vec(),
        ..Answered::default()
    };
    let happened = [Happened::Answered(answer)];
    let mut times = Vec::new();
    let mut told = Value::Null;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        told = tool.report(&bound, &happened);
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    assert!(told.get("error").is_none(), "{}", told["error"]);
    (told["entries"].as_array().map_or(0, Vec::len), times[ROUNDS / 2])
}

fn python(feed: &str) -> Option<(usize, f64)> {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let path = dir.path().join("feed.xml");
    std::fs::write(&path, feed).expect("a file");
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let out = Command::new(python).args(["-c", SCRIPT]).arg(&path).output().ok()?;
    let said = String::from_utf8(out.stdout).ok()?;
    let (count, time) = said.trim().split_once(' ')?;
    Some((count.parse().ok()?, time.parse().ok()?))
}

/// Most memory that this process had, in MiB; 0 where the system does not tell so.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default() / 1024
}
