//! No profile is trusted before it was seen to hold, on this kernel and by this program.

use crate::confine::kernel_confines;
use crate::harness::{Ran, World};
use serde_json::{Value, json};

/// The stored result of the canary, changed.
fn change(world: &World, how: &dyn Fn(&mut Value)) {
    let path = world.data().join("confinement.json");
    let mut stored: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    how(&mut stored);
    std::fs::write(&path, stored.to_string()).unwrap();
}

fn stored(world: &World) -> Value {
    serde_json::from_slice(&std::fs::read(world.data().join("confinement.json")).unwrap()).unwrap()
}

fn check(world: &World) -> Ran {
    world.fleet(&["policy", "check", "shell_run", "--args", r#"{"argv":["touch","x"]}"#, "--json"])
}

fn rules(reasons: &Value) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_canary_is_run_by_init_and_again_by_the_first_call_after_a_change() {
    if !kernel_confines("a_canary") {
        return;
    }
    let world = World::new();
    let first = stored(&world);
    assert_eq!((&first["proven"], &first["sandbox"]), (&json!(true), &json!("landlock+seccomp")), "{first}");
    let all = ["write-outside", "read-secret", "tcp", "udp", "unix-socket", "signal"];
    let named: Vec<_> =
        first["refused"].as_array().unwrap().iter().chain(first["not_held"].as_array().unwrap()).collect();
    assert!(all.iter().all(|what| named.contains(&&json!(what))), "{first}");

    // Another kernel: the check says so and leaves it, a call renews it.
    change(&world, &|c| c["kernel"] = "Linux 1.0".into());
    let judged = check(&world).json();
    assert!(rules(&judged["reasons"]).contains(&"confinement-supposed"), "{judged}");
    assert!(judged["effects"][0]["confined"].as_bool().unwrap(), "{judged}");
    assert_eq!(stored(&world)["kernel"], "Linux 1.0");
    world.done("shell_run", json!({"argv": ["true"]}));
    assert_eq!((&stored(&world)["kernel"], &stored(&world)["proven"]), (&first["kernel"], &json!(true)));
    assert!(stored(&world)["at"] != first["at"], "it was not run again");

    // Another file of the same bytes needs no other run; other bytes do.
    let at = stored(&world)["at"].clone();
    change(&world, &|c| c["binary"]["file"]["mtime"] = 5.into());
    world.done("shell_run", json!({"argv": ["true"]}));
    assert_eq!((&stored(&world)["at"], &stored(&world)["binary"]), (&at, &first["binary"]));
    change(&world, &|c| {
        c["binary"]["file"]["mtime"] = 5.into();
        c["binary"]["sha256"] = "ab".into();
    });
    world.done("shell_run", json!({"argv": ["true"]}));
    assert!(stored(&world)["at"] != at);
    assert_eq!(stored(&world)["binary"], first["binary"]);
    assert_eq!(rules(&check(&world).json()["reasons"]), ["shell-write", "risk-high"]);
}

#[test]
fn without_proof_every_program_asks_and_says_that_nothing_holds_it() {
    let world = World::new();
    world.unconfine();
    let (code, reply) = world.call("shell_run", json!({"argv": ["touch", "x"]}));
    assert_eq!(code, 3, "{reply}");
    assert!(rules(&reply["reasons"]).contains(&"not-confined"), "{reply}");
    assert!(reply["reasons"].to_string().contains("udp was not refused"), "{reply}");
    let id = reply["approval"].as_str().unwrap();
    let shown = world.fleet(&["approval", "show", id]);
    assert!(shown.stdout.contains("is not confined"), "{shown:?}");
    let ran = world.fleet(&["approve", id, "--json"]);
    assert_eq!((ran.code, &ran.json()["result"]["sandbox"]), (0, &json!("none")), "{ran:?}");
    // What was approved without a profile is not what would run with one.
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    change(&world, &|c| c["kernel"] = "Linux 1.0".into());
    if kernel_confines("an approval from before") {
        let ran = world.fleet(&["approve", &id, "--json"]);
        assert_eq!((ran.code, ran.json()["status"].as_str()), (4, Some("refused")), "{ran:?}");
    }
}

#[test]
fn without_proof_git_says_so_before_it_deletes() {
    let world = World::new();
    let repo = world.repository("site");
    let args = json!({"repo": repo, "branches": ["done/one"]});
    let reasons = world.call("git_branch_delete", args).1["reasons"].clone();
    assert!(!rules(&reasons).contains(&"not-confined"), "{reasons}");
    world.unconfine();
    let args = json!({"repo": repo, "branches": ["done/two"]});
    let (code, reply) = world.call("git_branch_delete", args);
    assert!(code == 3 && rules(&reply["reasons"]).contains(&"not-confined"), "{reply}");
}

#[test]
fn a_profile_that_the_kernel_does_not_take_starts_nothing() {
    let world = World::new();
    let call = json!({"argv": ["sh", "-c", "echo it ran"]});
    let id = world.waits("shell_run", call);
    // Landlock's calls do not exist here: what the canary proved is not so any more.
    let filter = include_str!("confine/without_landlock.py");
    let out = world
        .process("/usr/bin/python3", &["-c", filter, crate::harness::FLEET, "approve", &id, "--json"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(!text.contains("it ran\\n"), "{text}");
    if kernel_confines("a_profile_that_the_kernel_does_not_take") {
        let reply: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&reply["status"], out.status.code()), (&json!("failed"), Some(1)), "{text}");
        assert!(reply["error"].as_str().unwrap().contains("it cannot be confined: landlock"), "{text}");
    }
    assert!(world.data().join("confinement.json").exists());
}

/// Ended by somebody before it became the program: that is no run, whatever its end looks like.
#[cfg(target_os = "linux")]
#[test]
fn a_child_that_ends_before_it_begins_is_no_run() {
    let world = World::new();
    std::fs::create_dir(world.at("out")).unwrap();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"], "cwd": world.at("out")}));
    let inject = ["-f", "-qqq", "-o", "/dev/null", "-e", "trace=setsid", "-e", "inject=setsid:signal=KILL"];
    let mut strace = world.process("strace", &inject);
    let out = strace.args([crate::harness::FLEET, "approve", &id, "--json"]).output();
    let out = out.expect("strace: `tests/run` installs it");
    let reply: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&reply["status"], out.status.code()), (&json!("failed"), Some(1)), "{reply}");
    let error = reply["error"].as_str().unwrap();
    assert!(error.contains("/touch` never began") && error.contains("signal: 9"), "{reply}");
    assert_eq!(std::fs::read_dir(world.at("out")).unwrap().count(), 0);
    assert!(world.log().iter().any(|e| e["kind"] == "call.failed" && e["outcome"] == "failed"));
}

#[test]
fn only_a_tool_that_starts_programs_sends_a_canary() {
    if !kernel_confines("only_a_tool_that_starts_programs") {
        return;
    }
    let world = World::new();
    let repo = world.repository("r");
    let starts = [
        ("files_list", json!({"path": world.w()}), false),
        ("git_status", json!({"repo": repo}), false),
        ("git_branch_delete", json!({"repo": repo, "branches": ["done/two"]}), true),
        ("shell_run", json!({"argv": ["true"]}), true),
    ];
    for (tool, args, sends) in starts {
        std::fs::remove_file(world.data().join("confinement.json")).unwrap();
        world.call(tool, args);
        assert_eq!(world.data().join("confinement.json").exists(), sends, "{tool}");
        world.call("shell_run", json!({"argv": ["true"]}));
    }
}

/// Whether the kernel holds git is part of what was judged, and what was judged is done.
#[cfg(target_os = "linux")]
#[test]
fn git_is_held_as_it_was_judged() {
    if !kernel_confines("git_is_held_as_it_was_judged") {
        return;
    }
    let world = World::new();
    let repo = world.repository("r");
    for (branch, confined) in [("done/one", true), ("done/two", false)] {
        if !confined {
            world.unconfine();
        }
        let args = json!({"repo": repo, "branches": [branch]});
        let (_, waiting) = world.call("git_branch_delete", args);
        let id = waiting["approval"].as_str().unwrap();
        let list = world.fleet(&["approval", "list", "--json"]).json();
        let row = list.as_array().unwrap().iter().find(|row| row["approval"] == id).unwrap();
        assert_eq!(row["effects"][0]["confined"], confined, "{row}");
        let trace = ["-f", "-qqq", "-e", "trace=landlock_restrict_self", "-e", "signal=none"];
        let mut strace = world.process("strace", &trace);
        let out = strace.args([crate::harness::FLEET, "approve", id, "--json"]).output();
        let out = out.expect("strace: `tests/run` installs it");
        assert_eq!(out.status.code(), Some(0), "{out:?}");
        let held = String::from_utf8_lossy(&out.stderr).matches("landlock_restrict_self(").count();
        assert_eq!(held, usize::from(confined));
        assert!(!world.branches("r").contains(&branch.to_owned()));
    }
}
