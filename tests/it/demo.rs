//! The first thing that a newcomer sees.

use crate::harness::World;
use std::time::{Duration, Instant};

#[test]
fn the_demo_shows_every_stage_in_80_columns_and_leaves_nothing() {
    let world = World::bare();
    let before = World::snapshot(world.root());
    let scratch = world.root().join("tmp");
    std::fs::create_dir(&scratch).unwrap();
    let started = Instant::now();
    let out = world.command(&["demo"]).env("TMPDIR", &scratch).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    assert!(started.elapsed() < Duration::from_secs(10));
    let mut at = 0;
    for stage in [
        "a repository with finished branches",
        "stale-branches: registered, live",
        "2 commits of refs/heads/spike/new-search exist only here",
        "would wait for you",
        "awaiting_approval",
        "it would do exactly this",
        "feature/dark-mode",
        "done",
        "was used already",
        "approval.spent",
        "call.intent",
        "call.done",
        "audit verify: ok",
        "hash_mismatch (tamper) at entry",
    ] {
        let found =
            text[at..].find(stage).unwrap_or_else(|| panic!("`{stage}` is missing after byte {at}:\n{text}"));
        at += found;
    }
    let long: Vec<_> = text.lines().filter(|l| l.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:#?}");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "the scratch home is gone");
    std::fs::remove_dir(&scratch).unwrap();
    assert_eq!(World::snapshot(world.root()), before);
}

#[test]
fn a_kept_demo_can_be_looked_at() {
    let world = World::bare();
    let ran = world.fleet(&["demo", "--keep", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let home = ran.stderr.split("FLEET_HOME=").nth(1).unwrap().trim().to_owned();
    let forged = ran.json()["forged_entry"].as_u64();
    let out = world.command(&["audit", "verify", "--json"]).env("FLEET_HOME", &home).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), report["fault"]["seq"].as_u64()), (Some(6), forged));
    std::fs::remove_dir_all(home).unwrap();
}
