//! Secrets stay out of the log, of error texts and of notices, whichever way they come.

use crate::harness::World;
use serde_json::json;

/// Everything that fleet wrote down, but for the store itself.
fn written(world: &World) -> String {
    let files = World::snapshot(&world.data()).into_iter().filter_map(|(_, content)| content);
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect::<Vec<_>>().join("\n")
}

fn store(world: &World, name: &str, value: &str) {
    let path = world.root().join("fleet/secrets.json");
    let mut all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    all.insert(name.into(), value.into());
    std::fs::write(&path, serde_json::to_vec(&all).unwrap()).unwrap();
}

#[test]
fn a_stored_secret_goes_by_its_name() {
    let world = World::new();
    store(&world, "mail", "correct horse");
    let ran = world.fleet(&[
        "tool",
        "call",
        "files_read",
        "--args",
        &json!({"path": world.at("correct horse")}).to_string(),
    ]);
    assert!(ran.code == 1 && !ran.stderr.contains("correct horse"), "{ran:?}");
    assert!(ran.stderr.contains("⟨secret:mail⟩"), "{ran:?}");
    let log = std::fs::read_to_string(world.segment()).unwrap();
    assert!(log.contains("⟨secret:mail⟩") && !log.contains("correct horse"), "{log}");
    world.verify();
}

#[test]
fn what_looks_like_a_token_goes_by_a_keyed_hash_that_shows_equality() {
    let (world, token) = (World::new(), format!("ghp_{}", "a1B2".repeat(9)));
    for args in [
        json!({"path": world.at(&token)}),
        json!({"path": world.at(&format!("{token}.txt"))}),
        // Malformed: the error speaks of what was given.
        json!({"path": world.at("x"), &token: 1}),
    ] {
        let ran = world.fleet(&["tool", "call", "files_read", "--args", &args.to_string(), "--json"]);
        assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token), "{ran:?}");
    }
    world.fleet(&["tool", "call", &token, "--args", "{}"]);
    let all = written(&world);
    assert!(!all.contains(&token), "{all}");
    let marks: std::collections::BTreeSet<_> = all.split("⟨token:").skip(1).map(|rest| &rest[..16]).collect();
    assert!(!marks.is_empty());
    // Another home has another key: marks cannot be looked up in a table.
    let other = World::new();
    other.fleet(&["tool", "call", "files_read", "--args", &json!({"path": other.at(&token)}).to_string()]);
    let foreign = written(&other);
    assert!(foreign.contains("⟨token:") && marks.iter().all(|mark| !foreign.contains(mark)));
}

#[test]
fn what_the_approver_saw_has_its_own_digest() {
    let (world, token) = (World::new(), format!("ghp_{}", "a1B2".repeat(9)));
    let id = world.waits("shell_run", json!({"argv": ["touch", token]}));
    // The person sees the call whole.
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.replace(['\n', ' '], "").contains(&token), "{shown}");
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    let decided = world.log().into_iter().find(|e| e["kind"] == "approval.decided").unwrap();
    assert_eq!(decided["view"]["sha256"].as_str().map(str::len), Some(64));
    assert!(decided["view"]["bytes"].as_u64().unwrap() > 100);
    assert!(!std::fs::read_to_string(world.segment()).unwrap().contains(&token));
}

#[test]
fn a_store_that_others_can_read_is_not_used_and_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let path = world.root().join("fleet/secrets.json");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = world.fleet(&["audit", "checkpoint"]);
    assert!(ran.code == 1 && ran.stderr.contains("chmod 600"), "{ran:?}");
    assert_eq!(world.count("checkpoint"), 0);
}

#[test]
fn no_tool_reaches_the_store() {
    let world = World::new();
    let (code, reply) = world.call("files_read", json!({"path": world.root().join("fleet/secrets.json")}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("fleet-own")), "{reply}");
}

#[test]
fn a_call_that_waits_is_answered_without_the_token_that_it_names() {
    let (world, token) = (World::new(), format!("ghp_{}", "a1B2".repeat(9)));
    let command = format!("echo x > {}", world.at(&token));
    for json in [&["--json"][..], &[]] {
        let args = json!({"command": command}).to_string();
        let ran = world.fleet(&[&["tool", "call", "shell_run", "--args", &args], json].concat());
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token), "{ran:?}");
        assert!(ran.stdout.contains("⟨token:") || ran.stderr.contains("⟨token:"), "{ran:?}");
    }
}
