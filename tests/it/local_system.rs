//! The machine, on the real thing.

use crate::harness::World;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::process::Child;
use std::time::{Duration, Instant};

/// A child of this test that ends with it.
struct Own(Child);

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sleeper(world: &World, ignores_term: bool) -> Own {
    let line = if ignores_term { "trap '' TERM; while :; do sleep 0.05; done" } else { "exec sleep 300" };
    let child = Own(world.process("/bin/sh", &["-c", line]).spawn().unwrap());
    std::thread::sleep(Duration::from_millis(200));
    child
}

/// When the process started, as the tool says it.
fn start(world: &World, pid: u32) -> Value {
    let procs = world.done("system_processes", json!({"top": 500}));
    let row = procs["procs"].as_array().unwrap().iter().find(|p| p["pid"] == pid).cloned();
    row.unwrap_or_else(|| panic!("{pid} is not in {procs}"))["start"].clone()
}

#[test]
fn a_process_is_stopped_once_a_person_says_so_and_only_that_one() {
    let world = World::new();
    let mut child = sleeper(&world, false);
    let pid = child.0.id();
    let start = start(&world, pid);
    let id = world.waits("process_stop", json!({"pid": pid, "start_time": start}));
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.contains("sleep") && shown.contains(&pid.to_string()), "{shown}");
    assert!(child.0.try_wait().unwrap().is_none());
    let reaper = std::thread::spawn(move || child.0.wait().unwrap());
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, &ran.json()["result"]["exit_seen"]), (0, &json!(true)), "{ran:?}");
    assert!(!reaper.join().unwrap().success());
    world.verify();
}

#[test]
fn another_process_the_first_fleets_own_and_its_ancestors_are_left_alone() {
    let world = World::new();
    let child = sleeper(&world, false);
    let stop = |pid: u32, start: &Value| {
        let (code, reply) = world.call("process_stop", json!({"pid": pid, "start_time": start}));
        let rules: Vec<_> = reply["reasons"].as_array().unwrap().iter().map(|r| r["rule"].clone()).collect();
        (code, rules, reply)
    };
    let (code, rules, reply) = stop(child.0.id(), &json!("1"));
    assert!(code == 4 && rules.contains(&json!("other-process")), "{reply}");
    for pid in [1, std::process::id()] {
        let (code, rules, reply) = stop(pid, &json!("1"));
        assert!(code == 4 && rules.contains(&json!("guarded-process")), "{pid}: {reply}");
    }
    // What is gone by the time of the yes is left alone, whoever has its number then.
    let mut gone = sleeper(&world, false);
    let pid = gone.0.id();
    let id = world.waits("process_stop", json!({"pid": pid, "start_time": start(&world, pid)}));
    gone.0.kill().unwrap();
    gone.0.wait().unwrap();
    let ran = world.fleet(&["approve", &id]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let id = world.waits("process_stop", json!({"pid": pid, "start_time": "5"}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert!(ran.code == 1 && ran.json()["error"].as_str().unwrap().contains("no process"), "{ran:?}");
}

#[test]
fn a_process_that_does_not_obey_is_said_to_run_and_can_be_ended() {
    let world = World::new();
    let mut child = sleeper(&world, true);
    let pid = child.0.id();
    let start = start(&world, pid);
    let args = |signal: &str| json!({"pid": pid, "start_time": start, "signal": signal, "wait_s": 1});
    let ran = world.fleet(&["approve", &world.waits("process_stop", args("TERM")), "--json"]);
    assert!(ran.code == 1 && ran.json()["error"].as_str().unwrap().contains("still runs"), "{ran:?}");
    assert_eq!(ran.json()["result"]["stopped"], false);
    let id = world.waits("process_stop", args("KILL"));
    let reaper = std::thread::spawn(move || child.0.wait());
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    reaper.join().unwrap().unwrap();
}

#[test]
fn who_listens_is_told_with_its_pid() {
    let world = World::new();
    let (four, six) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("[::]:0").unwrap());
    let said = world.done("system_processes", json!({"top": 1, "ports": true}));
    let found = |port: u16| {
        let listeners = said["listeners"].as_array().unwrap();
        listeners.iter().find(|l| l["port"] == port).map(|l| (l["addr"].clone(), l["pid"].clone()))
    };
    let own = json!(std::process::id());
    assert_eq!(found(four.local_addr().unwrap().port()), Some((json!("127.0.0.1"), own.clone())));
    assert_eq!(found(six.local_addr().unwrap().port()), Some((json!("*"), own)));
    assert!(said["total"].as_u64().unwrap() > 1 && said["procs"].as_array().unwrap().len() == 1);
}

#[test]
fn the_machine_is_told_as_its_own_programs_tell_it() {
    let world = World::new();
    let said = world.done("system_info", json!({}));
    let text = |program: &str, args: &[&str]| {
        let out = world.process(program, args).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(said["os"]["kernel"], text("uname", &["-r"]));
    assert_eq!(said["cpu"]["logical"].as_u64().unwrap().to_string(), text("getconf", &["_NPROCESSORS_ONLN"]));
    assert!(said["mem"]["available"].as_u64().unwrap() < said["mem"]["total"].as_u64().unwrap());
    assert_eq!(said["load"].as_array().unwrap().len(), 3);
    // A file that is mostly a hole takes what it takes on the disk.
    std::fs::create_dir_all(world.w().join("a/b/c")).unwrap();
    std::fs::write(world.at("a/b/c/x"), vec![1; 200_000]).unwrap();
    std::fs::write(world.at("a/y"), vec![1; 100_000]).unwrap();
    std::fs::File::create(world.at("a/giant")).unwrap().set_len(5 << 30).unwrap();
    let du = world.done("system_info", json!({"sections": ["du"], "path": world.w(), "depth": 2}));
    let folders = du["du"]["folders"].as_array().unwrap();
    let of = |name: &str| {
        let row = folders.iter().find(|f| f["path"] == world.at(name).trim_end_matches('/'));
        row.map(|row| (row["bytes"].as_u64().unwrap(), row["files"].as_u64().unwrap()))
    };
    let whole = text("du", &["-s", "-B1", &world.at("a/b")]);
    let whole: u64 = whole.split('\t').next().unwrap().parse().unwrap();
    let (bytes, files) = of("a/b").unwrap();
    assert_eq!((bytes, files, of("a/b/c")), (whole, 1, None));
    let (bytes, files) = of("").unwrap();
    assert!(files == 3 && bytes < 1 << 20, "{bytes}");
}

#[test]
fn updates_are_those_that_the_package_manager_lists() {
    if !crate::harness::has("apt") {
        return;
    }
    let world = World::new();
    let said = world.done("system_updates", json!({"sources": ["os"]}));
    let listed = world.process("apt", &["list", "--upgradable"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let expected = listed.lines().filter(|line| line.contains("[upgradable from: ")).count();
    assert_eq!(said["items"].as_array().unwrap().len(), expected);
    // What was named and is not there is a failure; what was not named is only left out.
    if !crate::harness::has("brew") {
        let (code, reply) = world.call("system_updates", json!({"sources": ["brew"]}));
        assert!(code == 1 && reply["error"].as_str().unwrap().contains("`brew` is not in"), "{reply}");
    }
}

#[test]
fn modes_are_told_and_what_is_not_told_is_unknown() {
    let world = World::new();
    std::fs::create_dir(world.user().join(".ssh")).unwrap();
    std::fs::write(world.user().join(".ssh/id_rsa"), "private words").unwrap();
    let mode = |bits| std::os::unix::fs::PermissionsExt::from_mode(bits);
    std::fs::set_permissions(world.user().join(".ssh"), mode(0o755)).unwrap();
    let started = Instant::now();
    let said = world.done("security_posture", json!({}));
    assert!(started.elapsed() < Duration::from_secs(30));
    let of =
        |name: &str| said["items"].as_array().unwrap().iter().find(|i| i["check"] == name).unwrap().clone();
    assert_eq!(of("perms")["state"], "bad");
    let evidence = of("perms")["evidence"].to_string();
    assert!(evidence.contains(".ssh (0755)") && !evidence.contains("private words"), "{evidence}");
    if cfg!(target_os = "linux") {
        assert_eq!(
            (of("sip")["state"].as_str(), of("gatekeeper")["state"].as_str()),
            (Some("unknown"), Some("unknown"))
        );
    }
    assert_eq!(said["items"].as_array().unwrap().len(), 8);
}
