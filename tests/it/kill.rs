//! Stop means stop: `fleet kill` ends what runs, however it hides, and refuses what comes.

use crate::brakes::wait_for_child;
use crate::harness::{FLEET, Ran, World, wait_until};
use serde_json::json;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Living processes whose command line holds `word`.
fn alive(word: &str) -> Vec<i32> {
    let pids = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().to_str().and_then(|n| n.parse::<i32>().ok()));
    let holds = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).split('\0').any(|part| part == word)
    };
    pids.filter(holds).collect()
}

/// Approves a program and returns while it runs.
fn running(world: &World, line: &str) -> Child {
    let args = json!({"argv": ["sh", "-c", line], "timeout_s": 600});
    let id = world.waits("shell_run", args);
    let child = world
        .process(FLEET, &["approve", &id, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_child(world);
    child
}

/// `fleet kill`, which must be done within ten seconds.
fn kill(world: &World, args: &[&str]) -> Ran {
    let started = Instant::now();
    let ran = world.fleet(&[&["kill"], args].concat());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?} {ran:?}", started.elapsed());
    ran
}

fn last(world: &World, kind: &str) -> serde_json::Value {
    world.log().into_iter().rev().find(|e| e["kind"] == kind).unwrap_or_default()
}

#[test]
fn kill_ends_a_run_and_everything_is_refused_until_a_person_releases_it() {
    let world = World::new();
    let mut child = running(&world, "exec sleep 45.8101");
    let ran = kill(&world, &["--reason", "a test", "--json"]);
    assert_eq!((ran.code, ran.json()["switch"].as_str()), (0, Some("set")), "{ran:?}");
    assert_eq!(ran.json()["calls"].as_array().unwrap().len(), 1, "{ran:?}");
    assert_eq!(child.wait().unwrap().code(), Some(5), "its fleet process put the outcome on record");
    assert_eq!(alive("45.8101"), [0; 0]);
    assert_eq!(last(&world, "kill.engaged")["reason"], "a test");
    let (code, reply) = world.call("files_list", json!({"path": world.w()}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (5, Some("kill-switch")));
    assert!(reply["error"].as_str().unwrap().contains("a test"), "{reply}");

    let again = kill(&world, &["--json"]);
    assert_eq!((again.code, again.json()["switch"].as_str()), (0, Some("set-before")));
    assert_eq!(world.fleet(&["kill", "--release"]).code, 2, "a release says why");
    let ran = world.fleet(&["kill", "--release", "--reason", "looked at it", "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (0, Some("released")), "{ran:?}");
    let entry = last(&world, "kill.released");
    assert_eq!((entry["proof"].as_str(), entry["reason"].as_str()), (Some("none"), Some("looked at it")));
    assert!(entry["by"].is_string() && entry["source"].is_string(), "{entry}");
    world.done("files_list", json!({"path": world.w()}));
    let ran = world.fleet(&["kill", "--release", "--reason", "again", "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (0, Some("not-set")));
    assert_eq!((world.count("kill.engaged"), world.count("kill.released")), (2, 1));
    world.verify();
}

#[test]
fn grandchildren_that_ignore_term_or_made_sessions_of_their_own_are_ended() {
    let world = World::new();
    // One that ignores TERM, one in a session of its own, and one in a session of its own whose
    // parent is gone and whose environment is empty, under one whose environment is not.
    let line = "trap '' TERM; sh -c 'trap \"\" TERM; exec sleep 45.8102' & setsid sleep 45.8102 & \
                sh -c 'setsid sh -c \"env -i setsid sleep 45.8102 & exec sleep 45.8102\" &'; \
                while :; do sleep 45.8102; done";
    let mut child = running(&world, line);
    wait_until("all five", || alive("45.8102").len() >= 5);
    let ran = kill(&world, &["--json"]);
    assert_eq!(alive("45.8102"), [0; 0], "{ran:?}");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.json()["calls"][0]["forced"].as_u64().unwrap() >= 2, "{ran:?}");
    let _ = child.wait();
    assert_eq!(last(&world, "call.failed")["outcome"], "stopped");
}

/// Its parent ends at once, its session is its own, and its environment is empty.
const HIDDEN: &str = "(env -i setsid sh -c 'sleep SECONDS & sleep SECONDS' >/dev/null 2>&1 &); ";

#[test]
fn what_left_its_parent_its_session_and_its_environment_is_ended_too() {
    let world = World::new();
    let mut child = running(&world, &(HIDDEN.replace("SECONDS", "45.8107") + "exec sleep 45.8107"));
    wait_until("all of it", || alive("45.8107").len() >= 3);
    let ran = kill(&world, &["--json"]);
    assert_eq!(alive("45.8107"), [0; 0], "{ran:?}");
    assert_eq!(ran.code, 0, "{ran:?}");
    let _ = child.wait();
}

#[test]
fn nothing_that_a_program_started_outlives_its_call() {
    let world = World::new();
    let mine = world.process("sleep", &["45.8108"]).spawn();
    for (end, status) in [("sleep 45.8108", "failed"), ("echo done", "done")] {
        let line = HIDDEN.replace("SECONDS", "45.8108") + "setsid sleep 45.8108 & sleep 0.3; " + end;
        let args = json!({"argv": ["sh", "-c", line], "timeout_s": 2});
        let ran = world.fleet(&["approve", &world.waits("shell_run", args), "--json"]);
        assert_eq!(ran.json()["status"], status, "{ran:?}");
        let mine = mine.as_ref().map(|mine| i32::try_from(mine.id()).unwrap()).unwrap();
        assert_eq!(alive("45.8108"), [mine], "{ran:?}");
    }
    let mut mine = mine.unwrap();
    mine.kill().unwrap();
    let _ = mine.wait();
}

/// What a shell started before it became fleet is not the run's, though it is fleet's child.
#[test]
fn children_that_fleet_was_begun_with_are_left_alone() {
    let world = World::new();
    let args = json!({"argv": ["sh", "-c", "setsid sleep 45.8109 & echo done"]});
    let id = world.waits("shell_run", args);
    let line = format!("sleep 45.8110 & exec {FLEET} approve {id} --json");
    let out = world.process("sh", &["-c", &line]).stdout(Stdio::null()).status().unwrap();
    let (ours, theirs) = (alive("45.8109"), alive("45.8110"));
    for pid in theirs.iter().filter_map(|pid| rustix::process::Pid::from_raw(*pid)) {
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
    assert_eq!((out.code(), ours.len(), theirs.len()), (Some(0), 0, 1));
}

/// Who stops a server waits until it is gone; one that ended and that nobody takes leave of never is.
#[test]
fn an_orphan_that_ended_is_seen_to_be_gone_while_its_program_runs() {
    let world = World::new();
    let line = "pid=$(setsid sh -c 'sleep 45.8111 >/dev/null & echo $!'); kill $pid; n=0; \
                while kill -0 $pid 2>/dev/null && [ $n -lt 40 ]; do sleep 0.1; n=$((n + 1)); done; [ $n -lt 40 ]";
    let ran =
        world.fleet(&["approve", &world.waits("shell_run", json!({"argv": ["sh", "-c", line]})), "--json"]);
    assert_eq!((ran.code, ran.json()["result"]["exit"].as_i64()), (0, Some(0)), "{ran:?}");
}

#[test]
fn a_program_that_forks_all_the_time_does_not_outrun_it() {
    let world = World::new();
    let line = "trap '' TERM; while :; do sleep 45.8103 & setsid sh -c 'trap \"\" TERM; sleep 45.8103' & sleep 0.05; done";
    let mut child = running(&world, line);
    wait_until("a crowd", || alive("45.8103").len() > 10);
    let ran = kill(&world, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let _ = child.wait();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(alive("45.8103"), [0; 0], "{ran:?}");
}

#[test]
fn a_fleet_process_that_hangs_in_a_call_is_ended_too_and_its_call_becomes_unknown() {
    let world = World::new();
    let mut child = running(&world, "exec sleep 45.8104");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let ran = kill(&world, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(alive("45.8104"), [0; 0]);
    assert!(child.try_wait().unwrap().is_some(), "it still hangs");
    assert_eq!(last(&world, "call.unknown")["tool"], "shell_run");
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
}

/// A call that does not come back from a system call, as from a read of a server that says nothing.
#[test]
fn a_fleet_process_that_hangs_in_a_system_call_of_its_own_is_ended() {
    let world = World::new();
    let args = json!({"path": world.at("never"), "content": "x"}).to_string();
    let inject = "inject=renameat2,rename:signal=STOP:when=2";
    let traced = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2,rename", "-e", inject];
    let call = [FLEET, "tool", "call", "files_write", "--args", &args];
    let mut child = world
        .process("strace", &[&traced[..], &call[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace: `tests/run` installs it");
    wait_until("the intent", || world.count("call.intent") == 1);
    std::thread::sleep(Duration::from_millis(300));
    let ran = kill(&world, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["calls"][0]["tool"], "files_write");
    assert_eq!((world.count("call.unknown"), world.count("call.done")), (1, 0), "{:?}", world.kinds());
    let _ = child.wait();
}

#[test]
fn calls_that_begin_while_it_works_leave_nothing_running() {
    let world = World::new();
    let ids: Vec<_> = (0..6)
        .map(|n| world.waits("shell_run", json!({"argv": ["sh", "-c", format!("sleep 45.8105 # {n}")]})))
        .collect();
    let all: Vec<_> = ids
        .iter()
        .map(|id| {
            let mut command = world.process(FLEET, &["approve", id]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    wait_until("the first", || !alive("45.8105").is_empty());
    let ran = kill(&world, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for mut one in all {
        assert_ne!(one.wait().unwrap().code(), Some(0));
    }
    assert_eq!(alive("45.8105"), [0; 0]);
    world.verify();
}

#[test]
fn kill_works_on_a_dead_log_and_says_what_is_not_on_record() {
    let world = World::new();
    let mut child = running(&world, "exec sleep 45.8106");
    std::fs::remove_file(world.data().join("audit/head")).unwrap();
    let ran = kill(&world, &[]);
    assert!(ran.code == 0 && ran.stderr.contains("not on record"), "{ran:?}");
    let _ = child.wait();
    assert_eq!(alive("45.8106"), [0; 0]);
    assert!(world.data().join("KILL").exists());
    // And is not undone by it.
    assert_eq!(world.fleet(&["kill", "--release", "--reason", "x"]).code, 6);
    assert!(world.data().join("KILL").exists());
}

#[test]
fn kill_on_a_full_disk_is_set_all_the_same() {
    let world = World::new();
    let kill = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=write",
        "-e",
        "inject=write:error=ENOSPC",
        FLEET,
        "kill",
    ];
    let out = world.process("strace", &kill).stdout(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    assert!(world.data().join("KILL").exists(), "{out:?}");
    assert_eq!(world.call("files_list", json!({"path": world.w()})).0, 5);
}

#[test]
fn only_a_person_releases_it() {
    let world = World::new();
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("\"script\"", "\"tty\"")).unwrap();
    assert_eq!(kill(&world, &[]).code, 0);
    let ran = world.fleet(&["kill", "--release", "--reason", "x"]);
    assert!(ran.code == 4 && world.data().join("KILL").exists(), "{ran:?}");
    assert_eq!(world.count("kill.released"), 0);
}

#[test]
fn a_home_that_was_never_made_is_not_made_by_it() {
    let world = World::bare();
    assert_eq!(world.fleet(&["kill"]).code, 1);
    assert!(!world.data().exists());
}
