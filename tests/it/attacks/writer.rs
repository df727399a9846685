//! The writer: it appends nothing to a log that it can see was cut or replaced, since the next entry would
//! launder the forgery; and it cuts off what a crash tore, and says so.

use super::forge::{head, name, seal};
use super::places::{STRANGERS, listing, stranger};
use crate::harness::{FLEET, World};
use fleet::canon::sha256;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The exit code of a log that is broken.
const BROKEN: &[i32] = &[6];

/// A home with a few entries.
fn world() -> World {
    let world = World::new();
    for n in 0..3 {
        world.done("files_write", json!({"path": world.at(&format!("{n}")), "content": "x"}));
    }
    world
}

/// Every line of the log, each with its feed.
fn lines(world: &World) -> Vec<Vec<u8>> {
    std::fs::read(world.segment()).unwrap().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn set(world: &World, lines: &[Vec<u8>]) {
    std::fs::write(world.segment(), lines.concat()).unwrap();
}

fn head_file(world: &World) -> PathBuf {
    world.data().join("audit/head")
}

fn member(line: &[u8], name: &str) -> Value {
    serde_json::from_slice::<Value>(line).unwrap()[name].clone()
}

/// What stands in the log's folder, without following links or opening what is no file.
fn bytes(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let read =
        |p: &PathBuf| p.symlink_metadata().is_ok_and(|m| m.is_file()).then(|| std::fs::read(p).unwrap());
    if !folder.exists() {
        return Vec::new();
    }
    listing(folder)
        .into_iter()
        .map(|p| {
            let b = read(&p);
            (p, b)
        })
        .collect()
}

/// Sees that nothing is read, changed or asked for on this record, and that the log stays as it is.
fn refuses(world: &World, name: &str, codes: &[i32]) {
    let folder = world.data().join("audit");
    let before = bytes(&folder);
    for (tool, args) in [
        ("files_read", json!({"path": world.at("0")})),
        ("files_write", json!({"path": world.at("new"), "content": "x"})),
        ("files_trash", json!({"paths": [world.at("0")]})),
    ] {
        let ran = world.fleet(&["tool", "call", tool, "--args", &args.to_string(), "--json"]);
        assert!(codes.contains(&ran.code), "{name}: {tool}: {ran:?}");
        assert!(!ran.stdout.contains("\"result\""), "{name}: {tool}: {ran:?}");
    }
    assert_eq!(bytes(&folder), before, "{name}: the log was touched");
    assert!(world.w().join("0").exists() && !world.w().join("new").exists(), "{name}: something was done");
    let ran = world.fleet(&["audit", "verify", "--json"]);
    assert_eq!((ran.code, ran.json()["ok"].as_bool()), (6, Some(false)), "{name}: {ran:?}");
}

#[test]
fn nothing_is_appended_to_a_log_that_is_not_what_its_head_says() {
    type Forge = fn(&World);
    let cases: [(&str, Forge); 16] = [
        ("cut by a line", |w| {
            let l = lines(w);
            set(w, &l[..l.len() - 1])
        }),
        ("cut to the first", |w| {
            let l = lines(w);
            set(w, &l[..1])
        }),
        ("emptied", |w| set(w, &[])),
        ("segment gone", |w| std::fs::remove_file(w.segment()).unwrap()),
        ("folder gone", |w| std::fs::remove_dir_all(w.data().join("audit")).unwrap()),
        ("head gone", |w| std::fs::remove_file(head_file(w)).unwrap()),
        ("head garbage", |w| std::fs::write(head_file(w), "garbage").unwrap()),
        ("head emptied", |w| std::fs::write(head_file(w), "").unwrap()),
        ("head leading", |w| {
            let text = std::fs::read_to_string(head_file(w)).unwrap();
            let mut parts: Vec<_> = text.lines().map(str::to_owned).collect();
            parts[1] = (lines(w).len() + 1).to_string();
            std::fs::write(head_file(w), parts.join("\n") + "\n").unwrap();
        }),
        ("head with another hash", |w| {
            let l = lines(w);
            let log = member(&l[0], "log");
            let hash = member(&l[1], "hash");
            let n = u64::try_from(l.len()).unwrap();
            std::fs::write(head_file(w), head(log.as_str().unwrap(), n, hash.as_str().unwrap())).unwrap();
        }),
        ("newest entry edited", |w| {
            let mut l = lines(w);
            let text = String::from_utf8(l.pop().unwrap()).unwrap();
            l.push(text.replace("files_write", "files_wrote").into_bytes());
            set(w, &l);
        }),
        ("newest entry replaced", |w| {
            let mut l = lines(w);
            let newest = l.pop().unwrap();
            let seq = member(&newest, "seq").as_u64().unwrap();
            l.push(seal(b"{\"kind\":\"call.done\",\"v\":1}", seq, member(&newest, "prev").as_str().unwrap()));
            set(w, &l);
        }),
        ("newest entry not an entry", |w| {
            let mut l = lines(w);
            l.push(b"{\"kind\":\"call.done\"}\n".to_vec());
            set(w, &l)
        }),
        ("a blank line at the end", |w| {
            let mut l = lines(w);
            l.push(b"\n".to_vec());
            set(w, &l)
        }),
        ("an entry glued onto a torn one", |w| {
            let mut l = lines(w);
            let newest = l.last().unwrap().clone();
            l.push([&newest[..40], &newest[..]].concat());
            set(w, &l);
        }),
        ("another log", |w| {
            let other = world();
            std::fs::write(w.segment(), std::fs::read(other.segment()).unwrap()).unwrap();
        }),
    ];
    for (name, forge) in cases {
        let world = world();
        forge(&world);
        refuses(&world, name, BROKEN);
    }
}

#[test]
fn nothing_is_appended_to_what_is_no_file_and_nothing_hangs() {
    for (what, target) in STRANGERS {
        for file in [name(1), "head".to_owned()] {
            let world = world();
            let place = world.data().join("audit").join(&file);
            let elsewhere = world.root().join("elsewhere");
            std::fs::rename(&place, &elsewhere).unwrap();
            let genuine = std::fs::read(&elsewhere).unwrap();
            stranger(what, target, &place, &elsewhere);
            // Broken, or the system's own refusal to open it.
            refuses(&world, &format!("{what} {target} for {file}"), &[6, 1]);
            assert_eq!(std::fs::read(&elsewhere).unwrap(), genuine, "written through a link");
        }
    }
}

#[test]
fn a_torn_tail_is_cut_off_by_the_next_append_which_says_how_many_bytes_of_which_digest() {
    let whole = |w: &World| {
        let l = lines(w);
        let hash = member(l.last().unwrap(), "hash");
        seal(
            b"{\"kind\":\"call.intent\",\"v\":1}",
            u64::try_from(l.len()).unwrap() + 1,
            hash.as_str().unwrap(),
        )
    };
    type Tear = fn(Vec<u8>) -> Vec<u8>;
    let tears: [(&str, Tear); 5] = [
        ("one byte", |l| l[..1].to_vec()),
        ("in the payload", |l| l[..20].to_vec()),
        ("in the hash", |l| l[..l.len() - 30].to_vec()),
        ("without its feed", |l| l[..l.len() - 1].to_vec()),
        ("NULs", |l| [&l[..20], &[0; 300]].concat()),
    ];
    for (name, tear) in tears {
        let world = world();
        let sound = std::fs::read(world.segment()).unwrap();
        let entries = world.log().len();
        let torn = tear(whole(&world));
        std::fs::write(world.segment(), [&sound[..], &torn[..]].concat()).unwrap();
        let ran = world.fleet(&["audit", "verify", "--json"]);
        assert_eq!((ran.code, ran.json()["fault"]["class"].as_str()), (6, Some("torn")), "{name}: {ran:?}");
        world.done("files_read", json!({"path": world.at("0")}));
        world.verify();
        assert!(std::fs::read(world.segment()).unwrap().starts_with(&sound), "{name}: what was sound stays");
        let repaired = &world.log()[entries];
        assert_eq!(repaired["kind"], "repaired", "{name}");
        assert_eq!(repaired["bytes"].as_u64(), u64::try_from(torn.len()).ok(), "{name}");
        assert_eq!(repaired["digest"].as_str(), Some(sha256(&torn).as_str()), "{name}");
        assert_eq!(world.count("repaired"), 1, "{name}");
    }
}

#[test]
fn a_torn_tail_that_was_acknowledged_or_is_longer_than_an_entry_is_not_cut_off() {
    let cut = world();
    let sound = std::fs::read(cut.segment()).unwrap();
    std::fs::write(cut.segment(), &sound[..sound.len() - 40]).unwrap();
    refuses(&cut, "acknowledged", BROKEN);
    let filled = world();
    let sound = std::fs::read(filled.segment()).unwrap();
    std::fs::write(filled.segment(), [&sound[..], &vec![b'x'; 1 << 20]].concat()).unwrap();
    refuses(&filled, "longer than an entry", BROKEN);
}

#[test]
fn an_append_after_an_edit_far_back_does_not_launder_it() {
    let world = world();
    let mut l = lines(&world);
    let offset: usize = l[..2].iter().map(Vec::len).sum();
    let text = String::from_utf8(l[2].clone()).unwrap();
    l[2] = text.replacen("files_write", "files_wrote", 1).into_bytes();
    set(&world, &l);
    // An append reads no more than the end, so it may go on; the edit stays as plain as it was.
    for _ in 0..3 {
        world.call("files_read", json!({"path": world.at("0")}));
    }
    let ran = world.fleet(&["audit", "verify", "--json"]);
    let fault = &ran.json()["fault"];
    assert_eq!(
        (ran.code, fault["seq"].as_u64(), fault["kind"].as_str()),
        (6, Some(3), Some("hash_mismatch"))
    );
    assert_eq!(fault["offset"].as_u64(), u64::try_from(offset).ok(), "{ran:?}");
}

#[test]
fn a_disk_that_takes_half_an_entry_gets_none_and_nothing_is_done() {
    let world = world();
    let before = std::fs::read(world.segment()).unwrap();
    // Files end at the next multiple of 512 bytes, which lies within the next entry.
    let blocks = before.len() / 512 + 1;
    let args = json!({"path": world.at("new"), "content": "x"}).to_string();
    let full = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let out =
        world.process("sh", &["-c", &full, FLEET, "tool", "call", "files_write", "--args", &args]).output();
    let out = out.unwrap();
    assert!(!out.status.success() && out.status.code().is_some(), "{out:?}");
    assert_eq!(std::fs::read(world.segment()).unwrap(), before, "half an entry stayed: {out:?}");
    assert!(!world.w().join("new").exists(), "done without a record");
    world.verify();
    world.done("files_write", json!({"path": world.at("new"), "content": "x"}));
    world.verify();
}
