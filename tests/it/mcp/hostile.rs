//! Lines and clients that mean ill, or are broken: the server goes on, and nothing runs that should not.

use super::client::{Client, SOON, status};
use crate::harness::World;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_bad_line_is_answered_where_it_can_be_and_never_ends_the_server() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let before = world.log().len();
    let mut client = Client::open(&world, &[]);
    let twice = format!(
        r#"{{"jsonrpc":"2.0","id":31,"method":"tools/call","params":{{"name":"files_read","arguments":{{"path":"/x","path":"{}"}}}}}}"#,
        world.at("a")
    );
    for (line, code, id) in [
        (twice.as_bytes(), -32700, json!(31)),
        (br#"{"jsonrpc":"2.0","id":32,"method":"ping","m\u0065thod":"tools/list"}"#, -32700, json!(32)),
        (
            b"{\"jsonrpc\":\"2.0\",\"id\":33,\"method\":\"ping\",\"params\":{\"x\":\"\xc3\x28\"}}",
            -32700,
            json!(33),
        ),
        (b"\xff\xfe\x00", -32700, Value::Null),
        (b"{\"jsonrpc\":\"2.0\",\"id\":34,\"method\":", -32700, Value::Null),
        (br#"[{"jsonrpc":"2.0","id":35,"method":"ping"}]"#, -32600, Value::Null),
        (br#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, Value::Null),
        (br#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, Value::Null),
        (br#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600, Value::Null),
        (br#"{"jsonrpc":"1.0","id":36,"method":"ping"}"#, -32600, json!(36)),
        (br#"{"jsonrpc":"2.0","id":37}"#, -32600, json!(37)),
        (br#"{"jsonrpc":"2.0","id":38,"method":"tools/call","params":[]}"#, -32602, json!(38)),
        (br#"{"jsonrpc":"2.0","id":39,"method":"tools/call","params":{"name":7}}"#, -32602, json!(39)),
        (b"42", -32600, Value::Null),
    ] {
        client.raw(&[line, b"\n"].concat());
        let answer =
            client.hear(SOON).unwrap_or_else(|| panic!("nothing to {}", String::from_utf8_lossy(line)));
        let told = (answer["error"]["code"].as_i64(), answer.get("id").cloned().unwrap_or_default());
        assert_eq!(told, (Some(code), id), "{}: {answer}", String::from_utf8_lossy(line));
    }
    // Nobody waits for an answer to these.
    client.raw(b"\n   \n{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/none\"}\n");
    client.lives();
    assert_eq!(world.log().len(), before, "no such line is a call");
}

/// Resident memory of a process, in KiB, at its most.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_of_a_hundred_megabytes_costs_no_memory() {
    let world = World::new();
    let mut client = Client::open(&world, &[]);
    client.lives();
    let before = peak(client.child.id());
    client.raw(br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files_read","arguments":{"path":""#);
    let chunk = vec![b'a'; 1 << 20];
    for _ in 0..100 {
        client.raw(&chunk);
    }
    client.raw(b"\"}}}\n");
    let answer = client.hear(SOON).unwrap();
    assert_eq!((answer["error"]["code"].as_i64(), answer.get("id")), (Some(-32600), None), "{answer}");
    client.lives();
    let grown = peak(client.child.id()) - before;
    assert!(grown < 8 * 1024, "{grown} KiB");
}

#[test]
fn arguments_of_a_megabyte_are_taken_and_longer_ones_are_not() {
    let world = World::new();
    let mut client = Client::open(&world, &[]);
    let write =
        |bytes: usize| json!({"path": world.at("big"), "content": "x".repeat(bytes), "mode": "replace"});
    assert_eq!(status(&client.call("files_write", write(1_000_000))), "done");
    let id = client.request("tools/call", json!({"name": "files_write", "arguments": write((1 << 20) + 10)}));
    let answer = client.answer(&id.into());
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert_eq!(std::fs::metadata(world.at("big")).unwrap().len(), 1_000_000);
}

#[test]
fn a_flood_is_answered_in_full() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let mut client = Client::open(&world, &[]);
    let before = world.log().len();
    // Nothing is read until all is written.
    let mut ids = Vec::new();
    for n in 0..1000 {
        ids.push(match n % 4 {
            0 => client.request("tools/list", json!({})),
            1 => client.request("ping", json!({})),
            _ => client
                .request("tools/call", json!({"name": "files_read", "arguments": {"path": world.at("a")}})),
        });
    }
    for id in &ids {
        assert!(client.answer(&(*id).into()).get("result").is_some());
    }
    let answers = client.heard.iter().filter(|m| m.get("id").is_some()).count();
    assert_eq!(answers, ids.len() + 1, "one answer each, and one to the handshake");
    assert_eq!(world.log().len(), before + 500);
    world.verify();
}

#[test]
fn an_id_under_way_is_not_taken_twice() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = sleeps(&world, &mut client);
    let again = json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
    client.send(&again);
    let refused = client.hear(SOON).unwrap();
    assert_eq!((refused["id"].as_i64(), refused["error"]["code"].as_i64()), (Some(id), Some(-32600)));
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    client.lives();
}

/// Calls `sleep`, which only looks, and waits until it runs; the request's id.
pub fn sleeps(world: &World, client: &mut Client) -> i64 {
    let args = json!({"argv": ["sleep", "57.31"], "timeout_s": 60});
    let id = client.request(
        "tools/call",
        json!({"name": "shell_run", "arguments": args, "_meta": {"progressToken": "way"}}),
    );
    for _ in 0..200 {
        let held = std::fs::read_dir(world.data().join("inflight")).unwrap().map(|e| e.unwrap().path());
        let runs = held.into_iter().any(|p| std::fs::read_to_string(p).is_ok_and(|t| t.lines().count() > 1));
        if runs {
            return id;
        }
        let heard = client.hear(Duration::from_millis(50));
        assert!(heard.as_ref().is_none_or(|m| m.get("id").is_none()), "{heard:?}");
    }
    panic!("it does not run");
}

#[test]
fn a_call_that_is_taken_back_ends_and_is_on_record() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = sleeps(&world, &mut client);
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    for _ in 0..200 {
        if world.kinds().last().is_some_and(|kind| kind == "call.failed") {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let entry = world.log().last().unwrap().clone();
    assert_eq!((&entry["kind"], &entry["outcome"]), (&json!("call.failed"), &json!("stopped")), "{entry}");
    assert!(entry["error"].as_str().unwrap().contains("its caller"), "{entry}");
    client.lives();
    assert!(client.heard.iter().all(|m| m.get("id") != Some(&id.into())), "an answer to what was taken back");
    // The outcome is on record a moment before the call is off the list of what runs.
    let inflight = world.data().join("inflight");
    crate::harness::wait_until("nothing is under way", || std::fs::read_dir(&inflight).unwrap().count() == 0);
    world.verify();
}

#[test]
fn news_of_a_call_grows_and_ends_with_it() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let mut client = Client::open(&world, &["--allow-high"]);
    let args = json!({"path": world.at("a")});
    let params = json!({"name": "files_read", "arguments": args, "_meta": {"progressToken": 7}});
    let id = client.request("tools/call", params);
    let _ = client.answer(&id.into());
    let at = client.heard.iter().position(|m| m.get("id") == Some(&id.into())).unwrap();
    let news: Vec<_> =
        client.heard[..at].iter().filter(|m| m["method"] == "notifications/progress").collect();
    assert!(news.len() >= 2, "{news:?}");
    assert!(news.iter().all(|m| m["params"]["progressToken"] == 7));
    let steps: Vec<_> = news.iter().map(|m| m["params"]["progress"].as_f64().unwrap()).collect();
    assert!(steps.windows(2).all(|w| w[0] < w[1]), "{steps:?}");
    // A call that takes its time is told of each second.
    let long = sleeps(&world, &mut client);
    let told =
        |client: &Client| client.heard.iter().filter(|m| m["params"]["progressToken"] == "way").count();
    for _ in 0..100 {
        let _ = client.hear(Duration::from_millis(100));
        if told(&client) >= 3 {
            break;
        }
    }
    assert!(told(&client) >= 3);
    client
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": long}}));
    client.lives();
}

#[test]
fn servers_side_by_side_keep_one_record() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let before = world.log().len();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let world = &world;
            scope.spawn(move || {
                let mut client = Client::open(world, &["--as", &format!("client-{n}")]);
                for turn in 0..15 {
                    let written = json!({"path": world.at(&format!("{n}-{turn}")), "content": "x"});
                    assert_eq!(status(&client.call("files_write", written)), "done");
                    assert_eq!(client.done("files_read", json!({"path": world.at("a")}))["text"], "hello");
                }
                assert_eq!(client.end().1, Some(0));
            });
        }
    });
    assert_eq!(world.log().len(), before + 4 * 15 * 3);
    for n in 0..4 {
        let caller = format!("mcp:client-{n}");
        assert_eq!(world.log().iter().filter(|e| e["caller"] == caller.as_str()).count(), 45);
    }
    world.verify();
}

#[test]
fn programs_of_calls_side_by_side_each_end_as_they_end() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    let ask = |client: &mut Client, seconds: &str| {
        let args = json!({"argv": ["sleep", seconds], "timeout_s": 30});
        client.request("tools/call", json!({"name": "shell_run", "arguments": args}))
    };
    let all: Vec<_> = ["1.6", "0.2", "0.9", "0.4", "0.1", "0.5"].map(|s| ask(&mut client, s)).to_vec();
    for id in all {
        let result = client.answer(&id.into());
        let said: serde_json::Value =
            serde_json::from_str(crate::mcp::client::text(&result["result"])).unwrap();
        assert_eq!((&said["exit"], &said["timed_out"]), (&json!(0), &json!(false)), "{result}");
    }
    assert!(world.kinds().iter().all(|kind| kind != "call.failed" && kind != "call.unknown"));
    world.verify();
}
