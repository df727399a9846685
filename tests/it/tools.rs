//! Every tool on the real thing.

use crate::harness::World;
use serde_json::json;
use std::os::unix::fs::symlink;

#[test]
fn files_are_written_whole_with_their_earlier_content_kept() {
    let world = World::new();
    let path = world.at("notes.txt");
    let made = world.done("files_write", json!({"path": path, "content": "one\n"}));
    assert_eq!(made["sha256_before"], json!(null));
    let (code, again) = world.call("files_write", json!({"path": path, "content": "two\n"}));
    assert_eq!((code, again["status"].as_str()), (1, Some("failed")), "{again}");
    let added = world.done("files_write", json!({"path": path, "content": "two\n", "mode": "append"}));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    assert!(added["diff"].as_str().unwrap().contains("+two"));
    let kept = world.data().join("undo").join(added["undo"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "one\n");
    let stale = json!({"path": path, "content": "x", "mode": "replace", "expect_sha256": "0".repeat(64)});
    assert_eq!(world.call("files_write", stale).0, 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    let bulk = world.log().into_iter().find(|e| e["kind"] == "call.intent").unwrap();
    assert_eq!(bulk["args"]["content"]["bytes"], 4);
    world.verify();
}

#[test]
fn files_are_read_in_parts_and_listed_without_following_links() {
    let world = World::new();
    std::fs::write(world.at("a.txt"), "0123456789").unwrap();
    std::fs::write(world.at(".hidden"), "").unwrap();
    symlink("/etc", world.at("out")).unwrap();
    let part = world.done("files_read", json!({"path": world.at("a.txt"), "offset": 2, "max_bytes": 3}));
    assert_eq!(
        (part["text"].as_str(), part["truncated"].as_bool(), part["size"].as_u64()),
        (Some("234"), Some(true), Some(10))
    );
    let listed = world.done("files_list", json!({"path": world.w(), "depth": 3}));
    let names: Vec<_> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["name"].as_str().unwrap(), e["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("a.txt", "file"), ("out", "link")]);
    let hidden = world.done("files_list", json!({"path": world.w(), "hidden": true, "glob": ".*"}));
    assert_eq!(hidden["entries"].as_array().unwrap().len(), 1);
    // Through the link, the real path is judged.
    let (code, reply) = world.call("files_read", json!({"path": world.at("out/hosts")}));
    assert_eq!(code, 3, "{reply}");
    assert_eq!(world.call("files_read", json!({"path": world.at("out/shadow")})).0, 4);
}

#[test]
fn moves_never_overwrite_and_say_how_to_move_back() {
    let world = World::new();
    std::fs::write(world.at("a"), "A").unwrap();
    std::fs::write(world.at("b"), "B").unwrap();
    let pairs = json!({"pairs": [{"from": world.at("a"), "to": world.at("new/c")}, {"from": world.at("b"), "to": world.at("new/c")}]});
    let (code, reply) = world.call("files_move", pairs);
    assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{reply}");
    assert_eq!(reply["result"]["moved"].as_array().unwrap().len(), 1);
    assert_eq!(
        (std::fs::read_to_string(world.at("new/c")).unwrap().as_str(), world.w().join("b").exists()),
        ("A", true)
    );
    let undo = reply["result"]["moved"][0]["undo"].as_str().unwrap();
    let args = undo.split_once("--args '").unwrap().1.trim_end_matches('\'');
    world.done("files_move", serde_json::from_str(args).unwrap());
    assert_eq!(std::fs::read_to_string(world.at("a")).unwrap(), "A");
    let copy = world.done(
        "files_move",
        json!({"pairs": [{"from": world.at("a"), "to": world.at("copy")}], "copy": true}),
    );
    assert_eq!(copy["moved"][0]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(
        (std::fs::read_to_string(world.at("a")).unwrap(), std::fs::read_to_string(world.at("copy")).unwrap()),
        ("A".into(), "A".into())
    );
    let outcomes: Vec<_> = world
        .log()
        .into_iter()
        .filter(|e| e["kind"] == "call.failed")
        .map(|e| e["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["failed after 1 of 2 steps"]);
}

#[test]
fn what_goes_into_the_trash_lies_there() {
    let world = World::new();
    std::fs::write(world.at("old"), "x").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("old")]}));
    assert!(world.w().join("old").exists());
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!world.w().join("old").exists());
    if cfg!(target_os = "linux") {
        let place = ran.json()["result"]["trashed"][0]["where"].as_str().unwrap().to_owned();
        assert!(
            place.starts_with(world.user().to_str().unwrap())
                && std::fs::read_to_string(place).unwrap() == "x"
        );
    }
}

#[test]
fn a_repository_tells_what_is_merged_and_what_is_only_here() {
    let world = World::new();
    let repo = world.repository("site");
    let status = world.done("git_status", json!({"repo": repo}));
    let finished: Vec<_> = status["branches"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["finished"] == true)
        .map(|b| b["name"].clone())
        .collect();
    assert_eq!(finished, ["done/one", "done/two"]);
    assert_eq!((status["branch"].as_str(), status["base"].as_str()), (Some("main"), Some("main")));
    let only: u64 =
        status["only_here"].as_array().unwrap().iter().map(|r| r["commits"].as_u64().unwrap()).sum();
    // Without a remote, everything is only here: main 3, done/one 2, done/two 3, open 4.
    assert_eq!(only, 12);
    let log = world.done("git_log", json!({"repo": repo, "range": "main", "limit": 2}));
    assert_eq!(log["commits"][0]["subject"], "done/two");
    assert_eq!(log["commits"].as_array().unwrap().len(), 2);
    std::fs::write(world.w().join("site/new file"), "x").unwrap();
    let status = world.done("git_status", json!({"repo": repo, "diff": "stat"}));
    assert_eq!(status["entries"][0]["path"], "new file");
}

#[test]
fn a_repositorys_configuration_runs_no_program() {
    let world = World::new();
    let repo = world.repository("evil");
    let canary = world.at("canary");
    // A program of the repository is held to it, and could leave a trace only inside.
    let inside = world.at("evil/.git/canary");
    let touch = format!("touch {canary}; touch {inside}; cat");
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("diff.external", &touch),
        ("filter.x.clean", &touch),
        ("filter.x.process", &touch),
        ("diff.x.textconv", &touch),
        ("core.pager", &touch),
        ("core.sshCommand", &touch),
    ] {
        world.git("evil", &["config", key, value]);
    }
    std::fs::write(world.w().join("evil/.gitattributes"), "* filter=x diff=x\n").unwrap();
    std::fs::write(world.w().join("evil/f"), "one").unwrap();
    world.git(
        "evil",
        &["-c", "core.fsmonitor=false", "-c", "filter.x.clean=", "-c", "filter.x.process=", "add", "."],
    );
    world.git(
        "evil",
        &[
            "-c",
            "core.fsmonitor=false",
            "-c",
            "filter.x.clean=",
            "-c",
            "filter.x.process=",
            "commit",
            "--quiet",
            "-m",
            "f",
        ],
    );
    std::fs::write(world.w().join("evil/f"), "two").unwrap();
    let _ = (std::fs::remove_file(&canary), std::fs::remove_file(&inside));
    for hook in ["reference-transaction", "post-index-change"] {
        let path = world.w().join("evil/.git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{touch}\n")).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    world.done("git_status", json!({"repo": repo, "diff": "patch", "fsck": true}));
    world.done("git_log", json!({"repo": repo, "patch": true}));
    let id = world.waits("git_branch_delete", json!({"repo": repo, "branches": ["done/one"]}));
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(world.branches("evil"), ["done/two", "main", "open"]);
    for canary in [canary, inside] {
        assert!(!std::path::Path::new(&canary).exists(), "{canary}: something of the repository ran");
    }
}

#[test]
fn a_program_runs_without_a_shell_a_terminal_or_the_callers_environment() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["sh", "-c", "echo $*; env | cut -d= -f1 | sort; tty; cat; exit 3", "x", "a;b", "$HOME"], "stdin": "fed\n"}));
    let out = world.command(&["approve", &id, "--json"]).env("SECRET_TOKEN", "t").output().unwrap();
    let reply: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let stdout = reply["result"]["stdout"].as_str().unwrap();
    assert!(stdout.starts_with("a;b $HOME\n"), "{stdout}");
    assert!(
        !stdout.contains("SECRET_TOKEN") && stdout.contains("not a tty") && stdout.ends_with("fed\n"),
        "{stdout}"
    );
    assert_eq!((reply["status"].as_str(), reply["result"]["exit"].as_i64()), (Some("done"), Some(3)));
}

#[test]
fn a_program_that_runs_too_long_is_ended_with_what_it_started() {
    let world = World::new();
    let id = world
        .waits("shell_run", json!({"argv": ["sh", "-c", "sleep 300 & echo $!; sleep 300"], "timeout_s": 1}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    let reply = ran.json();
    assert_eq!((ran.code, reply["status"].as_str()), (1, Some("failed")), "{reply}");
    assert_eq!(reply["result"]["timed_out"], true, "{reply}");
    let pid = reply["result"]["stdout"].as_str().unwrap().trim().to_owned();
    std::thread::sleep(std::time::Duration::from_millis(100));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "pid {pid} still runs: {stat}");
}

#[test]
fn a_missing_thing_is_judged_and_fails_in_the_hand() {
    let world = World::new();
    for (tool, args) in [
        ("files_read", json!({"path": world.at("none")})),
        ("files_list", json!({"path": world.at("none")})),
        ("files_move", json!({"pairs": [{"from": world.at("none"), "to": world.at("x")}]})),
        ("git_status", json!({"repo": world.at("none")})),
    ] {
        let (code, reply) = world.call(tool, args);
        assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{tool}: {reply}");
    }
    let id = world.waits("git_branch_delete", json!({"repo": world.at("none"), "branches": ["x"]}));
    assert_eq!(world.fleet(&["approve", &id]).code, 1);
}

#[test]
fn the_list_of_tools_has_every_field_of_the_contract() {
    let world = World::new();
    let tools = world.fleet(&["tool", "list", "--json"]).json();
    assert_eq!(tools.as_array().unwrap().len(), fleet::tools::TOOLS.len());
    for tool in tools.as_array().unwrap() {
        for field in
            ["name", "family", "risk", "effect", "about", "input_schema", "available", "why_unavailable"]
        {
            assert!(tool.get(field).is_some(), "{field} is missing in {tool}");
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_comes_through() {
    let world = World::new();
    std::fs::write(world.at("a"), "\u{1b}]0;x\u{7}\u{9b}2K\u{202e}").unwrap();
    symlink("b\u{1b}[2K", world.at("link")).unwrap();
    for args in [
        json!({"path": world.at("a")}).to_string(),
        json!({"path": world.at("link")}).to_string(),
        "{\"path\":\"/x\",\"\\u001b[2K\":1}".to_owned(),
    ] {
        let ran = world.fleet(&["tool", "call", "files_read", "--args", &args]);
        let seen = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!seen.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']), "{seen:?}");
    }
}

#[test]
fn what_is_forbidden_is_neither_hashed_nor_listed() {
    let world = World::bare();
    let all = world.root().to_str().unwrap();
    assert_eq!(world.fleet(&["init", "--workspace", all, "--approvals", "script"]).code, 0);
    std::fs::create_dir(world.user().join(".ssh")).unwrap();
    std::fs::write(world.user().join(".ssh/id_rsa"), "k").unwrap();
    let (code, reply) =
        world.call("files_write", json!({"path": "~/.ssh/id_rsa", "content": "x", "mode": "replace"}));
    assert_eq!(code, 4, "{reply}");
    let check = json!({"path": "~/.ssh/id_rsa", "content": "x", "mode": "replace"}).to_string();
    let judged = world.fleet(&["policy", "check", "files_write", "--args", &check, "--json"]).json();
    assert_eq!(judged["effects"][0]["pin"], "unread", "{judged}");
    let pseudo = world.fleet(&[
        "policy",
        "check",
        "files_write",
        "--args",
        r#"{"path":"/proc/self/pagemap","content":""}"#,
        "--json",
    ]);
    assert_eq!(pseudo.json()["decision"], "block");
    let listed =
        world.done("files_list", json!({"path": world.root(), "depth": 16, "hidden": true})).to_string();
    assert!(!listed.contains(".ssh") && !listed.contains("/fleet/data"), "{listed}");
}

#[test]
fn a_link_is_moved_as_the_link_it_is() {
    let world = World::new();
    std::fs::write(world.at("target"), "x").unwrap();
    symlink(world.at("target"), world.at("link")).unwrap();
    world.done("files_move", json!({"pairs": [{"from": world.at("link"), "to": world.at("moved")}]}));
    assert!(world.w().join("target").exists() && world.w().join("moved").is_symlink());
}
