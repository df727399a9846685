//! Disks that are full or fail.

use crate::harness::{FLEET, Ran, World};
use serde_json::json;
use std::process::Stdio;

/// Runs fleet with `fault` injected into its system calls by strace.
fn injected(world: &World, fault: &str, args: &[&str]) -> Ran {
    let (inject, name) = (format!("inject={fault}"), fault.split(':').next().unwrap());
    let quiet = ["-f", "-qq", "-e", &format!("trace={name}"), "-o", "/dev/null", "-e", &inject];
    let mut command = world.process("strace", &quiet);
    command.arg(FLEET).args(args).output().expect("strace: `tests/run` installs it").into()
}

fn write_args(world: &World, name: &str) -> [String; 6] {
    let args = json!({"path": world.at(name), "content": "x"}).to_string();
    ["tool", "call", "files_write", "--args", &args, "--json"].map(str::to_owned)
}

/// The disk takes part of the line: a short write, as a full disk gives it.
#[test]
fn a_disk_that_takes_half_a_line_leaves_no_half_line_and_nothing_happens() {
    let world = World::new();
    let before = std::fs::read(world.segment()).unwrap();
    // The limit counts in blocks of 512 bytes, and an intent is longer than two of them.
    let blocks = before.len() / 512 + 1;
    let args = write_args(&world, "never");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = world.process("sh", &["-c", &line, FLEET]);
    let out = command.args(&args).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(1) && said.contains("the disk took only part of the line"), "{said}");
    assert_eq!(std::fs::read(world.segment()).unwrap(), before, "half a line stands");
    assert!(!world.w().join("never").exists());
    // There is room again.
    world.verify();
    world.done("files_write", json!({"path": world.at("now"), "content": "x"}));
}

#[test]
fn half_a_line_that_could_not_be_taken_back_is_cut_off_by_the_next_entry() {
    let world = World::new();
    let length = world.segment().metadata().unwrap().len();
    let args = write_args(&world, "never");
    // The write is short, and taking it back fails, too: the worst that a full disk can do.
    let blocks = length / 512 + 1;
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec strace -f -qq -e trace=ftruncate -o /dev/null -e inject=ftruncate:error=EIO \"$0\" \"$@\""
    );
    let out = world.process("sh", &["-c", &line, FLEET]).args(&args).output().unwrap();
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    assert!(!world.w().join("never").exists());
    assert!(world.segment().metadata().unwrap().len() > length, "nothing was torn");
    let ran = world.fleet(&["audit", "verify", "--json"]);
    assert_eq!(ran.json()["fault"]["kind"], "torn_tail");
    world.done("files_write", json!({"path": world.at("now"), "content": "x"}));
    assert_eq!(world.count("repaired"), 1);
    world.verify();
}

#[test]
fn a_full_disk_is_said_and_nothing_happens() {
    let world = World::new();
    let before = std::fs::read(world.segment()).unwrap();
    // Each write after the first few fails: the in-flight file's, or the log's.
    for nth in 1..=3 {
        let args = write_args(&world, "never");
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ran = injected(&world, &format!("write:error=ENOSPC:when={nth}+"), &args);
        assert_ne!(ran.code, 0, "{nth}: {ran:?}");
        assert!(!world.w().join("never").exists(), "{nth}: it happened");
        assert!(std::fs::read(world.segment()).unwrap().starts_with(&before));
    }
    let ran = world.fleet(&["approval", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    world.verify();
    world.done("files_write", json!({"path": world.at("now"), "content": "x"}));
}

/// After a failed sync the system may show what never reached the disk, and the next sync succeeds.
#[test]
fn a_sync_that_failed_stops_the_log_until_a_person_mends_it() {
    let world = World::new();
    let id = world.log()[0]["log"].as_str().unwrap().to_owned();
    let args = write_args(&world, "never");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = injected(&world, "fdatasync:error=EIO:when=1", &args);
    assert!(ran.code == 1 && ran.stdout.contains("Input/output error"), "{ran:?}");
    assert!(!world.w().join("never").exists());
    assert!(world.data().join("audit.failed").exists());
    for args in [&args[..], &["tool", "call", "files_list", "--args", "{\"path\":\"/tmp\"}"]] {
        let ran = world.fleet(args);
        assert!(ran.code == 6 && ran.stderr.contains("fleet audit repair"), "{ran:?}");
    }
    assert!(!world.w().join("never").exists());
    let ran = world.fleet(&["audit", "repair", "--reason", "the disk was replaced"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!world.data().join("audit.failed").exists());
    assert_eq!(world.log()[0]["after"]["log"], id.as_str());
    world.verify();
    let closed = world.data().join("audit.closed").join(&id);
    assert_eq!(world.fleet(&["audit", "verify", closed.to_str().unwrap()]).code, 0);
    world.done("files_write", json!({"path": world.at("now"), "content": "x"}));
}

#[test]
fn an_in_flight_file_that_cannot_be_synced_stops_the_call() {
    let world = World::new();
    let args = write_args(&world, "never");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = injected(&world, "fsync:error=EIO:when=1", &args);
    assert!(ran.code == 1 && !world.w().join("never").exists(), "{ran:?}");
    assert_eq!((world.count("call.intent"), world.count("call.unknown")), (0, 0));
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
    world.done("files_write", json!({"path": world.at("now"), "content": "x"}));
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_in_little_memory() {
    let world = World::new();
    let text = std::fs::read(world.segment()).unwrap();
    let mut long = text.clone();
    long.resize(text.len() + 100_000_000, b'x');
    std::fs::write(world.segment(), &long).unwrap();
    let line = "ulimit -v 400000; exec \"$0\" tool call files_list --args '{\"path\":\"/tmp\"}'";
    let out = world.process("sh", &["-c", line, FLEET]).stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(6) && said.contains("256 KiB"), "{said}");
    assert_eq!(world.segment().metadata().unwrap().len(), long.len() as u64, "it was cut");
}
