//! Fetching, committing and pushing, between real repositories.

use crate::harness::World;
use serde_json::{Value, json};
use std::path::Path;

/// A bare remote `there`, and `here`, whose `origin` it is; `main` is at the same commit in both.
fn pair(world: &World) -> (String, String) {
    let here = world.repository("here");
    let there = world.at("there");
    let mut clone = world.process("git", &["clone", "--quiet", "--bare", "--branch", "main", &here, &there]);
    assert!(clone.status().unwrap().success());
    world.git("here", &["remote", "add", "origin", &there]);
    world.git("here", &["config", "user.name", "Ada"]);
    world.git("here", &["config", "user.email", "ada@example.org"]);
    world.git("here", &["fetch", "--quiet", "origin"]);
    (here, there)
}

/// A commit of somebody else in the remote's `main`.
fn others(world: &World) -> String {
    if !world.w().join("other").exists() {
        let mut clone = world.process("git", &["clone", "--quiet", &world.at("there"), &world.at("other")]);
        assert!(clone.status().unwrap().success());
    }
    world.git("other", &["commit", "--quiet", "--allow-empty", "-m", "theirs"]);
    world.git("other", &["push", "--quiet", "origin", "main"]);
    world.git("other", &["rev-parse", "HEAD"])
}

fn veto_last(world: &World) -> crate::harness::Ran {
    let seq = world.log().iter().rev().find(|e| e["kind"] == "call.done").unwrap()["seq"].to_string();
    world.fleet(&["veto", &seq, "--json"])
}

#[test]
fn a_fetch_moves_what_stands_for_the_remote_and_a_veto_moves_it_back() {
    let world = World::new();
    let (here, _) = pair(&world);
    let old = world.git("here", &["rev-parse", "refs/remotes/origin/main"]);
    let new = others(&world);
    world.git("there", &["branch", "fresh", &new]);
    world.git("there", &["tag", "v1", &new]);
    world.git("here", &["config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*"]);
    let told = world.done("git_fetch", json!({"repo": here}));
    assert_eq!(
        told["updated"],
        json!([
            {"ref": "refs/remotes/origin/fresh", "old": null, "new": new},
            {"ref": "refs/remotes/origin/main", "old": old, "new": new},
        ])
    );
    assert!(!world.branches("here").contains(&"fresh".to_owned()) && world.git("here", &["tag"]).is_empty());
    let ran = veto_last(&world);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.git("here", &["rev-parse", "refs/remotes/origin/main"]), old);
    assert_eq!(world.git("here", &["for-each-ref", "refs/remotes/origin/fresh"]), "");
    // Where it moved since, it stays.
    world.fleet(&["approve", &world.waits("git_fetch", json!({"repo": here}))]);
    world.git("here", &["update-ref", "refs/remotes/origin/main", &old]);
    let ran = veto_last(&world);
    assert!(ran.stdout.contains("moved since"), "{ran:?}");
    world.verify();
}

#[test]
fn a_veto_of_a_fetch_renews_what_is_known_of_profiles_and_says_where_none_holds() {
    let world = World::new();
    let (here, _) = pair(&world);
    others(&world);
    world.done("git_fetch", json!({"repo": here}));
    let path = world.data().join("confinement.json");
    let stored = || -> Value { serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap() };
    let mut stale = stored();
    stale["kernel"] = "Linux 1.0".into();
    std::fs::write(&path, stale.to_string()).unwrap();
    let ran = veto_last(&world);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_ne!(stored()["kernel"], "Linux 1.0", "it was not looked at again");
    if crate::confine::kernel_confines("a_veto_of_a_fetch") {
        assert!(!format!("{ran:?}").contains("does not confine"), "{ran:?}");
    }
    let id = world.waits("git_fetch", json!({"repo": here}));
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    world.unconfine();
    let ran = veto_last(&world);
    assert!(format!("{ran:?}").contains(", by a git that the kernel does not confine"), "{ran:?}");
}

#[test]
fn pruning_is_asked_for_and_comes_back_too() {
    let world = World::new();
    let (here, _) = pair(&world);
    world.git("there", &["branch", "-D", "open"]);
    assert_eq!(world.done("git_fetch", json!({"repo": here}))["updated"], json!([]));
    let gone = world.done("git_fetch", json!({"repo": here, "prune": true}));
    assert_eq!(
        (&gone["updated"][0]["ref"], &gone["updated"][0]["new"]),
        (&json!("refs/remotes/origin/open"), &Value::Null)
    );
    assert_eq!(veto_last(&world).code, 0);
    assert!(!world.git("here", &["for-each-ref", "refs/remotes/origin/open"]).is_empty());
}

#[test]
fn a_commit_holds_exactly_the_named_files_and_a_veto_takes_it_back() {
    let world = World::new();
    let (here, _) = pair(&world);
    for name in ["a.txt", "b.txt", "c.txt"] {
        std::fs::write(world.at(&format!("here/{name}")), name).unwrap();
    }
    world.git("here", &["add", "c.txt"]);
    let head = world.git("here", &["rev-parse", "HEAD"]);
    let args = json!({"repo": here, "paths": ["a.txt"], "message": "Add a", "expect_head": head});
    let told = world.done("git_commit", args);
    let new = world.git("here", &["rev-parse", "HEAD"]);
    assert_eq!((&told["old"], &told["new"], &told["index"]), (&json!(head), &json!(new), &Value::Null));
    assert_eq!(
        world.git("here", &["show", "--format=%an <%ae> %s", "--name-status", "HEAD"]),
        "Ada <ada@example.org> Add a\n\nA\ta.txt"
    );
    // What was staged stays staged, what was not known stays so.
    assert_eq!(world.git("here", &["status", "--porcelain"]), "A  c.txt\n?? b.txt");
    let ran = veto_last(&world);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.git("here", &["rev-parse", "HEAD"]), head);
    assert_eq!(world.git("here", &["status", "--porcelain"]), "A  a.txt\nA  c.txt\n?? b.txt");
    // A file that is gone is taken out; a commit on top keeps the one below from a veto.
    world.git("here", &["commit", "--quiet", "-m", "both"]);
    std::fs::remove_file(world.at("here/a.txt")).unwrap();
    let gone = json!({"repo": here, "paths": ["a.txt"], "message": "Remove a"});
    world.done("git_commit", gone);
    assert_eq!(world.git("here", &["show", "--format=", "--name-status", "HEAD"]), "D\ta.txt");
    let seq = world.log().iter().rev().find(|e| e["kind"] == "call.done").unwrap()["seq"].to_string();
    world.git("here", &["commit", "--quiet", "--allow-empty", "-m", "on top"]);
    let ran = world.fleet(&["veto", &seq, "--json"]);
    assert!(ran.stdout.contains("moved since"), "{ran:?}");
    world.verify();
}

#[test]
fn the_first_commit_of_all_can_be_made_and_taken_back() {
    let world = World::new();
    std::fs::create_dir(world.w().join("new")).unwrap();
    world.git("new", &["init", "--quiet", "--initial-branch=main", "."]);
    std::fs::write(world.user().join(".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.org\n")
        .unwrap();
    std::fs::write(world.at("new/a"), "x").unwrap();
    let told = world.done("git_commit", json!({"repo": world.at("new"), "paths": ["a"], "message": "First"}));
    assert_eq!(told["old"], Value::Null);
    assert_eq!(veto_last(&world).code, 0);
    assert_eq!(world.git("new", &["for-each-ref"]), "");
}

#[test]
fn what_cannot_be_committed_is_refused_and_nothing_changes() {
    let world = World::new();
    let (here, _) = pair(&world);
    std::fs::write(world.at("here/a"), "x").unwrap();
    let before = World::snapshot(&world.w().join("here/.git/refs"));
    let refused = |args: Value, why: &str| {
        let (code, reply) = world.call("git_commit", args);
        assert!(code != 0 && reply["error"].as_str().unwrap().contains(why), "{why}: {reply}");
        assert_eq!(World::snapshot(&world.w().join("here/.git/refs")), before);
        // Five failures in a row open the family's breaker.
        assert_eq!(world.fleet(&["breaker", "reset", "family:git"]).code, 0);
    };
    let args = |path: &str| json!({"repo": here, "paths": [path], "message": "m"});
    std::fs::create_dir(world.w().join("here/sub")).unwrap();
    std::fs::write(world.at("here/sub/x"), "x").unwrap();
    refused(args("sub"), "name the files");
    let mut stale = args("a");
    stale["expect_head"] = "0".repeat(40).into();
    refused(stale, "not at");
    std::fs::write(world.at("here/.git/index.lock"), "").unwrap();
    refused(args("a"), "index.lock");
    std::fs::remove_file(world.at("here/.git/index.lock")).unwrap();
    std::fs::write(world.at("here/.git/MERGE_HEAD"), "").unwrap();
    refused(args("a"), "in the middle of something");
    std::fs::remove_file(world.at("here/.git/MERGE_HEAD")).unwrap();
    std::fs::write(world.at("here/.gitattributes"), "a filter=lfs\n").unwrap();
    refused(args("a"), "filter `lfs`");
    std::fs::write(world.at("here/.gitattributes"), "a text\n").unwrap();
    std::fs::write(world.at("here/a"), "x\r\n").unwrap();
    refused(args("a"), "as it lies there");
    std::fs::remove_file(world.at("here/.gitattributes")).unwrap();
    world.git("here", &["checkout", "--quiet", "--detach"]);
    refused(args("a"), "on no branch");
    world.git("here", &["checkout", "--quiet", "main"]);
    world.git("here", &["config", "--unset", "user.email"]);
    refused(args("a"), "whose commit it is");
    refused(json!({"repo": world.at("sub"), "paths": ["a"], "message": "m"}), "not a git repository");
}

#[test]
fn a_filter_that_only_the_last_commit_names_does_not_run() {
    let world = World::new();
    let (here, _) = pair(&world);
    std::fs::write(world.at("here/.gitattributes"), "a filter=evil\n").unwrap();
    world.git("here", &["add", ".gitattributes"]);
    world.git("here", &["commit", "--quiet", "-m", "attributes"]);
    world.git("here", &["rm", "--quiet", ".gitattributes"]);
    let canary = world.at("here/.git/canary");
    world.git("here", &["config", "filter.evil.clean", &format!("touch {canary}; echo evil")]);
    std::fs::write(world.at("here/a"), "mine\n").unwrap();
    world.done("git_commit", json!({"repo": here, "paths": ["a"], "message": "a"}));
    assert!(!Path::new(&canary).exists());
    assert_eq!(world.git("here", &["cat-file", "blob", "HEAD:a"]), "mine");
}

#[test]
fn a_push_goes_forward_once_a_person_says_so_and_never_over_what_moved() {
    let world = World::new();
    let (here, _) = pair(&world);
    let old = world.git("here", &["rev-parse", "main"]);
    world.git("here", &["commit", "--quiet", "--allow-empty", "-m", "mine"]);
    let new = world.git("here", &["rev-parse", "main"]);
    let args = |expect: &str| json!({"repo": here, "refspec": "main", "expect_remote": expect});
    let id = world.waits("git_push", args(&old));
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.contains("mine") && shown.contains(&new), "{shown}");
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, &ran.json()["result"]["new"]), (0, &json!(new)), "{ran:?}");
    assert_eq!(world.git("there", &["rev-parse", "main"]), new);
    assert_eq!(world.git("here", &["rev-parse", "refs/remotes/origin/main"]), new);
    // Somebody else was faster: the remote is not where it was believed to be.
    let theirs = others(&world);
    world.git("here", &["commit", "--quiet", "--allow-empty", "-m", "mine again"]);
    let ran = world.fleet(&["approve", &world.waits("git_push", args(&new)), "--json"]);
    assert!(
        ran.code == 1 && ran.json()["error"].as_str().unwrap().contains("not where it was believed"),
        "{ran:?}"
    );
    // Even if that is known: it does not go forward, and nothing is forced.
    world.git("here", &["fetch", "--quiet", "origin"]);
    let ran = world.fleet(&["approve", &world.waits("git_push", args(&theirs)), "--json"]);
    assert!(
        ran.code == 1 && ran.json()["error"].as_str().unwrap().contains("nothing is ever forced"),
        "{ran:?}"
    );
    assert_eq!(world.git("there", &["rev-parse", "main"]), theirs);
    // A branch that is new there.
    let topic = json!({"repo": here, "refspec": "open:theirs/open", "expect_remote": "absent"});
    assert_eq!(world.fleet(&["approve", &world.waits("git_push", topic.clone())]).code, 0);
    world.git("here", &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    let ran = world.fleet(&[
        "approve",
        &world.waits(
            "git_push",
            json!({"repo": here, "refspec": "main:theirs/open", "expect_remote": "absent"}),
        ),
        "--json",
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    world.verify();
}

#[test]
fn a_credential_in_a_commit_does_not_leave() {
    let world = World::new();
    let (here, _) = pair(&world);
    let old = world.git("here", &["rev-parse", "main"]);
    std::fs::write(world.at("here/conf"), format!("token = ghp_{}\n", "aB3".repeat(12))).unwrap();
    world.done("git_commit", json!({"repo": here, "paths": ["conf"], "message": "conf"}));
    // Taken out again it is still in what goes.
    std::fs::write(world.at("here/conf"), "none\n").unwrap();
    world.done("git_commit", json!({"repo": here, "paths": ["conf"], "message": "no conf"}));
    let (code, reply) =
        world.call("git_push", json!({"repo": here, "refspec": "main", "expect_remote": old}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("secret-leaves")), "{reply}");
}

#[test]
fn nothing_that_either_repository_names_runs() {
    let world = World::new();
    let (here, there) = pair(&world);
    let canary = world.at("canary");
    for repo in [Path::new(&here).join(".git"), Path::new(&there).to_path_buf()] {
        std::fs::create_dir_all(repo.join("hooks")).unwrap();
        for hook in [
            "pre-commit",
            "commit-msg",
            "post-commit",
            "prepare-commit-msg",
            "pre-push",
            "pre-receive",
            "update",
            "post-receive",
            "post-update",
            "reference-transaction",
            "post-index-change",
            "proc-receive",
            "push-to-checkout",
        ] {
            let path = repo.join("hooks").join(hook);
            std::fs::write(&path, format!("#!/bin/sh\necho {hook} >> {canary}\n")).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let text = std::fs::read_to_string(repo.join("config")).unwrap();
        let touch = format!("touch {canary}");
        let more = format!(
            "[core]\n\tfsmonitor = {touch}\n\tsshCommand = {touch}\n\talternateRefsCommand = {touch}\n\teditor = {touch}\n\
             [uploadpack]\n\tpackObjectsHook = {touch}\n[gpg]\n\tprogram = {touch}\n[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = if-asked\n\
             [remote \"origin\"]\n\tuploadpack = {touch}\n\treceivepack = {touch}\n[maintenance]\n\tauto = true\n[gc]\n\tauto = 1\n"
        );
        std::fs::write(repo.join("config"), text + &more).unwrap();
    }
    let old = world
        .git("here", &["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "rev-parse", "main"]);
    let _ = std::fs::remove_file(&canary);
    std::fs::write(world.at("here/a"), "x").unwrap();
    world.done("git_commit", json!({"repo": here, "paths": ["a"], "message": "a"}));
    world.done("git_fetch", json!({"repo": here}));
    let id = world.waits("git_push", json!({"repo": here, "refspec": "main", "expect_remote": old}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!Path::new(&canary).exists(), "{}", std::fs::read_to_string(&canary).unwrap());
}

#[test]
fn where_a_remote_leads_is_judged() {
    let world = World::new();
    let (here, _) = pair(&world);
    let set = |url: &str| world.git("here", &["config", "remote.origin.url", url]);
    let push = json!({"repo": here, "refspec": "main", "expect_remote": "absent"});
    let rules = |tool: &str, args: &Value| -> (i32, Vec<String>) {
        let (code, reply) = world.call(tool, args.clone());
        let rules =
            reply["reasons"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap().to_owned());
        (code, rules.collect())
    };
    let fetch = json!({"repo": here});
    for (url, code, rule) in [
        ("ext::sh -c touch% /tmp/x", 4, "scheme"),
        ("http://example.org/a", 4, "scheme"),
        ("git://example.org/a", 4, "scheme"),
        ("https://169.254.169.254/a", 4, "not-public"),
        ("git@localhost:a", 4, "not-public"),
        ("[fd00::1]:a", 4, "not-public"),
        ("git@[::1]:a", 4, "not-public"),
        ("[example.org:22]:a", 4, "scheme"),
        ("https://:443/a", 4, "scheme"),
        ("https://example.org/a", 3, "network"),
        ("git@example.org:a", 3, "network"),
        ("../../elsewhere", 3, "workspace"),
    ] {
        set(url);
        for (tool, args) in [("git_fetch", &fetch), ("git_push", &push)] {
            let (got, found) = rules(tool, args);
            assert!(got == code && found.iter().any(|r| r == rule), "{tool} {url}: {got} {found:?}");
        }
    }
    let secret = world.user().join(".ssh");
    set(secret.to_str().unwrap());
    assert_eq!(rules("git_push", &push).0, 4);
    set("https://example.org/a");
    for (key, value) in [
        ("http.proxy", "http://evil.example"),
        ("url./x.insteadOf", "https://"),
        ("credential.helper", "!touch /tmp/x"),
    ] {
        world.git("here", &["config", key, value]);
        let (code, found) = rules("git_fetch", &fetch);
        assert!(code == 4 && found.contains(&"git-remote-settings".to_owned()), "{key}: {found:?}");
        world.git("here", &["config", "--unset", key]);
    }
    // What says it by a name, and what git does not tell whole.
    std::fs::create_dir_all(world.at("here/.git/branches")).unwrap();
    assert_eq!(rules("git_push", &push).0, 3, "an empty folder names nothing");
    for folder in ["remotes", "branches"] {
        set("git@example.org:a");
        std::fs::create_dir_all(world.at(&format!("here/.git/{folder}"))).unwrap();
        let named = world.at(&format!("here/.git/{folder}/git@example.org:a"));
        std::fs::write(&named, "URL: https://evil.example/a\n").unwrap();
        let (code, found) = rules("git_push", &push);
        assert!(code == 4 && found.contains(&"git-remote-settings".to_owned()), "{folder}: {found:?}");
        std::fs::remove_file(named).unwrap();
    }
    let config = world.at("here/.git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[http \"{}\"]\n\tproxy = x\n", "a".repeat(17 << 20))).unwrap();
    let (code, found) = rules("git_fetch", &fetch);
    assert!(code == 4 && found.contains(&"git-remote-settings".to_owned()), "{found:?}");
    std::fs::write(&config, text).unwrap();
    // A name that leads elsewhere when it is carried out than when it was judged.
    world.git("here", &["config", "remote.origin.url", &world.at("there")]);
    let id = world.waits("git_push", json!({"repo": here, "refspec": "open:o", "expect_remote": "absent"}));
    std::fs::create_dir(world.w().join("elsewhere")).unwrap();
    world.git("elsewhere", &["init", "--quiet", "--bare", "."]);
    set(&world.at("elsewhere"));
    let ran = world.fleet(&["approve", &id]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(world.git("elsewhere", &["for-each-ref"]), "");
}
