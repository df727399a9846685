//! Breakers and ceilings, across processes.

use crate::harness::{FLEET, World};
use serde_json::{Value, json};
use std::process::Stdio;

/// A change that fails in the hand: its folder is not there.
fn failing(world: &World) -> Value {
    json!({"path": world.at("nowhere/x"), "content": "x"})
}

fn fail(world: &World, times: usize) {
    for n in 0..times {
        let (code, reply) = world.call("files_write", failing(world));
        assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{n}: {reply}");
    }
}

fn shown(world: &World, name: &str) -> Value {
    world.fleet(&["breaker", "show", name, "--json"]).json()
}

#[test]
fn what_is_not_there_opens_no_breaker_but_that_of_its_loop() {
    let world = World::new();
    std::fs::write(world.w().join("there"), "x").unwrap();
    let (none, there) = (world.at("none"), world.at("there"));
    for n in 0..3 {
        for (tool, args) in [
            ("files_move", json!({"pairs": [{"from": none, "to": world.at("x")}]})),
            ("files_move", json!({"pairs": [{"from": there, "to": there}]})),
            ("files_write", json!({"path": there, "content": "y", "mode": "create"})),
        ] {
            let (code, reply) = world.call(tool, args);
            assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{n} {tool}: {reply}");
        }
    }
    assert_eq!(world.fleet(&["breaker", "list", "--json"]).json(), json!([]));
    // What was there when it was judged is no mistake: the second step of a call fails after the first.
    let pairs = |n: usize| json!([{"from": world.at(&format!("a{n}")), "to": world.at("nowhere/x/y")}]);
    for n in 0..5 {
        std::fs::write(world.w().join(format!("a{n}")), "x").unwrap();
        let (code, reply) = world.call("files_move", json!({"pairs": pairs(n)}));
        assert_eq!(code, 1, "{reply}");
    }
    assert_eq!(shown(&world, "family:files")["state"], "open");
}

/// What `approve` answers for each of `ids`, started at once at the time `when`.
fn at_once(world: &World, when: &str, ids: &[&str]) -> Vec<i32> {
    let start = |id: &&str| {
        let mut command = world.process_at(when, &["approve", id]);
        command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
    };
    let all: Vec<_> = ids.iter().map(start).collect();
    let mut codes: Vec<_> = all.into_iter().map(|mut one| one.wait().unwrap().code().unwrap()).collect();
    codes.sort_unstable();
    codes
}

#[test]
fn five_failures_in_a_row_open_the_breaker_of_their_family_and_say_so_once() {
    let world = World::new();
    fail(&world, 4);
    world.done("files_write", json!({"path": world.at("good"), "content": "x"}));
    assert_eq!(world.fleet(&["breaker", "list", "--json"]).json(), json!([]), "a success begins anew");
    fail(&world, 5);
    let (code, reply) = world.call("files_write", json!({"path": world.at("later"), "content": "x"}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (5, Some("breaker family:files")), "{reply}");
    let error = reply["error"].as_str().unwrap();
    for part in ["is open since", "until 20", "fleet breaker reset family:files", "failed in a row"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!world.w().join("later").exists());
    // A local read shows what is wrong, and another family is none of its business.
    world.done("files_list", json!({"path": world.w()}));
    world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    assert_eq!(world.count("breaker.opened"), 1);
    let titles: Vec<_> = world.outbox().iter().map(|n| n["title"].clone()).collect();
    assert_eq!(titles, ["breaker family:files: opened"]);

    // Malformed and refused calls are no failures of the tool.
    let ran = world.fleet(&["breaker", "reset", "family:files", "--reason", "mended", "--json"]);
    assert_eq!((ran.code, ran.json()["closed"].clone()), (0, json!(["family:files"])), "{ran:?}");
    for _ in 0..6 {
        world.call("files_write", json!({"path": "relative"}));
        world.call("files_write", json!({"path": world.data().join("KILL"), "content": "x"}));
    }
    assert_eq!(shown(&world, "files")["state"], "closed");
    let closed = world.log().into_iter().find(|e| e["kind"] == "breaker.closed").unwrap();
    assert!(
        closed["by"].is_string() && closed["proof"] == "none" && closed["reason"] == "mended",
        "{closed}"
    );
    world.verify();
}

#[test]
fn after_the_cool_down_one_probe_goes_through_and_its_outcome_decides() {
    let world = World::new();
    fail(&world, 5);
    let write = json!({"path": world.at("x"), "content": "x"}).to_string();
    let write = ["tool", "call", "files_write", "--args", &write];
    assert_eq!(world.fleet_at("+30s", &write).code, 5, "not yet");
    let bad = failing(&world).to_string();
    let bad = ["tool", "call", "files_write", "--args", &bad];
    assert_eq!(world.fleet_at("+2m", &bad).code, 1, "the probe, which fails");
    assert_eq!(world.fleet_at("+3m", &write).code, 5, "the second cool-down is two minutes");
    assert_eq!(world.fleet_at("+5m", &write).code, 0, "the probe, which works");
    assert_eq!(world.fleet_at("+5m", &bad).code, 1, "closed: counted, not stopped");
    let opened = world.count("breaker.opened");
    assert_eq!((opened, world.count("breaker.half"), world.count("breaker.closed")), (2, 2, 1));
    assert_eq!(world.outbox().len(), 5, "each change is announced once");
    world.verify();
}

#[test]
fn of_two_processes_one_is_the_probe() {
    let world = World::new();
    let ids: Vec<_> = (0..3)
        .map(|n| world.waits("shell_run", json!({"argv": ["sh", "-c", format!("sleep 1.5 # {n}")]})))
        .collect();
    assert_eq!(world.fleet(&["breaker", "trip", "family:shell", "--reason", "a test"]).code, 0);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(world.fleet(&["approve", ids[0]]).code, 5);
    assert_eq!(at_once(&world, "+2h", &ids), [0, 5, 5]);
    assert_eq!((world.count("breaker.half"), world.count("breaker.closed")), (1, 1));
    // The others were left approved, and run now.
    let left = world.fleet_at("+2h", &["approval", "list", "--json"]).json();
    let left: Vec<_> = left.as_array().unwrap().iter().map(|a| a["approval"].as_str().unwrap()).collect();
    assert_eq!(left.len(), 2);
    assert_eq!(at_once(&world, "+2h", &left), [0, 0]);
    world.verify();
}

#[test]
fn a_probe_that_crashed_frees_the_breaker() {
    let world = World::new();
    assert_eq!(world.fleet(&["breaker", "trip", "files"]).code, 0);
    let path = world.data().join("brakes.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    // Its file was removed, so that nothing is left that would tell of it.
    state["breakers"]["family:files"] = json!({
        "state": "half", "since": "2026-01-01T00:00:00Z", "cooldown_s": 60, "why": "x", "told": true,
        "probe": "01m86h87ay1wmt5s9mq5bc81yc",
    });
    std::fs::write(&path, state.to_string()).unwrap();
    world.done("files_write", json!({"path": world.at("x"), "content": "x"}));
    assert_eq!(shown(&world, "files")["state"], "closed");

    // One that is under way is known by its held file.
    std::fs::write(&path, state.to_string()).unwrap();
    let held = std::fs::File::create(world.data().join("inflight/01m86h87ay1wmt5s9mq5bc81yc")).unwrap();
    held.lock().unwrap();
    let (code, reply) = world.call("files_write", json!({"path": world.at("y"), "content": "x"}));
    assert!(code == 5 && reply["error"].as_str().unwrap().contains("half-open"), "{reply}");
}

#[test]
fn a_crashed_call_counts_as_a_failure() {
    let world = World::new();
    fail(&world, 4);
    let args = json!({"path": world.at("x"), "content": "x"}).to_string();
    let inject = "inject=renameat2:signal=KILL:when=2";
    let traced = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2", "-e", inject, FLEET];
    let call = ["tool", "call", "files_write", "--args", &args];
    let out = world.process("strace", &[&traced[..], &call[..]].concat()).output().unwrap();
    assert!(!out.status.success());
    assert_eq!(world.call("files_write", json!({"path": world.at("y"), "content": "x"})).0, 5);
    assert_eq!((world.count("call.unknown"), world.count("breaker.opened")), (1, 1));
}

/// A change that fails, whose process is killed where it makes a system call.
fn killed_at(world: &World, call: &str, nth: usize) {
    killed_doing(world, &failing(world), call, nth);
}

fn killed_doing(world: &World, args: &Value, call: &str, nth: usize) {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when={nth}"));
    let args = args.to_string();
    let traced = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, FLEET];
    let call = ["tool", "call", "files_write", "--args", &args];
    let out = world.process("strace", &[&traced[..], &call[..]].concat()).output().unwrap();
    assert!(!out.status.success());
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 1, "it landed");
}

#[test]
fn a_failure_counts_although_its_process_ended_before_it_was_counted() {
    let world = World::new();
    fail(&world, 4);
    // The outcome is synced; what follows it is the head, in place.
    killed_at(&world, "pwrite64", 2);
    assert_eq!((world.count("call.failed"), world.count("breaker.opened")), (5, 0));
    assert_eq!(world.call("files_write", json!({"path": world.at("y"), "content": "x"})).0, 5);
    assert_eq!((world.count("call.failed"), world.count("breaker.opened")), (5, 1));
}

#[test]
fn a_mistake_counts_for_no_tool_although_its_process_ended_before_that_was_told() {
    let world = World::new();
    fail(&world, 4);
    std::fs::write(world.at("there"), "x").unwrap();
    let mistake = json!({"path": world.at("there"), "content": "y", "mode": "create"});
    killed_doing(&world, &mistake, "pwrite64", 2);
    assert_eq!((world.count("call.failed"), world.count("breaker.opened")), (5, 0));
    assert_eq!(world.call("files_list", json!({"path": world.w()})).0, 0);
    assert_eq!((world.count("call.failed"), world.count("breaker.opened")), (5, 0));
    fail(&world, 1);
    assert_eq!(world.count("breaker.opened"), 1, "the four before still count");
}

#[test]
fn a_failure_counts_once_although_its_process_ended_before_it_landed() {
    let world = World::new();
    fail(&world, 3);
    // It was counted; now its in-flight file is to go.
    killed_at(&world, "unlink", 1);
    assert_eq!(world.call("files_write", json!({"path": world.at("y"), "content": "x"})).0, 0);
    fail(&world, 4);
    assert_eq!(world.count("breaker.opened"), 0, "a success stood between");
    let world = World::new();
    fail(&world, 3);
    killed_at(&world, "unlink", 1);
    assert_eq!(world.call("files_list", json!({"path": world.w()})).0, 0);
    assert_eq!(world.count("breaker.opened"), 0, "four failures are not five");
    fail(&world, 1);
    assert_eq!(world.count("breaker.opened"), 1);
}

#[test]
fn the_breaker_of_a_loop_stops_that_loop() {
    let world = World::new();
    world.repository("site");
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let repos = format!("{text}\n[loop.stale-branches]\nrepos = [\"{}\"]\n", world.at("site"));
    std::fs::write(&settings, repos).unwrap();
    assert_eq!(world.fleet(&["loop", "register", "stale-branches"]).code, 0);
    assert_eq!(world.fleet(&["breaker", "trip", "loop:stale-branches", "--hold"]).code, 0);
    assert_eq!(shown(&world, "loop:stale-branches")["until"], Value::Null);
    let ran = world.fleet(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (5, Some("failed:braked")), "{ran:?}");
    assert_eq!(world.fleet(&["breaker", "reset", "--all"]).code, 0);
    let ran = world.fleet(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_ne!(ran.json()["outcome"], "failed:braked", "{ran:?}");
}

#[test]
fn a_brake_file_that_does_not_read_stops_every_call() {
    let world = World::new();
    std::fs::write(world.data().join("brakes.json"), "{").unwrap();
    for (tool, args) in
        [("files_list", json!({"path": world.w()})), ("shell_run", json!({"argv": ["touch", "x"]}))]
    {
        let (code, reply) = world.call(tool, args);
        assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (5, Some("brakes-unreadable")), "{reply}");
    }
}

fn limit(world: &World, text: &str) {
    let settings = world.config().join("fleet.toml");
    let before = std::fs::read_to_string(&settings).unwrap();
    let kept = before.split("\n[ceilings]").next().unwrap().to_owned();
    std::fs::write(&settings, format!("{kept}\n[ceilings]\n{text}\n")).unwrap();
}

/// A program that asks for the network, as one that sends would.
fn sending(n: usize, world: &World) -> Value {
    // Not an argument of its own: a file that an argument names is pinned, and this one changes.
    json!({"argv": ["sh", "-c", format!("echo {n} >> {}", world.at("sent"))], "network": true})
}

fn sent(world: &World) -> usize {
    std::fs::read_to_string(world.at("sent")).map_or(0, |text| text.lines().count())
}

#[test]
fn of_two_processes_one_gets_the_last_unit_of_a_ceiling() {
    let world = World::new();
    let lock = world.data().join("brakes.lock");
    for round in 1..=12 {
        limit(&world, &format!("\"tool:shell_run\" = \"{round}/h\""));
        let (one, two) = (
            world.waits("shell_run", sending(2 * round, &world)),
            world.waits("shell_run", sending(2 * round + 1, &world)),
        );
        // Both are held at the door and let go at once.
        let door = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(&lock).unwrap();
        door.lock().unwrap();
        let start = |id: &String| {
            let mut command = world.process(FLEET, &["approve", id]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let both = [start(&one), start(&two)];
        let started = std::time::Instant::now();
        while std::fs::read_dir(world.data().join("inflight")).unwrap().count() < 2 {
            assert!(started.elapsed().as_secs() < 20, "round {round}: they do not wait for each other");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        drop(door);
        let mut codes = both.map(|mut one| one.wait().unwrap().code().unwrap());
        codes.sort_unstable();
        assert_eq!(codes, [0, 5], "round {round}");
        assert_eq!(sent(&world), round);
        for id in [&one, &two] {
            let _ = world.fleet(&["deny", id, "--reason", "the round is over"]);
        }
    }
    assert_eq!(world.count("ceiling.hit"), 12);
    let list = world.fleet(&["ceiling", "list", "--json"]).json();
    let row = list.as_array().unwrap().iter().find(|c| c["ceiling"] == "tool:shell_run").unwrap();
    assert_eq!((row["used"].clone(), row["limit"].clone()), (json!(12), json!(12)), "{list}");
    world.verify();
}

#[test]
fn a_ceiling_leaves_the_approval_and_there_is_room_again_when_its_window_has_passed() {
    let world = World::new();
    limit(&world, "\"tool:shell_run\" = \"1/h\"");
    let (one, two) =
        (world.waits("shell_run", sending(1, &world)), world.waits("shell_run", sending(2, &world)));
    assert_eq!(world.fleet(&["approve", &one]).code, 0);
    let ran = world.fleet(&["approve", &two, "--json"]);
    let reply = ran.json();
    assert_eq!((ran.code, reply["reasons"][0]["rule"].as_str()), (5, Some("ceiling tool:shell_run")));
    assert_eq!((sent(&world), world.count("approval.spent")), (1, 1));
    assert_eq!(world.fleet_at("+50m", &["approve", &two]).code, 5);
    assert_eq!(world.fleet_at("+62m", &["approve", &two]).code, 0);
    assert_eq!(sent(&world), 2);
    // What does not send has no ceiling.
    limit(&world, "\"tool:shell_run\" = \"0/d\"");
    let ran = world
        .fleet_at("+62m", &["tool", "call", "shell_run", "--args", "{\"argv\":[\"touch\",\"x\"]}", "--json"]);
    let id = ran.json()["approval"].as_str().unwrap().to_owned();
    assert_eq!(world.fleet_at("+62m", &["approve", &id]).code, 0);
}

#[test]
fn what_never_got_to_act_gives_its_unit_back_and_what_is_unknown_keeps_it() {
    let world = World::new();
    limit(&world, "\"tool:shell_run\" = \"1/h\"");
    let id = world.waits("shell_run", sending(1, &world));
    // The intent cannot be written: nothing was attempted.
    let inject = "inject=fdatasync:error=EIO:when=3";
    let traced =
        ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject, FLEET, "approve", &id];
    let out = world.process("strace", &traced).output().unwrap();
    assert!(!out.status.success() && sent(&world) == 0, "{out:?}");
    assert_eq!(world.count("call.done"), 0);
    let used = |world: &World| {
        let list = world.fleet(&["ceiling", "list", "--json"]).json();
        let row = list.as_array().unwrap().iter().find(|c| c["ceiling"] == "tool:shell_run").unwrap().clone();
        row["used"].as_u64().unwrap()
    };
    assert_eq!(used(&world), 0);

    let world = World::new();
    limit(&world, "\"tool:shell_run\" = \"1/h\"");
    let id = world.waits("shell_run", json!({"argv": ["sh", "-c", "sleep 20"], "network": true}));
    let mut child = world.process(FLEET, &["approve", &id]).spawn().unwrap();
    crate::brakes::wait_for_child(&world);
    child.kill().unwrap();
    let _ = child.wait();
    let two = world.waits("shell_run", sending(2, &world));
    assert_eq!((world.count("call.unknown"), used(&world)), (1, 1));
    assert_eq!(world.fleet(&["approve", &two]).code, 5);
}

#[test]
fn a_ceiling_that_brakes_nothing_is_refused() {
    let world = World::new();
    for text in ["\"tool:nonsense\" = \"1/h\"", "\"tool:shell_run\" = \"often\"", "tools = 3"] {
        limit(&world, text);
        let (code, reply) = world.call("files_list", json!({"path": world.w()}));
        assert_eq!(code, 4, "{reply}");
        assert!(reply["error"].as_str().unwrap().contains("fleet.toml"), "{reply}");
    }
}
