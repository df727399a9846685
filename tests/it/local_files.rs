//! Looking at files and searching them, on the real thing.

use crate::harness::World;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn hits(found: &Value) -> Vec<String> {
    found["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| {
            let path = h["path"].as_str().unwrap();
            format!("{}:{}:{}", path.rsplit('/').next().unwrap(), h["line"], h["col"])
        })
        .collect()
}

#[test]
fn lines_are_found_in_order_and_what_is_ignored_binary_or_hidden_is_not() {
    let world = World::new();
    for folder in ["a", "b", "node"] {
        std::fs::create_dir(world.w().join(folder)).unwrap();
    }
    std::fs::write(world.at("a/one.md"), "x\nthe needle\ny\nneedle again\n").unwrap();
    std::fs::write(world.at("b/two.txt"), "größe needle\n").unwrap();
    std::fs::write(world.at("b/.hidden"), "needle\n").unwrap();
    std::fs::write(world.at("b/binary"), b"needle\0\n").unwrap();
    std::fs::write(world.at("node/lib.js"), "needle\n").unwrap();
    std::fs::write(world.at(".gitignore"), "node/\n").unwrap();
    let found = world.done("files_search", json!({"path": world.w(), "pattern": "needle", "context": 1}));
    assert_eq!(hits(&found), ["one.md:2:5", "one.md:4:1", "two.txt:1:9"]);
    assert_eq!((&found["hits"][0]["before"], &found["hits"][0]["after"]), (&json!(["x"]), &json!(["y"])));
    assert_eq!((found["truncated"].as_bool(), found["left_out"]["binary"].as_u64()), (Some(false), Some(1)));
    let all =
        json!({"path": world.w(), "pattern": "ne+dle$", "regex": true, "hidden": true, "ignored": true});
    assert_eq!(
        hits(&world.done("files_search", all)),
        ["one.md:2:5", ".hidden:1:1", "two.txt:1:9", "lib.js:1:1"]
    );
    let few = json!({"path": world.w(), "pattern": "needle", "limit": 2, "glob": "**/*.md"});
    let few = world.done("files_search", few);
    assert_eq!((hits(&few).len(), few["truncated"].as_bool()), (2, Some(false)));
    let one = json!({"path": world.w(), "pattern": "needle", "limit": 1});
    let one = world.done("files_search", one);
    assert_eq!((hits(&one), one["truncated"].as_bool()), (vec!["one.md:2:5".to_owned()], Some(true)));
    let file = world.done("files_search", json!({"path": world.at("b/two.txt"), "pattern": "needle"}));
    assert_eq!(hits(&file), ["two.txt:1:9"]);
}

#[test]
fn secrets_below_a_folder_are_not_read_along() {
    let world = World::new();
    let home = world.user();
    std::fs::create_dir(home.join(".ssh")).unwrap();
    for (path, text) in
        [(".ssh/id_ed25519", "needle key"), (".npmrc", "needle token"), ("notes.md", "needle")]
    {
        std::fs::write(home.join(path), text).unwrap();
    }
    symlink(home.join(".ssh"), home.join("way")).unwrap();
    symlink(home.join(".npmrc"), home.join("alias.md")).unwrap();
    std::fs::hard_link(home.join(".npmrc"), home.join("second.md")).unwrap();
    let policy = format!("[workspace]\nroots = [\"{}\"]\n", home.display());
    std::fs::write(world.config().join("policy.toml"), policy).unwrap();
    let search = json!({"path": home, "pattern": "needle", "hidden": true, "ignored": true});
    let found = world.done("files_search", search);
    assert_eq!(hits(&found), ["notes.md:1:1"], "{found}");
    assert_eq!(
        (found["left_out"]["guarded"].as_u64(), found["left_out"]["linked"].as_u64()),
        (Some(4), Some(1))
    );
    let stat = world.done("files_stat", json!({"paths": [home], "glob": "**", "hash": true}));
    assert!(!stat.to_string().contains(".ssh") && !stat.to_string().contains(".npmrc"), "{stat}");
    let second = &stat["items"][1];
    assert!(second["path"].as_str().unwrap().ends_with("second.md") && second["sha256"].is_null(), "{stat}");
    // By its own name it is refused as files_read refuses it.
    for tool in ["files_search", "files_stat"] {
        let path = home.join(".ssh/id_ed25519");
        let args = if tool == "files_stat" {
            json!({"paths": [path]})
        } else {
            json!({"path": path, "pattern": "x"})
        };
        let (code, reply) = world.call(tool, args);
        assert_eq!((code, reply["status"].as_str()), (4, Some("refused")), "{reply}");
    }
    // Outside the workspace it asks.
    assert_eq!(world.call("files_search", json!({"path": "/etc/hosts", "pattern": "x"})).0, 3);
}

#[test]
fn a_file_is_told_by_its_content_whatever_its_times_say() {
    let world = World::new();
    let path = world.at("a");
    std::fs::write(&path, "one").unwrap();
    let of = || world.done("files_stat", json!({"paths": [world.w()], "glob": "**", "manifest": true}));
    let before = of();
    let mtime = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, "two").unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(mtime).unwrap();
    let after = of();
    assert_eq!(before["items"][0]["mtime"], after["items"][0]["mtime"]);
    assert_ne!(before["items"][0]["sha256"], after["items"][0]["sha256"]);
    assert_ne!(before["manifest"], after["manifest"]);
    // The manifest is what `sha256sum` says.
    let sum = world.process("/bin/sh", &["-c", &format!("sha256sum {path} | sha256sum")]).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(after["manifest"].as_str(), sum.split(' ').next());
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o4750)).unwrap();
    symlink("a", world.at("l")).unwrap();
    let stat = world.done("files_stat", json!({"paths": [path, world.at("none")]}));
    assert_eq!((&stat["items"][0]["mode"], &stat["items"][0]["kind"]), (&json!("4750"), &json!("file")));
    assert_eq!(stat["missing"], json!([world.at("none")]));
    let all = world.done("files_stat", json!({"paths": [world.w()], "glob": "*"}));
    assert_eq!((&all["items"][1]["kind"], &all["items"][1]["to"]), (&json!("link"), &json!("a")));
}

#[test]
fn giants_pipes_endless_lines_and_floods_end_soon_and_are_named() {
    let world = World::new();
    std::fs::File::create(world.at("giant")).unwrap().set_len(5 << 30).unwrap();
    for pipe in ["pipe", ".gitignore"] {
        assert!(world.process("mkfifo", &[&world.at(pipe)]).status().unwrap().success());
    }
    let mut line = vec![b'x'; 1 << 20];
    line.splice(700_000..700_006, *b"needle");
    std::fs::write(world.at("long"), &line).unwrap();
    std::fs::write(world.at("longer"), vec![b'y'; 20 << 20]).unwrap();
    std::fs::write(world.at("many"), "needle\n".repeat(300_000)).unwrap();
    symlink(world.w(), world.at("loop")).unwrap();
    let started = Instant::now();
    let found = world.done("files_search", json!({"path": world.w(), "pattern": "needle", "limit": 1000}));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!((found["hits"].as_array().unwrap().len(), found["truncated"].as_bool()), (1000, Some(true)));
    let first = found["hits"][0]["text"].as_str().unwrap();
    assert!(first.len() <= 400 && first.contains("needle") && found["hits"][0]["col"] == 700_001);
    assert_eq!(found["left_out"]["binary"], 1);
    let failed = found["left_out"]["failed"].to_string();
    assert!(failed.contains("longer"), "{found}");
    let stat =
        world.done("files_stat", json!({"paths": [world.at("giant"), world.at("long")], "hash": true}));
    assert!(stat["items"][0]["unread"].as_str().unwrap().contains("4 GiB"), "{stat}");
    assert_eq!(stat["items"][1]["sha256"].as_str().map(str::len), Some(64));
    let (code, reply) = world.call("files_search", json!({"path": world.at("pipe"), "pattern": "x"}));
    assert!(code == 2 && reply["error"].as_str().unwrap().contains("neither a file nor a folder"), "{reply}");
}

/// Sets a flag when it goes.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_link_that_is_put_there_meanwhile_leads_nowhere() {
    let world = World::new();
    let secret = world.root().join("outside");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("f"), "needle outside\n").unwrap();
    std::fs::create_dir(world.w().join("d")).unwrap();
    std::fs::write(world.at("d/f"), "needle inside\n").unwrap();
    let (d, held, l) = (world.w().join("d"), world.w().join(".held"), world.w().join(".l"));
    symlink(&secret, &l).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Also where this test fails.
        let _ends = Ends(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                std::fs::rename(&d, &held).unwrap();
                std::fs::rename(&l, &d).unwrap();
                std::fs::rename(&d, &l).unwrap();
                std::fs::rename(&held, &d).unwrap();
            }
        });
        let mut seen = 0;
        for _ in 0..40 {
            let (_, reply) = world.call("files_search", json!({"path": world.w(), "pattern": "needle"}));
            let text = reply.to_string();
            seen += u32::from(text.contains("needle inside"));
            assert!(!text.contains("needle outside"), "{text}");
        }
        assert!(seen > 0);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_keeps_beside_a_file_is_shown() {
    let world = World::new();
    let path = world.at("a");
    std::fs::write(&path, "x").unwrap();
    let file = std::fs::File::open(&path).unwrap();
    rustix::fs::fsetxattr(&file, "user.origin", b"example.org", rustix::fs::XattrFlags::empty()).unwrap();
    rustix::fs::fsetxattr(&file, "user.raw", b"\xff\x00", rustix::fs::XattrFlags::empty()).unwrap();
    let stat = world.done("files_stat", json!({"paths": [path], "xattr": true}));
    assert_eq!(stat["items"][0]["xattr"], json!({"user.origin": "example.org", "user.raw": "0xff00"}));
}

#[test]
fn a_folder_that_may_not_be_looked_into_is_named() {
    let world = World::new();
    std::fs::create_dir(world.w().join("sub")).unwrap();
    std::fs::write(world.at("sub/a"), "needle").unwrap();
    let listed = world.done("files_list", json!({"path": world.w(), "depth": 2}));
    assert_eq!((&listed["truncated"], &listed["refused"]), (&json!(false), &json!([])));
    assert_eq!(listed["entries"].as_array().unwrap().len(), 2);
}
