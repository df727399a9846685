//! A call that waits for a person, and what its client is told afterwards.

use super::client::{Client, status, text};
use crate::harness::World;
use serde_json::{Value, json};

/// A call that has to wait and leaves a line behind each time it runs.
fn leaves_a_line(world: &World) -> Value {
    let script = world.script("say.sh", &format!("echo once >> {}; echo said", world.at("lines")));
    json!({"argv": ["sh", script], "write_roots": [world.at("")]})
}

fn lines(world: &World) -> usize {
    std::fs::read_to_string(world.at("lines")).unwrap_or_default().lines().count()
}

#[test]
fn the_first_repetition_after_a_yes_gets_the_result_and_a_later_one_asks_anew() {
    let world = World::new();
    let args = leaves_a_line(&world);
    let mut client = Client::open(&world, &["--allow-high", "--as", "desk"]);
    let asked = client.call("shell_run", args.clone());
    assert_eq!((asked["isError"].as_bool(), status(&asked)), (Some(true), "waiting"));
    let id = asked["_meta"]["fleet/approval"].as_str().unwrap().to_owned();
    assert!(text(&asked).contains(&format!("fleet approve {id}")), "{asked}");
    assert_eq!(client.waits("shell_run", args.clone()), id, "asking twice is one request");
    assert_eq!(lines(&world), 0);
    let shown = world.fleet(&["approval", "show", &id]);
    assert!(
        shown.stdout.contains("a client that calls itself raw 0.7") || shown.stderr.contains("raw 0.7"),
        "{shown:?}"
    );
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (0, Some("done")), "{ran:?}");
    assert_eq!(lines(&world), 1);
    // Another client that asks for the same has asked for nothing yet.
    let mut other = Client::open(&world, &["--allow-high", "--as", "other"]);
    let strange = other.waits("shell_run", args.clone());
    assert_ne!(strange, id);
    let entries = world.log().len();
    let result = client.call("shell_run", args.clone());
    assert_eq!((result["isError"].as_bool(), status(&result)), (Some(false), "done"), "{result}");
    assert_eq!(result["_meta"]["fleet/approval"], id.as_str());
    assert_eq!(serde_json::from_str::<Value>(text(&result)).unwrap()["stdout"], "said\n");
    assert_eq!((lines(&world), world.log().len()), (1, entries + 1), "nothing ran for it");
    let told = world.log().last().unwrap().clone();
    assert_eq!(
        (&told["kind"], &told["outcome"], &told["approval"], &told["risk"]),
        (&json!("call.done"), &json!("told"), &json!(id), &json!("LOW")),
        "{told}"
    );
    assert!(told["source"].as_str().unwrap().contains("raw 0.7"), "{told}");
    assert!(told["call"] != result["_meta"]["fleet/call"], "the repetition has an id of its own");
    let later = client.waits("shell_run", args);
    assert_ne!(later, id);
    assert_eq!(lines(&world), 1);
    world.verify();
}

#[test]
fn the_result_waits_for_a_server_that_starts_later() {
    let world = World::new();
    let args = leaves_a_line(&world);
    let id = Client::open(&world, &["--allow-high"]).waits("shell_run", args.clone());
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    let mut next = Client::open(&world, &["--allow-high"]);
    assert_eq!(status(&next.call("shell_run", args.clone())), "done");
    assert_eq!(status(&next.call("shell_run", args)), "waiting");
    assert_eq!(lines(&world), 1);
}

#[test]
fn a_denial_is_told_and_remembered() {
    let world = World::new();
    let args = leaves_a_line(&world);
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = client.waits("shell_run", args.clone());
    assert_eq!(world.fleet(&["deny", &id, "--reason", "not today"]).code, 0);
    let refused = client.call("shell_run", args);
    assert_eq!(status(&refused), "refused");
    assert!(text(&refused).contains("not today"), "{refused}");
    assert_eq!(lines(&world), 0);
}

#[test]
fn a_failure_after_a_yes_is_told_once() {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    let mut client = Client::open(&world, &["--allow-high"]);
    let args = json!({"argv": ["sh", world.script("fails.sh", "exit 9")], "timeout_s": 5});
    let id = client.waits("shell_run", args.clone());
    let _ = world.fleet(&["approve", &id]);
    let told = client.call("shell_run", args.clone());
    assert_eq!(told["_meta"]["fleet/approval"], id.as_str(), "{told}");
    assert!(told.to_string().contains('9'), "{told}");
    assert_ne!(client.waits("shell_run", args), id);
}

#[test]
fn what_cannot_be_known_is_never_repeated() {
    let world = World::new();
    let script = world.script("long.sh", &format!("echo once >> {}; sleep 57.47", world.at("lines")));
    let args = json!({"argv": ["sh", script], "write_roots": [world.at("")], "timeout_s": 60});
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = client.waits("shell_run", args.clone());
    let mut approving = world.process(crate::harness::FLEET, &["approve", &id]).spawn().unwrap();
    for _ in 0..200 {
        if lines(&world) == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(lines(&world), 1);
    let running = client.call("shell_run", args.clone());
    assert_eq!(status(&running), "waiting");
    assert!(text(&running).contains("is being carried out"), "{running}");
    approving.kill().unwrap();
    let _ = approving.wait().unwrap();
    for _ in 0..2 {
        let told = client.call("shell_run", args.clone());
        assert_eq!((told["isError"].as_bool(), status(&told)), (Some(true), "unknown"), "{told}");
        assert!(text(&told).contains("fleet audit resolve"), "{told}");
    }
    assert_eq!((lines(&world), world.count("call.unknown")), (1, 1));
    let seq = world.log().iter().find(|e| e["kind"] == "call.unknown").unwrap()["seq"].to_string();
    let ran = world.fleet(&["audit", "resolve", &seq, "done", "--reason", "looked"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = client.call("shell_run", args.clone());
    assert!(text(&told).contains("call.resolved"), "{told}");
    assert_eq!(
        status(&client.call("shell_run", args)),
        "waiting",
        "a person closed it: this is a new request"
    );
    assert_eq!(lines(&world), 1);
    world.verify();
}

#[test]
fn with_the_kill_switch_set_no_result_is_handed_out() {
    let world = World::new();
    let args = leaves_a_line(&world);
    let mut client = Client::open(&world, &["--allow-high"]);
    let id = client.waits("shell_run", args.clone());
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(status(&client.call("shell_run", args.clone())), "refused");
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    assert_eq!(status(&client.call("shell_run", args)), "done");
}

#[test]
fn bulk_arguments_are_told_apart_by_their_content() {
    let world = World::new();
    let outside = world.root().join("outside");
    let args = |content: &str| json!({"path": outside, "content": content});
    let mut client = Client::open(&world, &[]);
    let id = client.waits("files_write", args("one"));
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_ne!(status(&client.call("files_write", args("two"))), "done");
    let told = client.call("files_write", args("one"));
    assert_eq!((status(&told), &told["_meta"]["fleet/approval"]), ("done", &json!(id)), "{told}");
}

#[test]
fn a_yes_that_comes_to_nothing_leaves_nothing_to_tell() {
    let world = World::new();
    let folder = world.root().join("outside");
    let args = json!({"path": folder.join("x"), "content": "x"});
    std::fs::create_dir(&folder).unwrap();
    let mut client = Client::open(&world, &[]);
    let id = client.waits("files_write", args);
    std::fs::remove_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&folder, &folder).unwrap();
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.json()["status"], "failed", "{ran:?}");
    let rows = world.approvals();
    let row = rows.iter().find(|row| row["id"] == *id).unwrap();
    assert_eq!((&row["state"], row.get("outcome")), (&json!("stale"), None), "{row}");
}
