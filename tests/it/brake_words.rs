//! What a person reads when a brake is on, at 80 columns.

use crate::harness::{FLEET, World};
use serde_json::json;

/// Times, ids and names of this machine by what they are.
fn plain(text: &str, world: &World) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let shape = |pattern: &str| {
            rest.len() >= pattern.len()
                && rest.bytes().zip(pattern.bytes()).all(|(b, p)| match p {
                    b'0' => b.is_ascii_digit(),
                    b'x' => b.is_ascii_lowercase() || b.is_ascii_digit(),
                    p => b == p,
                })
        };
        let time = "0000-00-00 00:00:00Z";
        let call = "00xxxxxxxxxxxxxxxxxxxxxxxx";
        let found = [
            (time, "2026-01-02 03:04:05Z"),
            ("free 00:00:00Z", "free 03:04:05Z"),
            (call, "01m00000000000000000000000"),
        ];
        match found.iter().find(|(pattern, _)| shape(pattern)) {
            Some((pattern, by)) => {
                out.push_str(by);
                rest = &rest[pattern.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    let own = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let own = format!("by {} (uid", String::from_utf8(own).unwrap().trim());
    let uid = std::process::Command::new("id").arg("-u").output().unwrap().stdout;
    let uid = format!("(uid {})", String::from_utf8(uid).unwrap().trim());
    out.replace(world.root().to_str().unwrap(), "/root")
        .replace(&own, "by ada (uid")
        .replace(&uid, "(uid 501)")
}

fn said(world: &World, all: &mut String, args: &[&str]) {
    let ran = world.fleet(args);
    let text = plain(&format!("{}{}", ran.stdout, ran.stderr), world);
    for line in text.lines() {
        // A path is not broken, and neither is what clap or an error of another room says.
        let free = line.contains("/root/") || line.starts_with("error: ");
        assert!(line.chars().count() <= 80 || free, "{args:?}: {line}");
    }
    let shown: Vec<_> = args.iter().map(|a| if a.starts_with('{') { "{…}" } else { a }).collect();
    all.push_str(&format!("$ fleet {}\n{text}[{}]\n\n", shown.join(" "), ran.code));
}

#[test]
fn brakes_read_well() {
    let (world, mut all) = (World::new(), String::new());
    said(&world, &mut all, &["breaker", "list"]);
    said(&world, &mut all, &["ceiling", "list"]);
    said(&world, &mut all, &["breaker", "trip", "family:files", "--reason", "the disk is replaced"]);
    let write = json!({"path": world.at("x"), "content": "x"}).to_string();
    said(&world, &mut all, &["tool", "call", "files_write", "--args", &write]);
    said(
        &world,
        &mut all,
        &["breaker", "trip", "loop:stale-branches", "--hold", "--reason", "it deletes too much"],
    );
    said(&world, &mut all, &["breaker", "list"]);
    said(&world, &mut all, &["breaker", "show", "family:files"]);
    said(&world, &mut all, &["breaker", "show", "loop:stale-branches"]);
    said(&world, &mut all, &["breaker", "show", "git"]);
    said(&world, &mut all, &["breaker", "show", "nonsense"]);
    said(&world, &mut all, &["breaker", "reset", "--all", "--reason", "looked at both"]);
    said(&world, &mut all, &["breaker", "reset", "git"]);
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(
        &settings,
        format!("{text}\n[ceilings]\n\"tool:shell_run\" = \"1/h\"\n\"host:example.com\" = \"0/d\"\n"),
    )
    .unwrap();
    for n in 0..2 {
        let id = world.waits("shell_run", json!({"argv": ["touch", n.to_string()], "network": true}));
        if n == 0 {
            assert_eq!(world.fleet(&["approve", &id]).code, 0);
        } else {
            let mut last = String::new();
            said(&world, &mut last, &["approve", &id]);
            all.push_str(&last.replace(&id, "k7m2q"));
        }
    }
    said(&world, &mut all, &["ceiling", "list"]);
    insta::assert_snapshot!("brakes", all);
}

#[test]
fn kill_reads_well() {
    let (world, mut all) = (World::new(), String::new());
    let id = world.waits("shell_run", json!({"argv": ["sh", "-c", "sleep 45.8301"], "timeout_s": 60}));
    let mut child = world
        .process(FLEET, &["approve", &id])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    crate::brakes::wait_for_child(&world);
    said(&world, &mut all, &["kill", "--reason", "a loop deletes the wrong branches"]);
    let _ = child.wait();
    said(&world, &mut all, &["kill"]);
    // Its words are for reading only; these have the same length on every machine.
    let words = "since 2026-01-02 03:04:05Z by ada (uid 501): a loop deletes the wrong branches\n";
    std::fs::write(world.data().join("KILL"), words).unwrap();
    let list = json!({"path": world.w()}).to_string();
    said(&world, &mut all, &["tool", "call", "files_list", "--args", &list]);
    said(&world, &mut all, &["breaker", "reset", "files"]);
    said(&world, &mut all, &["kill", "--release"]);
    said(&world, &mut all, &["kill", "--release", "--reason", "the loop is paused"]);
    said(&world, &mut all, &["kill", "--release", "--reason", "the loop is paused"]);
    std::fs::remove_file(world.data().join("audit/head")).unwrap();
    said(&world, &mut all, &["kill"]);
    said(&world, &mut all, &["kill", "--release", "--reason", "x"]);
    insta::assert_snapshot!("kill", all);
}
