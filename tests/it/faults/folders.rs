//! Folders that are gone, read-only or somebody else's.

use crate::harness::World;
use serde_json::json;

fn read(world: &World) -> crate::harness::Ran {
    let args = json!({"path": world.w()}).to_string();
    world.fleet(&["tool", "call", "files_list", "--args", &args, "--json"])
}

#[test]
fn a_log_that_is_gone_is_said_and_not_made_anew() {
    let world = World::new();
    std::fs::remove_dir_all(world.data().join("audit")).unwrap();
    let ran = read(&world);
    assert!(ran.code == 6 && ran.stderr.contains("no audit log"), "{ran:?}");
    assert!(!world.data().join("audit").exists());
    let ran = world.fleet(&["audit", "verify", "--json"]);
    assert_eq!((ran.code, ran.json()["fault"]["class"].as_str()), (6, Some("missing")));
}

#[test]
fn data_that_are_gone_are_said_and_not_made_anew() {
    let world = World::new();
    std::fs::remove_dir_all(world.data()).unwrap();
    let ran = read(&world);
    assert!(ran.code == 1 && ran.stderr.contains("fleet init"), "{ran:?}");
    assert!(!world.data().exists());
}

#[test]
fn read_only_data_refuse_calls_and_are_still_read() {
    let world = World::new();
    let args = json!({"path": world.at("never"), "content": "x"}).to_string();
    let Some(ran) = world.read_only(&["tool", "call", "files_write", "--args", &args]) else { return };
    assert!(ran.code == 1 && (ran.stdout + &ran.stderr).contains("Read-only file system"));
    for look in [["audit", "verify"], ["audit", "tail"]] {
        assert_eq!(world.read_only(&look).unwrap().code, 0, "{look:?}");
    }
    assert!(!world.w().join("never").exists());
}

/// As a user who owns nothing here.
#[test]
fn a_log_that_belongs_to_another_user_takes_no_entry() {
    let world = World::new();
    let own = std::process::Command::new("id").arg("-u").output().unwrap().stdout;
    if own != b"0\n" {
        crate::harness::left_out(
            "a_log_that_belongs_to_another_user",
            "only root can give a file to another user",
        );
        return;
    }
    let segment = world.segment();
    assert!(std::process::Command::new("chown").arg("65534").arg(&segment).status().unwrap().success());
    let ran = read(&world);
    assert!(ran.code == 6 && ran.stderr.contains("belongs to another user"), "{ran:?}");
}

#[test]
fn a_log_that_others_can_write_or_that_has_a_second_name_takes_no_entry() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let mode =
        |mode| std::fs::set_permissions(world.segment(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o620);
    let ran = read(&world);
    assert!(ran.code == 6 && ran.stderr.contains("can be written by others"), "{ran:?}");
    mode(0o600);
    std::fs::hard_link(world.segment(), world.root().join("second")).unwrap();
    let ran = read(&world);
    assert!(ran.code == 6 && ran.stderr.contains("has a second name"), "{ran:?}");
    std::fs::remove_file(world.root().join("second")).unwrap();
    assert_eq!(read(&world).code, 0);
}
