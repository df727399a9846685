//! System calls, traced: the intent is synced before the effect, and the outcome before the answer.

use crate::confine::kernel_confines;
use crate::harness::{FLEET, World};
use serde_json::{Value, json};

/// Runs fleet under strace; the trace, line by line.
fn trace(world: &World, args: &[&str]) -> Vec<String> {
    let file = world.root().join("trace");
    let calls = "trace=write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,execve,mkdirat,ftruncate,landlock_restrict_self,seccomp,pidfd_send_signal";
    let ran = world
        .process("strace", &["-f", "-y", "-s", "200000", "-e", calls, "-o", file.to_str().unwrap(), FLEET])
        .args(args)
        .output()
        .expect("strace: `tests/run` installs it");
    assert!(
        ran.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    text.lines().map(str::to_owned).collect()
}

/// Sees that the entry of `kind` is written, then synced, before the first line that `effect` finds,
/// and that the outcome is synced after it.
fn ordered(trace: &[String], effect: impl Fn(&str) -> bool) {
    let log = |line: &str| line.contains("/data/audit/0000");
    let at = |from: usize, what: &str, find: &dyn Fn(&str) -> bool| {
        let found = trace.iter().enumerate().skip(from).find(|(_, l)| find(l)).map(|(n, _)| n);
        found.unwrap_or_else(|| panic!("no {what} after line {from}:\n{}", trace.join("\n")))
    };
    let wrote = |kind: &'static str| {
        move |l: &str| l.contains("write(") && log(l) && l.contains(&format!("\\\"kind\\\":\\\"{kind}\\\""))
    };
    let synced = |l: &str| l.contains("fdatasync(") && log(l) && l.ends_with("= 0");
    let intent = at(0, "intent", &wrote("call.intent"));
    let sync = at(intent, "sync of the intent", &synced);
    let flight =
        at(0, "sync of the in-flight file", &|l| l.contains("fsync(") && l.contains("/data/inflight/"));
    let act = at(0, "effect", &effect);
    assert!(flight < intent, "the in-flight file comes after the intent");
    assert!(sync < act, "line {act} acts before line {sync} synced the intent:\n{}", trace.join("\n"));
    let outcome = at(act, "outcome", &wrote("call.done"));
    let _ = at(outcome, "sync of the outcome", &synced);
}

fn call(world: &World, tool: &str, args: Value) -> Vec<String> {
    trace(world, &["tool", "call", tool, "--args", &args.to_string()])
}

fn approved(world: &World, tool: &str, args: Value) -> Vec<String> {
    let id = world.waits(tool, args);
    trace(world, &["approve", &id])
}

#[test]
fn process_stop_syncs_its_intent_first() {
    let world = World::new();
    let mut child = world.process("sleep", &["300"]).spawn().unwrap();
    let procs = world.done("system_processes", json!({"name": "sleep", "top": 500}));
    let row = procs["procs"].as_array().unwrap().iter().find(|p| p["pid"] == child.id()).unwrap().clone();
    let args = json!({"pid": child.id(), "start_time": row["start"], "wait_s": 20});
    let id = world.waits("process_stop", args);
    let reaper = std::thread::spawn(move || child.wait());
    ordered(&trace(&world, &["approve", &id]), |l| l.contains("pidfd_send_signal("));
    reaper.join().unwrap().unwrap();
}

#[test]
fn git_commit_and_fleet_maintain_sync_their_intents_first() {
    let world = World::new();
    let repo = world.repository("r");
    world.git("r", &["config", "user.name", "Ada"]);
    world.git("r", &["config", "user.email", "ada@example.org"]);
    std::fs::write(world.at("r/a"), "x").unwrap();
    let commit = json!({"repo": repo, "paths": ["a"], "message": "a"});
    ordered(&call(&world, "git_commit", commit), |l| l.contains("execve(") && l.contains("\"read-tree\""));
    let path = world.at("n");
    world.done("files_write", json!({"path": path, "content": "one"}));
    let kept = world.done("files_write", json!({"path": path, "content": "two", "mode": "replace"}));
    let kept = world.data().join("undo").join(kept["undo"].as_str().unwrap());
    let aged = std::time::SystemTime::now() - std::time::Duration::from_secs(40 * 86_400);
    std::fs::File::options().write(true).open(kept).unwrap().set_modified(aged).unwrap();
    let tidy = call(&world, "fleet_maintain", json!({"what": "rotate"}));
    ordered(&tidy, |l| l.contains("rename") && l.contains("/data/archive/undo/"));
}

#[test]
fn files_write_syncs_its_intent_first() {
    let world = World::new();
    let path = world.at("a");
    let lines = call(&world, "files_write", json!({"path": path, "content": "x"}));
    // Even the temporary file beside the target comes after the intent.
    ordered(&lines, |l| {
        l.contains(&format!("<{}>", world.w().display()))
            || l.contains(&format!("{}/.fleet", world.w().display()))
    });
    let renamed =
        lines.iter().position(|l| l.contains("renameat2(") && l.contains("\"a\"")).expect("a rename");
    let content = lines
        .iter()
        .position(|l| l.contains("fsync(") && l.contains(".fleet-"))
        .expect("a sync of the content");
    assert!(content < renamed, "the content is synced before it gets its name");
}

#[test]
fn files_move_syncs_its_intent_first() {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    let lines =
        call(&world, "files_move", json!({"pairs": [{"from": world.at("a"), "to": world.at("tray/b")}]}));
    ordered(&lines, |l| l.contains("mkdirat(") || (l.contains("renameat2(") && l.contains("\"b\"")));
}

#[test]
fn archive_extract_syncs_its_intent_first() {
    let world = World::new();
    let packed = crate::packed::pack(&json!({"format": "tgz", "entries": ["a.txt", "d/b.txt"]}));
    std::fs::write(world.at("x.tgz"), packed).unwrap();
    let lines =
        call(&world, "archive_extract", json!({"archive": world.at("x.tgz"), "into": world.at("out")}));
    ordered(&lines, |l| l.contains("mkdirat("));
}

#[test]
fn files_trash_syncs_its_intent_first() {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    let lines = approved(&world, "files_trash", json!({"paths": [world.at("a")]}));
    ordered(&lines, |l| l.contains("rename") && l.contains("Trash"));
}

#[test]
fn git_branch_delete_syncs_its_intent_first() {
    let world = World::new();
    let repo = world.repository("site");
    let lines = approved(&world, "git_branch_delete", json!({"repo": repo, "branches": ["done/one"]}));
    ordered(&lines, |l| l.contains("execve(") && l.contains("update-ref"));
}

#[test]
fn shell_run_syncs_its_intent_first_and_registers_before_it_becomes_the_program() {
    let world = World::new();
    let lines = approved(&world, "shell_run", json!({"argv": ["touch", "x"]}));
    ordered(&lines, |l| l.contains("execve(") && l.contains("exec-child"));
    let registered = lines
        .iter()
        .position(|l| {
            l.contains("write(")
                && l.contains("/data/inflight/")
                && l.contains("\\\"pid\\\"")
                && !l.contains("\\\"tool\\\"")
        })
        .expect("a registration");
    let became = lines
        .iter()
        .position(|l| l.contains("execve(") && !l.contains("exec-child") && l.contains("/touch\""))
        .expect("the program");
    assert!(registered < became);
    if kernel_confines("shell_run_syncs_its_intent_first") {
        assert!(registered < held(&lines) && held(&lines) < became);
    }
}

/// Where both halves of a profile are in force.
fn held(lines: &[String]) -> usize {
    let at = |call: &str| lines.iter().position(|l| l.contains(call) && l.ends_with("= 0"));
    let (files, calls) = (at("landlock_restrict_self("), at("seccomp("));
    files.expect("files are held").max(calls.expect("system calls are held"))
}

#[test]
fn git_is_held_to_its_repository_before_it_changes_one() {
    if !kernel_confines("git_is_held_to_its_repository") {
        return;
    }
    let world = World::new();
    let repo = world.repository("site");
    let lines = approved(&world, "git_branch_delete", json!({"repo": repo, "branches": ["done/one"]}));
    let became = lines.iter().position(|l| {
        l.contains("execve(") && !l.contains("exec-child") && l.contains("update-ref") && l.ends_with("= 0")
    });
    assert!(held(&lines) < became.expect("git"));
    assert_eq!(world.branches("site"), ["done/two", "main", "open"]);
}

#[test]
fn a_read_is_on_record_before_its_result_is_printed() {
    let world = World::new();
    std::fs::write(world.at("a"), "content-of-a").unwrap();
    let lines = call(&world, "files_read", json!({"path": world.at("a")}));
    let printed =
        lines.iter().position(|l| l.contains("write(1") && l.contains("content-of-a")).expect("the result");
    let synced = lines
        .iter()
        .position(|l| l.contains("fdatasync(") && l.contains("/data/audit/0000"))
        .expect("a sync");
    assert!(synced < printed);
}
