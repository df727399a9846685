//! Archives unpacked for real: what was judged comes out, or nothing does.

use crate::harness::{FLEET, World, wait_until};
use crate::packed::pack;
use serde_json::{Value, json};
use std::fs::File;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;

fn archive(world: &World, format: &str, entries: Value) -> String {
    let path = world.at(&format!("x.{format}"));
    std::fs::write(&path, pack(&json!({"format": format, "entries": entries}))).unwrap();
    path
}

#[test]
fn every_format_comes_out_whole_with_a_way_back() {
    for format in ["zip", "tar", "tgz"] {
        let world = World::new();
        let entries = json!(["docs/", "docs/a.md", {"name": "run.sh", "mode": 0o755}, "deep/er/b.md"]);
        let path = archive(&world, format, entries);
        let done = world.done("archive_extract", json!({"archive": path, "into": world.at("out")}));
        let created = done["created"].as_array().unwrap();
        assert_eq!(created.len(), 3, "{done}");
        assert!(created.iter().all(|c| c["sha256"].as_str().unwrap().len() == 64), "{done}");
        for name in ["docs/a.md", "run.sh", "deep/er/b.md"] {
            assert_eq!(std::fs::read_to_string(world.w().join("out").join(name)).unwrap(), "aaaaa");
        }
        let mode =
            |name: &str| world.w().join("out").join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("run.sh") & 0o100, mode("docs/a.md") & 0o111), (0o100, 0));
        let undo = done["undo"].as_str().unwrap();
        assert!(undo.contains("files_trash") && undo.contains("/out\"]"), "{undo}");
        let kept = std::fs::read_dir(world.data().join("undo")).unwrap().next().unwrap().unwrap();
        assert!(std::fs::read_to_string(kept.path()).unwrap().contains("deep/er/b.md"));
        world.verify();
    }
}

#[test]
fn a_veto_puts_what_came_out_into_the_trash_and_leaves_what_changed() {
    let world = World::new();
    let path = archive(&world, "zip", json!(["docs/a.md", "b.md", "c.md"]));
    world.done("archive_extract", json!({"archive": path, "into": world.at("out")}));
    std::fs::write(world.w().join("out/b.md"), "mine").unwrap();
    let seq = world.log().iter().find(|e| e["kind"] == "call.intent").unwrap()["seq"].to_string();
    let ran = world.fleet(&["veto", &seq, "--reason", "not mine", "--json"]);
    assert_eq!(ran.code, 1, "one of them changed since: {ran:?}");
    let left = |name: &str| world.w().join("out").join(name).exists();
    assert_eq!((left("docs/a.md"), left("b.md"), left("c.md")), (false, true, false), "{ran:?}");
    world.verify();
}

#[test]
fn nothing_is_overwritten_and_what_was_made_before_is_gone_again() {
    let world = World::new();
    std::fs::create_dir(world.at("out")).unwrap();
    std::fs::write(world.w().join("out/b"), "mine").unwrap();
    let path = archive(&world, "tar", json!(["a", "new/c", "b"]));
    let id = world.waits("archive_extract", json!({"archive": path, "into": world.at("out")}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let left: Vec<_> = std::fs::read_dir(world.at("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["b"], "{ran:?}");
    assert_eq!(std::fs::read_to_string(world.w().join("out/b")).unwrap(), "mine");
    world.verify();
}

#[test]
fn links_that_stay_are_made_after_a_person_saw_them() {
    let world = World::new();
    let path = archive(&world, "tar", json!(["d/a", {"name": "d/l", "kind": "link", "to": "a"}]));
    let id = world.waits("archive_extract", json!({"archive": path, "into": world.at("out")}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(std::fs::read_link(world.w().join("out/d/l")).unwrap().to_str(), Some("a"));
}

#[test]
fn an_archive_or_a_folder_that_changed_since_is_not_unpacked() {
    let world = World::new();
    let path = archive(&world, "tar", json!(["a", {"name": "l", "kind": "link", "to": "a"}]));
    let args = json!({"archive": path, "into": world.at("out")});
    let id = world.waits("archive_extract", args);
    archive(&world, "tar", json!(["a", {"name": "l", "kind": "link", "to": "b"}]));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!world.w().join("out").exists());
    // A link that takes the folder's place leads nowhere.
    std::fs::create_dir(world.at("real")).unwrap();
    symlink(world.at("real"), world.at("out")).unwrap();
    let path = archive(&world, "zip", json!(["a"]));
    let done = world.done("archive_extract", json!({"archive": path, "into": world.at("out")}));
    assert_eq!(done["into"], json!(world.at("real")));
}

#[test]
fn what_is_damaged_leaves_nothing() {
    let world = World::new();
    let path = archive(&world, "tgz", json!([{"name": "a", "size": 200_000}, "b"]));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (code, reply) = world.call("archive_extract", json!({"archive": path, "into": world.at("out")}));
    assert_eq!((code, reply["status"].as_str()), (2, Some("failed")), "{reply}");
    assert!(!world.w().join("out").exists());
    let (code, reply) =
        world.call("archive_extract", json!({"archive": world.at("none.zip"), "into": world.at("out")}));
    assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{reply}");
    assert_eq!(world.call("archive_extract", json!({"archive": "/etc/hosts", "into": world.at("out")})).0, 2);
}

/// A call that unpacks many files, once it has begun to.
fn begun(world: &World) -> std::process::Child {
    let entries: Vec<_> = (0..4000).map(|n| format!("d{}/f{n}", n % 40)).collect();
    let path = archive(world, "tgz", json!(entries));
    let args = json!({"archive": path, "into": world.at("out")}).to_string();
    let mut process = world.process(FLEET, &["tool", "call", "archive_extract", "--args", &args, "--json"]);
    let child = process.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("it did not begin to unpack", || world.w().join("out/d9/f9").exists());
    child
}

#[test]
fn a_killed_one_is_unknown_leaves_whole_files_alone_and_a_list_of_them() {
    let world = World::new();
    let mut child = begun(&world);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((world.count("call.intent"), world.count("call.done")), (1, 0));
    world.fleet(&["approval", "list"]);
    assert_eq!(world.count("call.unknown"), 1);
    let kept = std::fs::read_dir(world.data().join("undo")).unwrap().next().unwrap().unwrap();
    let list: Value = serde_json::from_slice(&std::fs::read(kept.path()).unwrap()).unwrap();
    let list: Vec<_> = list["makes"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
    let left = World::snapshot(&world.w().join("out"));
    let files = left.iter().filter_map(|(path, content)| Some((path, content.as_ref()?)));
    for (path, content) in files.filter(|(path, _)| !path.to_str().unwrap().contains("/.fleet-")) {
        assert_eq!(content, b"aaaaa", "{}", path.display());
        assert!(list.contains(&path.to_str().unwrap()), "{} is not on the list", path.display());
    }
    world.verify();
}

#[test]
fn the_kill_switch_takes_back_what_was_made() {
    let world = World::new();
    let child = begun(&world);
    std::fs::write(world.data().join("KILL"), "").unwrap();
    let out = child.wait_with_output().unwrap();
    let reply: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), reply["status"].as_str()), (Some(5), Some("failed")), "{reply}");
    assert!(!world.w().join("out").exists(), "{reply}");
    world.verify();
}

/// Inside of one entry, too; what is there of it goes.
#[test]
fn the_kill_switch_is_heard_inside_one_big_entry() {
    let world = World::new();
    let path = world.at("big.tar");
    let bytes: u64 = 3 << 30;
    let mut header = tar::Header::new_gnu();
    header.set_path("big").unwrap();
    header.set_mode(0o644);
    header.set_size(bytes);
    header.set_cksum();
    std::fs::write(&path, header.as_bytes()).unwrap();
    // Zeros that take no place on the disk.
    File::options().write(true).open(&path).unwrap().set_len(512 + bytes + 1024).unwrap();
    let args = json!({"archive": path, "into": world.at("out"), "max_bytes": bytes}).to_string();
    let mut process = world.process(FLEET, &["tool", "call", "archive_extract", "--args", &args, "--json"]);
    let mut child = process.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    while !std::fs::read_dir(world.at("out")).is_ok_and(|mut entries| entries.next().is_some()) {
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let partial = std::fs::read_dir(world.at("out")).unwrap().next().unwrap().unwrap();
    assert!(partial.file_name().to_str().unwrap().starts_with(".fleet-"), "{partial:?}");
    std::fs::write(world.data().join("KILL"), "").unwrap();
    let started = std::time::Instant::now();
    let out = child.wait_with_output().unwrap();
    assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    let reply: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), reply["status"].as_str()), (Some(5), Some("failed")), "{reply}");
    assert!(!world.w().join("out").exists(), "{reply}");
    world.verify();
}

/// A tape of `count` empty files, with names of any length.
fn tape(world: &World, count: usize, name: &dyn Fn(usize) -> String) -> String {
    let path = world.at("deep.tgz");
    let packed = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    let mut tape = tar::Builder::new(packed);
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(0);
    for nth in 0..count {
        tape.append_data(&mut header, name(nth), std::io::empty()).unwrap();
    }
    tape.into_inner().unwrap().finish().unwrap();
    path
}

/// What is judged is somebody else's: it may cost neither the memory nor the minutes that it asks for.
#[test]
fn deep_names_are_judged_in_little_memory_and_time() {
    let world = World::new();
    let deep = |nth: usize| format!("{nth:06}/").repeat(200) + "x";
    let below = |nth: usize, name: &str| (0..63).map(|_| format!("{nth}{name}/")).collect::<String>() + "x";
    let many = |nth: usize| below(nth, "abc");
    let most = |nth: usize| below(nth, "");
    let names: [&dyn Fn(usize) -> String; 3] = [&deep, &many, &most];
    let counts = [100_000, 20_000, 20_000];
    let whys = [
        "it lies more than 64 names deep",
        "the names of its entries are longer than 8 MiB together",
        "\"decision\":\"allow\"",
    ];
    for ((count, name), why) in counts.into_iter().zip(names).zip(whys) {
        let path = tape(&world, count, name);
        let args = json!({"archive": path, "into": world.at("out"), "max_entries": 20_000}).to_string();
        let line = "ulimit -v 700000; exec \"$0\" policy check archive_extract --args \"$1\" --json";
        let started = std::time::Instant::now();
        let out = world.process("/bin/sh", &["-c", line, FLEET, &args]).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        let judged: Value =
            serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said} {:?}", out.stderr));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
        assert!(said.contains(why), "{judged}");
    }
}
