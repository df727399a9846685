//! What stops everything: the kill switch, a log that is not whole, a clock that went back.

use crate::harness::{FLEET, World};
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_file_called_kill_stops_every_call_until_it_is_gone() {
    let world = World::new();
    std::fs::write(world.data().join("KILL"), "").unwrap();
    let (code, reply) = world.call("files_list", json!({"path": world.w()}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (5, Some("kill-switch")));
    assert_eq!(world.call("files_write", json!({"path": world.at("a"), "content": "x"})).0, 5);
    assert!(!world.w().join("a").exists());
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    world.done("files_write", json!({"path": world.at("a"), "content": "x"}));
}

#[test]
fn the_kill_switch_ends_a_program_that_runs() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["sleep", "30"], "timeout_s": 60}));
    let mut child = world
        .process(FLEET, &["approve", &id, "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_child(&world);
    std::fs::write(world.data().join("KILL"), "").unwrap();
    let started = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert!(started.elapsed() < Duration::from_secs(8));
    let last = world.log().pop().unwrap();
    assert_eq!((last["kind"].as_str(), last["outcome"].as_str()), (Some("call.failed"), Some("stopped")));
}

/// Waits until a program is registered as running.
pub fn wait_for_child(world: &World) -> i32 {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        for entry in std::fs::read_dir(world.data().join("inflight")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
            if let Some(line) = text.lines().nth(1) {
                let child: serde_json::Value = serde_json::from_str(line).unwrap();
                return child["pid"].as_i64().unwrap() as i32;
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("nothing was started");
}

#[test]
fn a_brake_at_dispatch_leaves_the_approval() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 5);
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(world.count("approval.spent"), 1);
}

#[test]
fn a_cut_log_refuses_calls_and_verify_names_the_cut() {
    let world = World::new();
    for n in 0..3 {
        world.done("files_write", json!({"path": world.at(&format!("f{n}")), "content": "x"}));
    }
    let text = std::fs::read_to_string(world.segment()).unwrap();
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    std::fs::write(world.segment(), lines[..lines.len() - 1].concat()).unwrap();
    let ran = world.fleet(&["audit", "verify", "--json"]);
    assert_eq!(ran.code, 6);
    assert_eq!(
        (ran.json()["fault"]["kind"].as_str(), ran.json()["fault"]["seq"].as_u64()),
        (Some("truncated"), Some(lines.len() as u64))
    );
    let (code, _) = world.call("files_write", json!({"path": world.at("later"), "content": "x"}));
    assert_eq!(code, 6);
    assert!(!world.w().join("later").exists());
    // What only looks goes on.
    assert_eq!(world.fleet(&["approval", "list"]).code, 0);
}

#[test]
fn a_denial_works_with_the_log_broken_and_an_approval_does_not() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    std::fs::remove_file(world.data().join("audit/head")).unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 6);
    let ran = world.fleet(&["deny", &id, "--reason", "no"]);
    assert!(ran.code == 0 && ran.stderr.contains("not on record"), "{ran:?}");
    assert_eq!(world.fleet(&["approval", "list", "--json"]).json(), json!([]));
}

#[test]
fn one_changed_byte_anywhere_is_found() {
    let world = World::new();
    world.done("files_write", json!({"path": world.at("a"), "content": "x"}));
    let good = std::fs::read(world.segment()).unwrap();
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(world.segment(), &bad).unwrap();
        let ran = world.fleet(&["audit", "verify", "--json"]);
        assert_eq!(ran.code, 6, "byte {at}");
        assert_eq!(ran.json()["ok"], false);
    }
    std::fs::write(world.segment(), good).unwrap();
    world.verify();
}

#[test]
fn one_entry_checks_with_awk_sha256sum_and_jq() {
    let world = World::new();
    world.done("files_write", json!({"path": world.at("a"), "content": "x"}));
    let script = "a=$(awk 'NR==3{printf \"%s\",substr($0,1,length($0)-76)}' \"$1\" | sha256sum | cut -d' ' -f1); \
                  b=$(sed -n 3p \"$1\" | jq -r .hash); [ -n \"$b\" ] && [ \"$a\" = \"$b\" ]";
    let status =
        world.process("sh", &["-c", script, "x", world.segment().to_str().unwrap()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_clock_behind_the_log_stops_calls() {
    let world = World::new();
    // An entry from the future stands in for a clock that went back.
    let audit = world.data().join("audit");
    std::fs::remove_dir_all(&audit).unwrap();
    std::fs::create_dir(&audit).unwrap();
    let zero = fleet::call::Digest::parse(&"0".repeat(64)).unwrap();
    let payload = format!(
        r#"{{"kind":"log.created","log":"{}","ts":"2099-01-01T00:00:00.000000Z","v":1}}"#,
        "0".repeat(32)
    );
    let (line, hash) = fleet::audit::chain::seal(&payload, 1, &zero);
    std::fs::write(world.segment(), format!("{line}\n")).unwrap();
    let raw: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&hash.as_str()[2 * n..2 * n + 2], 16).unwrap()).collect();
    use base64::Engine as _;
    let head = base64::engine::general_purpose::STANDARD.encode(raw);
    std::fs::write(audit.join("head"), format!("fleet.local/audit/{}\n1\n{head}\n", "0".repeat(32))).unwrap();
    world.verify();
    let (code, reply) = world.call("files_list", json!({"path": world.w()}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (5, Some("clock-behind-log")), "{reply}");
}

#[test]
fn the_strict_profile_asks_about_every_change_and_its_edit_is_on_record() {
    let world = World::new();
    world.done("files_list", json!({"path": world.w()}));
    let before = world.count("policy.changed");
    let policy = std::fs::read_to_string(world.config().join("policy.toml")).unwrap();
    std::fs::write(world.config().join("policy.toml"), policy.replace("\"standard\"", "\"strict\"")).unwrap();
    world.waits("files_write", json!({"path": world.at("a"), "content": "x"}));
    world.done("files_list", json!({"path": world.w()}));
    assert_eq!(world.count("policy.changed"), before + 1);
}
