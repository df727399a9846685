//! `web_feed` against real servers.

use crate::servers::world::Net;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn at(path: &str, more: Value) -> Value {
    let mut args = json!({ "url": format!("https://site.example{path}"), "timeout_s": 10 });
    args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    args
}

#[test]
fn rss_and_atom_are_read_and_an_unchanged_feed_says_so() {
    let net = Net::site();
    let feed = net.done("web_feed", at("/feed.rss", json!({})));
    assert_eq!((&feed["feed"]["title"], &feed["not_modified"]), (&json!("The feed"), &json!(false)));
    assert_eq!(
        feed["entries"][0],
        json!({
            "id": "n2", "title": "Second & newest", "link": "https://site.example/2",
            "date": "2026-11-23T08:00:00Z", "text": "Two bold",
        })
    );
    assert_eq!(feed["entries"][1]["link"], "https://site.example/1");
    let etag = feed["etag"].as_str().unwrap().to_owned();
    let same = net.done("web_feed", at("/feed.rss", json!({"etag": etag})));
    assert_eq!((&same["not_modified"], &same["entries"]), (&json!(true), &json!([])));
    let atom = net.done("web_feed", at("/feed.atom", json!({"limit": 1})));
    assert_eq!((&atom["entries"][0]["id"], &atom["entries"][0]["text"]), (&json!("urn:1"), &json!("Hi")));
    let since = net.done("web_feed", at("/feed.rss", json!({"since": "2026-11-23T00:00:00Z"})));
    assert_eq!(since["entries"].as_array().unwrap().len(), 1);
    net.world.verify();
}

#[test]
fn hostile_feeds_cost_little_and_are_told_from_feeds() {
    let net = Net::site();
    let started = Instant::now();
    for (path, says) in [
        ("/entity-bomb", "entities"),
        ("/page", "not a feed"),
        ("/json", "not a feed"),
        ("/bytes", "not a feed"),
        ("/feed-deep", "deep"),
        ("/feed-endless", "longer than"),
    ] {
        let feed = net.done("web_feed", at(path, json!({})));
        let error = feed["error"].as_str().unwrap_or_else(|| panic!("{path}: {feed}"));
        assert!(error.contains(says) && feed["entries"] == json!([]), "{path}: {error}");
    }
    let missing = net.done("web_feed", at("/missing", json!({})));
    assert_eq!((&missing["status"], &missing["entries"]), (&json!(404), &json!([])));
    // 20,000 entries, within what is read.
    let many = net.done("web_feed", at("/feed-many", json!({"limit": 500})));
    assert_eq!((many["entries"].as_array().unwrap().len(), &many["truncated"]), (500, &json!(true)));
    // One entry with megabytes of text, and one whose title is markup.
    let long = net.done("web_feed", at("/feed-long", json!({})));
    assert!(
        long["entries"][0]["text"].as_str().unwrap().len() <= 8 * 1024,
        "{}",
        long["entries"][0]["title"]
    );
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    #[cfg(target_os = "linux")]
    assert!(crate::servers::peak_mib() < 192, "{} MiB, servers and all", crate::servers::peak_mib());
}
