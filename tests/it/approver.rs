//! What an approver sees and types: hostile calls shown whole, several at once, the queue.

use crate::harness::World;
use crate::person::at_a_terminal;
use serde_json::{Value, json};

/// A home that a person at a terminal decides about, without a PIN.
fn with_a_terminal() -> World {
    let world = World::bare();
    let w = world.w();
    let init = ["init", "--workspace", w.to_str().unwrap(), "--approvals", "tty"];
    assert_eq!(world.fleet(&init).code, 0);
    world
}

/// Times, ids and hashes that differ each time are replaced.
fn steady(world: &World, text: &str, ids: &[&str]) -> String {
    let mut text = text.replace(world.root().to_str().unwrap(), "/root").replace('\r', "");
    for (n, id) in ids.iter().enumerate() {
        text = text.replace(id, ["aaaaa", "bbbbb", "ccccc", "ddddd"][n]);
    }
    let mut out = String::new();
    for line in text.lines() {
        // Programs differ from machine to machine.
        if line.starts_with("          bytes ") || line.starts_with("      program ") {
            continue;
        }
        let line = ["asked  ", "expires", "when   ", "digest"]
            .iter()
            .find(|n| line.starts_with(&format!("  {n}")))
            .map_or_else(|| line.to_owned(), |n| format!("  {n} …"));
        let words = line.split_inclusive(' ').map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let hash = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
            if hash { word.replace(bare, "<sha256>") } else { word.to_owned() }
        });
        out.push_str(&words.collect::<String>());
        out.push('\n');
    }
    out
}

#[test]
fn a_hostile_call_is_shown_whole_within_80_columns() {
    let world = World::new();
    let mut many: Vec<String> = (0..10_000).map(|n| format!("f{n}")).collect();
    many[6500] = "--log-file=/data9/elsewhere/x".into();
    let calls = [
        json!({"argv": ["touch", "\u{1b}[2K\rls", "\u{202e}fdp.exe", "a\u{200b}b", "two\nlines", "\u{1b}]8;;http://e\u{7}click\u{1b}]8;;\u{7}"]}),
        json!({"argv": ["touch", format!("a{}; rm -rf x", " ".repeat(400)), format!("{}tail-end", "y".repeat(3000)), " edge "]}),
        json!({"argv": ["touch", "https://p\u{430}ypal.com/", "\u{441}\u{43e}\u{440}\u{435}", "\u{ff52}\u{ff4d}", "Grüße/請求書"]}),
        json!({"argv": ["tee"], "stdin": (0..200).map(|n| format!("line {n}   \n")).collect::<String>()}),
    ];
    let mut all = String::new();
    for call in calls {
        let id = world.waits("shell_run", call);
        let ran = world.fleet(&["approval", "show", &id]);
        all.push_str(&steady(&world, &ran.stdout, &[&id]));
        all.push('\n');
    }
    // 10,000 arguments are over a log line of 256 KiB; a tenth of them is not.
    many.truncate(7001);
    many.drain(1..6000);
    let id = world.waits("shell_run", json!({ "argv": many }));
    all.push_str(&steady(&world, &world.fleet(&["approval", "show", &id]).stdout, &[&id]));
    for hidden in ['\u{1b}', '\u{202e}', '\u{200b}', '\r', '\u{7}', '\u{430}', '\u{441}', '\u{ff52}'] {
        assert!(!all.contains(hidden), "{hidden:?} is in it");
    }
    let long: Vec<_> = all.lines().filter(|l| l.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:#?}");
    for needed in ["; rm -rf x", "tail-end", "--log-file=/data9/elsewhere/x", "line 199", "| line 0"] {
        assert!(all.contains(needed), "{needed} is not in it");
    }
    insta::assert_snapshot!("hostile", all);
}

#[test]
fn five_hundred_paths_are_all_shown() {
    let world = World::new();
    let paths: Vec<_> = (0..500).map(|n| world.at(&format!("f{n}"))).collect();
    let id = world.waits("files_trash", json!({ "paths": paths }));
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    for path in paths {
        assert!(shown.contains(&format!("file.trash {path}\n")), "{path} is not in it");
    }
    assert!(shown.lines().count() < 530);
}

#[test]
fn what_the_caller_says_and_names_cannot_pass_for_a_line_of_fleets() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x\n  risk      LOW"]}));
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert_eq!(shown.lines().filter(|l| l.trim_start().starts_with("risk ")).count(), 1, "{shown}");
}

#[test]
fn several_ids_are_carried_out_in_order_and_each_is_reported() {
    let world = World::new();
    let out = |n: &str| json!({"argv": ["sh", "-c", format!("echo {n} >> {}", world.at("out"))]});
    let ids: Vec<String> = ["1", "2", "3"].iter().map(|n| world.waits("shell_run", out(n))).collect();
    // The second one's world changes, and the first is named twice.
    std::fs::write(world.at("s"), "#!/bin/sh\necho s >> \"$1\"\n").unwrap();
    let script = world.waits(
        "shell_run",
        json!({"argv": ["sh", world.at("s"), world.at("out")], "write_roots": [world.w()]}),
    );
    std::fs::write(world.at("s"), "#!/bin/sh\necho other >> \"$1\"\n").unwrap();
    let args = ["approve", &ids[2], &script, &ids[0], "zzzzz", &ids[2], &ids[1], "--json"];
    let ran = world.fleet(&args);
    let lines: Vec<Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let said: Vec<_> =
        lines.iter().map(|l| (l["approval"].as_str().unwrap(), l["status"].as_str().unwrap())).collect();
    let expected = [
        (ids[2].as_str(), "done"),
        (script.as_str(), "refused"),
        (ids[0].as_str(), "done"),
        ("zzzzz", "failed"),
        (ids[1].as_str(), "done"),
    ];
    assert_eq!(said, expected);
    assert_eq!(ran.code, 4, "the worst of all: {ran:?}");
    assert_eq!(std::fs::read_to_string(world.at("out")).unwrap(), "3\n1\n2\n");
    // Each is bound to its own digest.
    let log = world.log();
    let digests: std::collections::BTreeSet<_> = log
        .iter()
        .filter(|e| e["kind"] == "approval.decided")
        .map(|e| e["digest"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(digests.len(), 4);
}

#[test]
fn without_ids_json_prints_the_queue_and_does_nothing() {
    let world = World::new();
    let id = world.waits("shell_run", world.append("out"));
    let before = world.log().len();
    let ran = world.fleet(&["approve", "--json"]);
    assert_eq!((ran.code, ran.json()[0]["approval"].as_str()), (0, Some(id.as_str())), "{ran:?}");
    assert_eq!(ran.json(), world.fleet(&["approval", "list", "--json"]).json());
    let ran = world.fleet(&["approve"]);
    assert!(ran.code == 2 && ran.stderr.contains("approval list"), "{ran:?}");
    assert_eq!(world.fleet(&["approve", "--yes"]).code, 2);
    assert_eq!((world.log().len(), world.w().join("out").exists()), (before, false));
}

#[test]
fn the_queue_shows_each_call_asks_about_it_and_then_does_what_was_said() {
    let world = with_a_terminal();
    let names = ["one", "two", "three", "four"];
    let ids: Vec<String> = names.iter().map(|n| world.waits("shell_run", world.append(n))).collect();
    let (code, seen) = at_a_terminal(&world, &["approve"], &[("done: ", "y"), ("done: ", "q")]);
    assert!(code == 3 && seen.contains("nothing was done"), "{seen}");
    assert_eq!(world.count("approval.decided"), 0);
    let (code, seen) = at_a_terminal(
        &world,
        &["approve"],
        &[
            ("done: ", "y"),
            ("done: ", "what"),
            ("done: ", "n"),
            ("why not? ", ""),
            ("why not? ", "mine"),
            ("done: ", "s"),
            ("done: ", "y"),
        ],
    );
    assert_eq!(code, 0, "{seen}");
    let there: Vec<_> = names.iter().filter(|n| world.w().join(n).exists()).collect();
    assert_eq!(there, [&"one", &"four"]);
    assert!(seen.contains("2 to carry out, 1 to deny") && seen.contains("left to decide"), "{seen}");
    let left = world.fleet(&["approve", "--json"]).json();
    assert_eq!((left.as_array().unwrap().len(), left[0]["approval"].as_str()), (1, Some(ids[2].as_str())));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    insta::assert_snapshot!("queue", steady(&world, &seen, &ids));
}

#[test]
fn on_a_terminal_it_says_what_changed_and_what_was_decided_last() {
    let world = with_a_terminal();
    std::fs::write(world.at("old"), "x").unwrap();
    let trash = json!({"paths": [world.at("old")]});
    let id = world.waits("files_trash", trash.clone());
    assert_eq!(at_a_terminal(&world, &["approve", &id], &[("[y/N] ", "y")]).0, 0);
    std::fs::write(world.at("old"), "y").unwrap();
    let id = world.waits("files_trash", trash);
    let policy = std::fs::read_to_string(world.config().join("policy.toml")).unwrap();
    std::fs::write(world.config().join("policy.toml"), policy + "# edited\n").unwrap();
    let (_, seen) = at_a_terminal(&world, &["approve", &id], &[("[y/N] ", "n")]);
    assert!(seen.contains("last time used by") && seen.contains("h 59 min left to decide"), "{seen}");
    assert!(seen.contains("policy or settings changed since it was asked"), "{seen}");
    std::fs::write(world.at("old"), "z").unwrap();
    let (code, seen) = at_a_terminal(&world, &["approve", &id], &[("[y/N] ", "y")]);
    assert!(code == 4 && seen.contains("a yes finds it stale"), "{seen}");
    assert!(world.w().join("old").exists());
}
