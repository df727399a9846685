//! Homes are made by `init` and by nothing else.

use crate::harness::World;
use predicates::str::contains;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn verify_before_init_fails_and_creates_nothing() {
    let world = World::bare();
    let before = World::snapshot(world.root());
    let ran = world.fleet(&["audit", "verify", "--json"]);
    assert_eq!((ran.code, ran.json()["ok"].as_bool()), (6, Some(false)));
    assert_eq!(ran.json()["fault"]["class"], "missing");
    assert_eq!(World::snapshot(world.root()), before);
}

#[test]
fn no_command_makes_a_home_in_passing() {
    let world = World::bare();
    let before = World::snapshot(world.root());
    for args in [
        &["tool", "call", "files_read", "--args", r#"{"path":"/etc/hosts"}"#][..],
        &["approve", "abcde"],
        &["deny", "abcde", "--reason", "x"],
        &["approval", "list"],
        &["run-loop", "stale-branches"],
        &["run-loop", "stale-branches", "--plan"],
        &["loop", "register", "--all"],
        &["loop", "list"],
        &["finding", "list"],
        &["audit", "tail"],
        &["policy", "check", "files_read"],
    ] {
        let ran = world.fleet(args);
        assert_eq!(ran.code, 1, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains("fleet init"), "{args:?}: {ran:?}");
    }
    assert_eq!(World::snapshot(world.root()), before);
}

#[test]
fn a_second_init_is_refused_and_changes_nothing() {
    let world = World::new();
    let before = World::snapshot(world.root());
    let ran = world.fleet(&["init", "--approvals", "tty"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("never replaced"), "{ran:?}");
    assert_eq!(World::snapshot(world.root()), before);
}

#[test]
fn a_deleted_log_is_not_made_again() {
    let world = World::new();
    std::fs::remove_dir_all(world.data().join("audit")).unwrap();
    assert_eq!(world.fleet(&["init"]).code, 1);
    let (code, reply) = world.call("files_list", serde_json::json!({"path": world.w()}));
    assert_eq!((code, reply["status"].as_str()), (6, Some("failed")));
    assert!(!world.data().join("audit").exists());
}

#[test]
fn an_init_that_was_cut_off_can_be_finished() {
    let world = World::new();
    std::fs::remove_file(world.data().join("home.json")).unwrap();
    let log = std::fs::read(world.segment()).unwrap();
    assert_eq!(world.fleet(&["init"]).code, 0);
    assert_eq!(std::fs::read(world.segment()).unwrap(), log);
}

#[test]
fn files_are_for_their_owner_alone() {
    let world = World::new();
    for (path, _) in World::snapshot(&world.root().join("fleet")).into_iter().skip(1) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{path:?} has mode {mode:o}");
    }
}

#[test]
fn an_unwritable_data_folder_is_named_and_nothing_runs() {
    let world = World::new();
    // Root writes everywhere: a file in place of the folder stands in for missing rights.
    let undo = world.data().join("undo");
    std::fs::remove_dir(&undo).unwrap();
    std::fs::write(&undo, "").unwrap();
    std::fs::write(world.at("a"), "one").unwrap();
    let args = serde_json::json!({"path": world.at("a"), "content": "two", "mode": "replace"});
    let (code, reply) = world.call("files_write", args.clone());
    assert_eq!((code, reply["status"].as_str()), (1, Some("failed")));
    assert!(reply["error"].as_str().unwrap().contains("undo"), "{reply}");
    assert_eq!(std::fs::read_to_string(world.at("a")).unwrap(), "one");

    std::fs::remove_dir_all(world.data().join("inflight")).unwrap();
    let (code, reply) = world.call("files_write", args);
    assert_eq!(code, 1, "{reply}");
    assert!(reply["error"].as_str().unwrap().contains("inflight"), "{reply}");
    assert_eq!(std::fs::read_to_string(world.at("a")).unwrap(), "one");
}

#[test]
fn a_relative_fleet_home_is_refused() {
    let world = World::bare();
    let command = |args: &[&str]| {
        let mut command = world.command(args);
        command.env("FLEET_HOME", "here");
        command
    };
    command(&["audit", "verify"]).assert().code(1).stdout("").stderr(contains("write an absolute path"));
    command(&["init"]).assert().code(1).stdout("").stderr(contains("write an absolute path"));
    assert!(!world.root().join("here").exists());
}

#[test]
fn repositories_of_the_workspace_are_found() {
    let world = World::bare();
    world.repository("site");
    let ran = world.fleet(&["init", "--workspace", world.w().to_str().unwrap()]);
    assert_eq!(ran.code, 0);
    let settings = std::fs::read_to_string(world.config().join("fleet.toml")).unwrap();
    assert!(settings.contains(&format!("repos = [\"{}\"]", world.at("site"))), "{settings}");
    assert!(settings.contains("channels = [\"tty\"]") && settings.contains("proof = \"none\""), "{settings}");
}
