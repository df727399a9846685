//! Folders that are gone, read-only or somebody else's.

use crate::harness::{FLEET, World};
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

/// Read-only as a whole: a mount, since the account that runs the tests may be allowed everything.
#[test]
fn read_only_data_refuse_calls_and_are_still_read() {
    let world = World::new();
    let data = world.data().display().to_string();
    let args = json!({"path": world.at("never"), "content": "x"}).to_string();
    let line = format!(
        "mount --bind {data} {data} && mount -o remount,bind,ro {data} || exit 99\n\
         {FLEET} tool call files_write --args '{args}'; echo \"call $?\"\n\
         {FLEET} audit verify; echo \"verify $?\"\n\
         {FLEET} audit tail; echo \"tail $?\""
    );
    let out = world.process("unshare", &["--map-root-user", "--mount", "sh", "-c", &line]).output();
    let Some(out) = out.ok().filter(|o| o.status.success()) else {
        crate::harness::left_out("read_only_data", "this machine gives no mount namespaces");
        return;
    };
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    if said.contains("99") && !said.contains("call ") {
        crate::harness::left_out("read_only_data", "this machine lets nobody mount");
        return;
    }
    assert!(said.contains("call 1") && said.contains("Read-only file system"), "{said}");
    assert!(said.contains("verify 0") && said.contains("tail 0"), "{said}");
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
