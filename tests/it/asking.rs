//! Asking is bounded: by time that does not come back, by what was denied, and by how much waits.

use crate::harness::World;
use serde_json::{Value, json};

fn waiting(world: &World) -> usize {
    world.fleet(&["approval", "list", "--json"]).json().as_array().unwrap().len()
}

#[test]
fn a_request_that_expired_once_stays_expired_when_the_clock_goes_back() {
    let world = World::new();
    let id = world.waits("shell_run", world.append("out"));
    let ran = world.fleet_at("+23h", &["approval", "list", "--json"]);
    assert_eq!(ran.json().as_array().unwrap().len(), 1, "it waits for a day");
    let ran = world.fleet_at("+25h", &["approve", &id]);
    assert!(ran.code == 1 && ran.stderr.contains("was expired already"), "{ran:?}");
    for when in ["+0s", "-2h", "+26h"] {
        let ran = world.fleet_at(when, &["approve", &id]);
        assert!(ran.code == 1 && ran.stderr.contains("was expired already"), "{when}: {ran:?}");
    }
    assert_eq!((world.count("approval.expired"), world.count("call.intent")), (1, 0));
    assert!(!world.w().join("out").exists());
}

/// The log saw the day pass; then the clock is turned back, and an entry that is allowed then is written.
#[test]
fn a_clock_that_was_turned_back_makes_no_request_young_again() {
    let world = World::new();
    let old = world.waits("shell_run", world.append("out"));
    let list = json!({"path": world.w()}).to_string();
    let call = ["tool", "call", "files_list", "--args", &list];
    assert_eq!(world.fleet_at("+23h", &call).code, 0);
    let young = json!({"argv": ["touch", "x"]}).to_string();
    let ran = world.fleet_at("+23h", &["tool", "call", "shell_run", "--args", &young, "--json"]);
    let young = ran.json()["approval"].as_str().unwrap().to_owned();
    assert_eq!(world.fleet_at("+25h", &call).code, 0);
    // A denial works with the clock behind. It must not become what the next command measures time by.
    assert_eq!(world.fleet(&["deny", &young, "--reason", "not now"]).code, 0);
    let last = world.log().pop().unwrap();
    assert!(last["ts"].as_str() < last["ts_high"].as_str(), "{last}");
    assert_eq!(waiting(&world), 0);
    let ran = world.fleet(&["approve", &old]);
    assert!(ran.code == 1 && ran.stderr.contains("was expired already"), "{ran:?}");
    assert_eq!(world.fleet(&call).code, 5, "the brake forgot what the log has seen");
    assert!(!world.w().join("out").exists());
    // The clock is right again: nothing is carried on any further.
    assert_eq!(world.fleet_at("+26h", &call).code, 0);
    assert_eq!(world.log().pop().unwrap()["ts_high"], Value::Null);
    world.verify();
}

#[test]
fn what_was_denied_can_be_asked_fifty_times_and_nobody_is_bothered() {
    let world = World::new();
    let call = world.append("out");
    let id = world.waits("shell_run", call.clone());
    assert_eq!(world.fleet(&["deny", &id, "--reason", "no"]).code, 0);
    let before = world.log().len();
    for _ in 0..50 {
        let (code, reply) = world.call("shell_run", call.clone());
        assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("denied-before")));
    }
    assert_eq!((waiting(&world), world.approvals().len(), world.outbox().len()), (0, 1, 0));
    // Each try is on record once, like any refused call, and as briefly.
    let log = world.log();
    assert_eq!((log.len() - before, world.count("call.waiting")), (50, 1));
    assert!(log[before..].iter().all(|e| e["kind"] == "call.refused" && e.get("effects").is_none()));
}

#[test]
fn a_denial_meets_another_order_another_caller_other_contents_and_more_beside_it() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        std::fs::write(world.at(name), name).unwrap();
    }
    let paths = |names: &[&str]| json!({"paths": names.iter().map(|n| world.at(n)).collect::<Vec<_>>()});
    let id = world.waits("files_trash", paths(&["a", "b"]));
    assert_eq!(world.fleet(&["deny", &id, "--reason", "mine"]).code, 0);
    std::fs::write(world.at("a"), "changed").unwrap();
    for names in [&["b", "a"][..], &["a", "b", "a"], &["c", "b", "nothing", "a"]] {
        let (code, reply) = world.call("files_trash", paths(names));
        assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("denied-before")), "{names:?}");
    }
    for caller in ["loop:any-loop", "mcp:desktop"] {
        let home = fleet::state::Home::scratch(&world.root().join("fleet")).unwrap();
        let call = fleet::call::Call {
            id: fleet::state::call_id().unwrap(),
            caller: fleet::call::Caller::parse(caller).unwrap(),
            tool: "files_trash".into(),
            args: paths(&["b", "a"]),
            run: None,
            why: None,
        };
        let judged = fleet::gate::judge(call, &fleet::gate::World::load(&home).unwrap()).unwrap();
        assert!(fleet::gate::denied(&home, &judged).unwrap().is_some(), "{caller}");
    }
    // Less than that is another request, and after a month so is the same.
    world.waits("files_trash", paths(&["a"]));
    let args = paths(&["a", "b"]).to_string();
    let call = ["tool", "call", "files_trash", "--args", &args];
    assert_eq!(world.fleet_at("+29d", &call).code, 4);
    assert_eq!(world.fleet_at("+31d", &call).code, 3);
}

#[test]
fn a_caller_that_asks_too_much_pushes_nobody_out() {
    let world = World::new();
    let mine = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    let row = world.approvals().pop().unwrap();
    let of = |caller: &str, from: usize, n: usize| -> Vec<Value> {
        let row = |n: usize| {
            let mut row = row.clone();
            row["id"] = json!(format!("a{n:04}"));
            row["caller"] = json!(caller);
            row["digest"] = json!(format!("{n:064x}"));
            row
        };
        (from..from + n).map(row).collect()
    };
    let mut all = vec![row.clone()];
    all.extend(of("loop:greedy-one", 0, 75));
    all.extend(of("mcp:desktop", 200, 100));
    let text: String = all.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(world.data().join("approvals.jsonl"), text).unwrap();
    // What waits keeps waiting, and the command line still gets a word in.
    world.waits("shell_run", json!({"argv": ["touch", "y"]}));
    let listed = world.fleet(&["approval", "list", "--json"]).json();
    let has = |id: &str| listed.as_array().unwrap().iter().any(|a| a["approval"] == id);
    assert!(listed.as_array().unwrap().len() == 177 && has(&mine), "{}", listed.as_array().unwrap().len());
}

/// What a program is asked to do is the same however its line is written, and whatever it is by now.
#[test]
fn a_denied_line_is_met_however_it_is_written() {
    let world = World::new();
    std::fs::create_dir_all(world.w().join("build")).unwrap();
    std::fs::create_dir_all(world.w().join("src")).unwrap();
    let tool = world.script("tidy", "#!/bin/sh\n");
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let line = |line: &str| json!({"command": line, "cwd": world.w()});
    for denied in [line("rm -rf build"), line("./tidy now > out"), line("rm $(cat list)")] {
        let id = world.waits("shell_run", denied);
        assert_eq!(world.fleet(&["deny", &id, "--reason", "mine"]).code, 0);
    }
    std::fs::write(&tool, "#!/bin/sh\ntrue\n").unwrap();
    for same in [
        line("rm -rf build"),
        line("rm -rf  build"),
        line(" rm '-rf' \"build\" # tidy"),
        line("X=1 rm -rf build"),
        line("/bin/rm -rf build && ls"),
        json!({"argv": ["rm", "-rf", "build"], "cwd": world.w()}),
        line("cd src && cd .. && rm -rf build"),
        line("./tidy  now >out"),
        line("rm $(cat list)"),
    ] {
        let (code, reply) = world.call("shell_run", same.clone());
        assert_eq!(
            (code, reply["reasons"][0]["rule"].as_str()),
            (4, Some("denied-before")),
            "{same}: {reply}"
        );
    }
    // Another thing, another place, another end of its words.
    for other in [
        line("rm -rf src"),
        line("rm -r build"),
        line("./tidy now > other"),
        line("rm $(cat lists)"),
        json!({"command": "rm -rf build", "cwd": world.w().join("src")}),
    ] {
        world.waits("shell_run", other);
    }
}
