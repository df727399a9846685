//! Credentials that a repository hides from a look at what goes out.

use crate::harness::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn token() -> String {
    format!("ghp_{}", "aB3".repeat(12))
}

/// One way of hiding a credential in a repository whose `main` is one commit ahead of its remote.
type Hide = fn(&World, &str);

fn write(world: &World, repo: &str, name: &str, text: &str) {
    std::fs::write(world.w().join(repo).join(name), text).unwrap();
}

/// A commit with the credential in a file.
fn conf(world: &World, repo: &str) {
    write(world, repo, "conf", &format!("one\n{}\n", token()));
    world.git(repo, &["add", "."]);
    world.git(repo, &["commit", "--quiet", "-m", "conf"]);
}

/// Makes `main` the commit that stands in `text`.
fn crafted(world: &World, repo: &str, text: &[u8]) {
    let file = world.at("crafted");
    std::fs::write(&file, text).unwrap();
    let id = world.git(repo, &["hash-object", "-t", "commit", "-w", "--literally", &file]);
    world.git(repo, &["update-ref", "refs/heads/main", &id]);
}

fn tree(world: &World, repo: &str) -> String {
    world.git(repo, &["rev-parse", "HEAD^{tree}"])
}

const WAYS: &[(&str, Hide)] = &[
    ("attributes that call it binary", |world, repo| {
        write(world, repo, ".gitattributes", "* -diff\n");
        conf(world, repo);
    }),
    ("a zero byte", |world, repo| {
        write(world, repo, "conf", &format!("\0 {}\n", token()));
        world.git(repo, &["add", "."]);
        world.git(repo, &["commit", "--quiet", "-m", "conf"]);
    }),
    ("colours", |world, repo| {
        conf(world, repo);
        world.git(repo, &["config", "color.diff", "always"]);
    }),
    ("hunks that are joined", |world, repo| {
        let lines = |first: &str, last: &str| format!("{first}\n1\n2\n3\n4\n5\n6\n7\n8\n9\n{last}\n");
        write(world, repo, "a", &lines("x", "y"));
        write(world, repo, "b", "none\n");
        world.git(repo, &["add", "."]);
        world.git(repo, &["commit", "--quiet", "-m", "a"]);
        world.git(repo, &["push", "--quiet", "origin", "main"]);
        write(world, repo, "a", &lines("z", "z"));
        write(world, repo, "b", &format!("1\n2\n3\n4\n5\n6\n7\n8\n9\n{}\n", token()));
        world.git(repo, &["commit", "--quiet", "-am", "b"]);
        world.git(repo, &["config", "diff.interHunkContext", "20"]);
    }),
    ("a first commit that is not shown", |world, repo| {
        world.git(repo, &["checkout", "--quiet", "--orphan", "new"]);
        conf(world, repo);
        let first = world.git(repo, &["rev-parse", "HEAD"]);
        world.git(repo, &["checkout", "--quiet", "main"]);
        world
            .git(repo, &["merge", "--quiet", "--allow-unrelated-histories", "-s", "ours", "-m", "m", &first]);
        world.git(repo, &["config", "log.showRoot", "false"]);
    }),
    ("a merge that is not shown", |world, repo| {
        world.git(repo, &["merge", "--quiet", "--no-ff", "--no-commit", "open"]);
        conf(world, repo);
        world.git(repo, &["config", "log.diffMerges", "off"]);
    }),
    ("a commit that another replaces", |world, repo| {
        let before = world.git(repo, &["rev-parse", "HEAD"]);
        conf(world, repo);
        world.git(repo, &["replace", "HEAD", &before]);
    }),
    ("a parent that a graft takes away", |world, repo| {
        let before = world.git(repo, &["rev-parse", "HEAD"]);
        conf(world, repo);
        write(world, repo, "conf", "none\n");
        world.git(repo, &["commit", "--quiet", "-am", "none"]);
        let last = world.git(repo, &["rev-parse", "HEAD"]);
        write(world, repo, ".git/info/grafts", &format!("{last} {before}\n"));
    }),
    ("a message that looks like a line taken away", |world, repo| {
        let message = format!("m\n\n- {}", token());
        world.git(repo, &["commit", "--quiet", "--allow-empty", "-m", &message]);
    }),
    ("a message in an encoding that it is not in", |world, repo| {
        let head = world.git(repo, &["rev-parse", "HEAD"]);
        let text = format!(
            "tree {}\nparent {head}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\nencoding UTF-16LE\n\n{}\n",
            tree(world, repo),
            token()
        );
        crafted(world, repo, text.as_bytes());
    }),
    ("a message that goes on behind its end", |world, repo| {
        let head = world.git(repo, &["rev-parse", "HEAD"]);
        let text = format!(
            "tree {}\nparent {head}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nm\n\0{}\n",
            tree(world, repo),
            token()
        );
        crafted(world, repo, text.as_bytes());
    }),
];

#[test]
fn no_repository_hides_a_credential_in_what_goes_out() {
    let world = World::new();
    for (n, (how, hide)) in WAYS.iter().enumerate() {
        let repo = format!("r{n}");
        let here = world.repository(&repo);
        let there = world.at(&format!("there{n}"));
        let mut clone =
            world.process("git", &["clone", "--quiet", "--bare", "--branch", "main", &here, &there]);
        assert!(clone.status().unwrap().success());
        world.git(&repo, &["remote", "add", "origin", &there]);
        hide(&world, &repo);
        let old = world.git(&format!("there{n}"), &["rev-parse", "main"]);
        let (code, reply) =
            world.call("git_push", json!({"repo": here, "refspec": "main", "expect_remote": old}));
        let rules: Vec<_> = reply["reasons"].as_array().unwrap().iter().map(|r| r["rule"].clone()).collect();
        assert!(code == 4 && rules.contains(&json!("secret-leaves")), "{how}: {reply}");
        let past = world.done("security_secrets_scan", json!({"root": here, "git_history": true}));
        assert!(!past["history"].as_array().unwrap().is_empty(), "{how}: {past}");
    }
}

#[test]
fn what_is_kept_as_the_remotes_does_not_say_what_it_has() {
    let world = World::new();
    let here = world.repository("r");
    let there = world.at("there");
    let mut clone = world.process("git", &["clone", "--quiet", "--bare", "--branch", "main", &here, &there]);
    assert!(clone.status().unwrap().success());
    world.git("r", &["remote", "add", "origin", &there]);
    conf(&world, "r");
    world.git("r", &["update-ref", "refs/remotes/origin/said", "main"]);
    let push = json!({"repo": here, "refspec": "main:new", "expect_remote": "absent"});
    let (code, reply) = world.call("git_push", push);
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("secret-leaves")), "{reply}");
}

#[test]
fn each_commit_answers_for_its_own_lines_whatever_they_hold() {
    let world = World::new();
    let here = world.repository("r");
    world.git("r", &["commit", "--quiet", "--allow-empty", "-m", "other"]);
    let other = world.git("r", &["rev-parse", "HEAD"]);
    let message = format!("m\n\n\u{1e}{other}\n\u{1d}\n+++ b/message\n@@ -0,0 +1 @@\n+{}", token());
    write(&world, "r", "conf", &format!("\u{1e}{other}\n\u{1d}\n@@ -0,0 +9 @@\n+++ b/evil\n{}\n", token()));
    world.git("r", &["add", "."]);
    world.git("r", &["commit", "--quiet", "-m", &message]);
    let guilty = world.git("r", &["rev-parse", "HEAD"]);
    let past = world.done("security_secrets_scan", json!({"root": here, "git_history": true}));
    let row = |hit: &Value| {
        (hit["commit"].to_string(), hit["path"].as_str().unwrap().to_owned(), hit["line"].as_u64().unwrap())
    };
    let found: BTreeSet<_> = past["history"].as_array().unwrap().iter().map(row).collect();
    let guilty = json!(guilty).to_string();
    assert_eq!(found, [(guilty.clone(), String::new(), 0), (guilty, "conf".into(), 5)].into());
}
