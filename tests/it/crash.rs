//! `kill -9` at any instant: what cannot be known is unknown, what was left running is ended, and
//! nothing is repeated.

use crate::brakes::wait_for_child;
use crate::harness::{FLEET, World, wait_until};
use serde_json::json;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

fn gone(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

#[test]
fn a_killed_call_is_closed_as_unknown_its_orphan_ended_and_nothing_repeated() {
    let world = World::new();
    let out = world.at("out");
    let id = world.waits("shell_run", json!({"argv": ["sh", "-c", "echo x >> $1; trap '' TERM; sleep 300 & wait", "x", out], "timeout_s": 300, "write_roots": [world.w()]}));
    let mut child =
        world.process(FLEET, &["approve", &id]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let orphan = wait_for_child(&world);
    wait_until("it did not begin", || world.w().join("out").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!gone(orphan), "the program outlives fleet until the next command");
    assert_eq!(
        (world.count("call.intent"), world.count("call.done"), world.count("call.unknown")),
        (1, 0, 0)
    );

    let ran = world.fleet(&["approval", "list"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("may or may not have taken place"), "{ran:?}");
    assert!(gone(orphan), "the orphan is ended");
    assert_eq!(world.count("call.unknown"), 1);
    for _ in 0..3 {
        world.fleet(&["approval", "list"]);
        assert_eq!(world.fleet(&["approve", &id]).code, 1);
    }
    assert_eq!((world.count("call.unknown"), world.count("call.intent")), (1, 1));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "x\n");
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
    world.verify();
}

#[test]
fn a_pid_that_belongs_to_somebody_else_now_is_left_alone() {
    let world = World::new();
    // It leads a group of its own, so that a signal to that group would reach it.
    let mut bystander = world.process("sleep", &["60"]).process_group(0).spawn().unwrap();
    let id = fleet::state::call_id().unwrap();
    let manifest = json!({"v": 1, "call": id, "tool": "shell_run", "caller": "cli", "risk": "HIGH", "digest": "0".repeat(64), "pid": 1, "start": "1"});
    world.intend(id.as_str());
    let child = json!({"pid": bystander.id(), "start": "12345"});
    std::fs::write(world.data().join("inflight").join(id.as_str()), format!("{manifest}\n{child}\n"))
        .unwrap();
    world.fleet(&["approval", "list"]);
    assert_eq!(world.count("call.unknown"), 1);
    assert!(!gone(bystander.id() as i32), "a process that fleet did not start was ended");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn nothing_becomes_a_program_outside_a_call() {
    let world = World::new();
    let file = world.at("flight");
    let order = json!({"profile": null, "cwd": world.w(), "program": "/bin/echo", "argv": ["echo", "ran"]});
    std::fs::write(&file, "").unwrap();
    let ran = world.exec_child(&file, &order);
    assert!(ran.code != 0 && !ran.stdout.contains("ran"), "{ran:?}");
    let manifest = json!({"v": 1, "call": "0".repeat(26), "tool": "t", "caller": "cli", "risk": "HIGH", "digest": "", "pid": std::process::id(), "start": "1"});
    std::fs::write(&file, format!("{manifest}\n")).unwrap();
    let ran = world.exec_child(&file, &order);
    assert!(ran.code != 0 && !ran.stdout.contains("ran"), "{ran:?}");
}

#[test]
fn a_call_whose_intent_cannot_be_written_never_happened() {
    let world = World::new();
    let long = "x".repeat(200);
    let pairs: Vec<_> = (0..450)
        .map(|n| json!({"from": world.at(&format!("{n}{long}")), "to": world.at(&format!("to{n}{long}"))}))
        .collect();
    let file = world.root().join("args.json");
    std::fs::write(&file, json!({ "pairs": pairs }).to_string()).unwrap();
    let ran =
        world.fleet(&["tool", "call", "files_move", "--args", &format!("@{}", file.display()), "--json"]);
    let (code, reply) = (ran.code, ran.json());
    assert!(code == 4 && reply["error"].as_str().unwrap().contains("256 KiB"), "{reply}");
    world.fleet(&["approval", "list"]);
    assert_eq!(world.kinds(), ["log.created", "call.refused"]);
}

#[test]
fn a_call_that_was_closed_before_its_process_ended_is_not_closed_again() {
    let world = World::new();
    world.done("files_write", json!({"path": world.at("a"), "content": "x"}));
    let call = world.log().pop().unwrap()["call"].as_str().unwrap().to_owned();
    let manifest = json!({"v": 1, "call": call, "tool": "files_write", "caller": "cli", "risk": "MEDIUM", "digest": "", "pid": 1, "start": "1"});
    std::fs::write(world.data().join("inflight").join(&call), format!("{manifest}\n")).unwrap();
    world.fleet(&["approval", "list"]);
    assert_eq!(world.count("call.unknown"), 0);
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
}

#[test]
fn two_commands_that_find_the_same_crash_close_it_once() {
    let world = World::new();
    for _ in 0..5 {
        let id = fleet::state::call_id().unwrap();
        let manifest = json!({"v": 1, "call": id, "tool": "files_write", "caller": "cli", "risk": "MEDIUM", "digest": "0".repeat(64), "pid": 1, "start": "1"});
        std::fs::write(world.data().join("inflight").join(id.as_str()), format!("{manifest}\n")).unwrap();
        world.intend(id.as_str());
        let before = world.count("call.unknown");
        let both: Vec<_> = (0..4)
            .map(|_| world.process(FLEET, &["approval", "list"]).stderr(Stdio::null()).spawn().unwrap())
            .collect();
        for mut one in both {
            one.wait().unwrap();
        }
        assert_eq!(world.count("call.unknown"), before + 1);
    }
}

#[test]
fn writes_killed_at_random_leave_the_old_or_the_new_content_and_a_sound_log() {
    let world = World::new();
    let path = world.at("file");
    std::fs::write(&path, "old").unwrap();
    for round in 0..40_u64 {
        let content = format!("new {round}");
        let args = json!({"path": path, "content": content, "mode": "replace"}).to_string();
        let before = std::fs::read_to_string(&path).unwrap();
        let mut child = world
            .process(FLEET, &["tool", "call", "files_write", "--args", &args])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(round * 311 % 9000));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(after == before || after == content, "round {round}: {after:?}");
        world.fleet(&["approval", "list"]);
        if after != before {
            let intents = world.log().iter().filter(|e| e["kind"] == "call.intent").count();
            assert!(intents > 0, "round {round}: changed without an intent on record");
        }
    }
    world.verify();
    assert_eq!(
        std::fs::read_dir(world.data().join("inflight"))
            .unwrap()
            .filter(|e| !e.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'))
            .count(),
        0
    );
    let log = world.log();
    let closed =
        |kind: &str, call: &serde_json::Value| log.iter().any(|e| e["kind"] == kind && e["call"] == *call);
    for intent in log.iter().filter(|e| e["kind"] == "call.intent") {
        let call = &intent["call"];
        assert!(
            closed("call.done", call) || closed("call.unknown", call) || closed("call.failed", call),
            "{call} has no outcome"
        );
    }
}
