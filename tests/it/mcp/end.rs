//! The end of a session, and the brakes.

use super::client::{Client, status, text};
use super::hostile::sleeps;
use crate::harness::World;
use serde_json::json;
use std::time::Duration;

#[test]
fn the_end_of_input_ends_the_process_and_queued_calls_are_answered() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let (took, code) = Client::silent(&world, &[]).end();
    assert!(took < Duration::from_secs(2) && code == Some(0), "{took:?} {code:?}");
    let mut client = Client::open(&world, &[]);
    let args = json!({"path": world.at("a")});
    let ids: Vec<_> = (0..20)
        .map(|_| {
            client.request(
                "tools/call",
                json!({"name": "files_read", "arguments": args, "_meta": {"progressToken": 1}}),
            )
        })
        .collect();
    // The last line has no line feed.
    client.raw(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    let (took, code) = client.end();
    assert!(took < Duration::from_secs(2) && code == Some(0), "{took:?} {code:?}");
    for id in ids {
        assert!(text(&client.answer(&id.into())["result"]).contains("hello"));
    }
    assert_eq!(client.answer(&json!(1))["result"], json!({}));
}

#[test]
fn the_end_of_input_ends_a_call_and_puts_that_on_record() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    let _ = sleeps(&world, &mut client);
    let (took, code) = client.end();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(code, Some(0));
    let entry = world.log().last().unwrap().clone();
    assert_eq!((&entry["kind"], &entry["outcome"]), (&json!("call.failed"), &json!("stopped")), "{entry}");
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
    world.verify();
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let world = World::new();
    let mut client = Client::open(&world, &[]);
    let _ = client.child.id();
    // Nobody reads from here on: the pipe and then the queue fill up.
    for _ in 0..200 {
        let _ = client.request("tools/list", json!({}));
    }
    let (took, _) = client.end();
    assert!(took < Duration::from_millis(2500), "{took:?}");
}

#[test]
fn a_killed_server_leaves_a_record_that_the_next_command_completes() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    let _ = sleeps(&world, &mut client);
    client.child.kill().unwrap();
    let _ = client.child.wait().unwrap();
    // The next is another server; what was cut off was a look.
    let mut next = Client::open(&world, &[]);
    std::fs::write(world.at("a"), "hello").unwrap();
    assert_eq!(next.done("files_read", json!({"path": world.at("a")}))["text"], "hello");
    let closed = world.log().iter().find(|e| e["outcome"] == "interrupted").cloned().unwrap();
    assert_eq!((&closed["kind"], &closed["caller"]), (&json!("call.failed"), &json!("mcp:default")));
    world.verify();
}

#[test]
fn the_kill_switch_ends_what_runs_and_refuses_what_comes() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = sleeps(&world, &mut client);
    let ran = world.fleet(&["kill", "--reason", "test", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ended = client.answer(&id.into());
    assert!(text(&ended["result"]).contains("kill switch"), "{ended}");
    let refused = client.call("files_read", json!({"path": world.at("a")}));
    assert_eq!(status(&refused), "refused");
    assert!(text(&refused).contains("kill switch"), "{refused}");
    assert_eq!(world.fleet(&["kill", "--release", "--reason", "test"]).code, 0);
    assert_eq!(client.done("files_read", json!({"path": world.at("a")}))["text"], "hello");
}

#[test]
fn without_a_record_there_is_no_result() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let mut client = Client::open(&world, &[]);
    let log = std::fs::read(world.segment()).unwrap();
    std::fs::write(world.segment(), b"not an entry\n").unwrap();
    let result = client.call("files_read", json!({"path": world.at("a")}));
    assert_eq!(result["isError"], true);
    assert!(!result.to_string().contains("hello"), "{result}");
    std::fs::write(world.segment(), log).unwrap();
    assert_eq!(client.done("files_read", json!({"path": world.at("a")}))["text"], "hello");
}

#[test]
fn a_home_that_is_not_there_is_said_at_the_start() {
    let world = World::bare();
    let ran = world.fleet(&["serve-mcp"]);
    assert!(ran.code == 1 && ran.stdout.is_empty() && ran.stderr.contains("fleet init"), "{ran:?}");
    let named = World::new().fleet(&["serve-mcp", "--as", "../x"]);
    assert!(named.code == 2 && named.stdout.is_empty(), "{named:?}");
}
