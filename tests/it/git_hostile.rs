//! Repositories made to be looked at: nothing of theirs runs, and nothing outside is read unasked.

use crate::harness::World;
use serde_json::json;
use std::os::unix::fs::symlink;
use std::path::Path;

fn touched(world: &World) -> bool {
    Path::new(&world.at("canary")).exists()
}

#[test]
fn a_filter_whose_name_holds_an_equals_sign_does_not_run() {
    let world = World::new();
    let repo = world.repository("r");
    let config = world.w().join("r/.git/config");
    std::fs::write(world.at("r/f"), "one").unwrap();
    world.git("r", &["add", "f"]);
    world.git("r", &["commit", "--quiet", "-m", "f"]);
    let text = std::fs::read_to_string(&config).unwrap();
    let touch = format!("touch {}; cat", world.at("canary"));
    std::fs::write(&config, format!("{text}[filter \"a=b\"]\n\tclean = {touch}\n\trequired = true\n[diff \"c=d\"]\n\tcommand = {touch}\n\ttextconv = {touch}\n")).unwrap();
    std::fs::write(world.at("r/.gitattributes"), "* filter=a=b diff=c=d\n").unwrap();
    std::fs::write(world.at("r/f"), "two").unwrap();
    world.done("git_status", json!({"repo": repo, "diff": "patch"}));
    world.done("git_log", json!({"repo": repo, "patch": true}));
    assert!(!touched(&world));
}

#[test]
fn a_submodules_configuration_does_not_run() {
    let world = World::new();
    let sub = world.repository("sub");
    let repo = world.repository("super");
    world.git("super", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &sub, "inner"]);
    world.git("super", &["commit", "--quiet", "-m", "inner"]);
    world.git("super", &["config", "diff.submodule", "diff"]);
    let touch = format!("touch {}; cat", world.at("canary"));
    world.git("super/inner", &["config", "diff.evil.command", &touch]);
    std::fs::write(world.at("super/inner/.gitattributes"), "* diff=evil\n").unwrap();
    std::fs::write(world.at("super/inner/x"), "one\n").unwrap();
    world.git("super/inner", &["add", "."]);
    world.git("super/inner", &["commit", "--quiet", "-m", "x"]);
    world.done("git_status", json!({"repo": repo, "diff": "patch"}));
    world.git("super", &["-c", "diff.submodule=short", "commit", "--quiet", "-am", "moved"]);
    world.done("git_log", json!({"repo": repo, "patch": true}));
    assert!(!touched(&world));
}

#[test]
fn where_git_really_goes_is_judged_too() {
    let world = World::new();
    let outside = world.root().join("private");
    std::fs::create_dir(&outside).unwrap();
    std::fs::rename(world.repository("secret"), outside.join("secret")).unwrap();
    let git = outside.join("secret/.git").display().to_string();

    let folder = |name: &str| {
        std::fs::create_dir_all(world.w().join(name)).unwrap();
        world.w().join(name)
    };
    std::fs::write(folder("file").join(".git"), format!("gitdir: {git}\n")).unwrap();
    symlink(&git, folder("link").join(".git")).unwrap();
    let common = folder("common");
    for (name, text) in [("HEAD", "ref: refs/heads/main\n"), ("commondir", git.as_str())] {
        std::fs::write(common.join(name), text).unwrap();
    }
    folder("common/objects");
    folder("common/refs");
    let borrowed = world.repository("borrowed");
    std::fs::write(Path::new(&borrowed).join(".git/objects/info/alternates"), format!("{git}/objects\n"))
        .unwrap();
    for name in ["file", "link", "common", "borrowed"] {
        for tool in ["git_status", "git_log"] {
            let (code, reply) = world.call(tool, json!({"repo": world.at(name)}));
            assert_eq!((code, reply["status"].as_str()), (3, Some("waiting")), "{tool} {name}: {reply}");
        }
    }
    // A repository that only lies above is another one.
    folder("borrowed/inside/.git");
    let (code, reply) = world.call("git_status", json!({"repo": world.at("borrowed/inside")}));
    assert_ne!(code, 0, "{reply}");
}

#[test]
fn core_worktree_and_files_that_errors_could_quote_lead_nowhere() {
    let world = World::new();
    let repo = world.repository("r");
    let secret = world.root().join("secret");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("key"), "hunter2\n").unwrap();
    world.git("r", &["config", "core.worktree", secret.to_str().unwrap()]);
    world.git("r", &["config", "fsck.skipList", secret.join("key").to_str().unwrap()]);
    let (_, reply) = world.call("git_status", json!({"repo": repo, "diff": "patch", "fsck": true}));
    assert!(!reply.to_string().contains("hunter2") && !reply.to_string().contains("\"key\""), "{reply}");
}

#[test]
fn a_symbolic_branch_does_not_take_its_target_with_it() {
    let world = World::new();
    let repo = world.repository("r");
    world.git("r", &["symbolic-ref", "refs/heads/master", "refs/heads/main"]);
    world.git("r", &["symbolic-ref", "refs/heads/alias", "refs/heads/open"]);
    let before = world.branches("r");
    let status = world.done("git_status", json!({"repo": repo}));
    let finished: Vec<_> = status["branches"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["finished"] == true)
        .map(|b| b["name"].as_str().unwrap())
        .collect();
    assert_eq!(finished, ["done/one", "done/two"]);
    for name in ["master", "alias"] {
        let id = world.waits("git_branch_delete", json!({"repo": repo, "branches": [name]}));
        assert_eq!(world.fleet(&["approve", &id]).code, 1);
    }
    assert_eq!(world.branches("r"), before);
}

#[test]
fn neither_default_branch_is_ever_offered() {
    let world = World::new();
    let repo = world.repository("r");
    world.git("r", &["branch", "develop"]);
    let remote = world.root().join("remote.git");
    world.git("r", &["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    world.git("r", &["remote", "add", "origin", remote.to_str().unwrap()]);
    world.git("r", &["fetch", "--quiet", "origin"]);
    world.git("r", &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop"]);
    world.git("r", &["checkout", "--quiet", "open"]);
    let status = world.done("git_status", json!({"repo": repo}));
    let finished: Vec<_> = status["branches"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["finished"] == true)
        .map(|b| b["name"].as_str().unwrap())
        .collect();
    assert_eq!(finished, ["done/one", "done/two"]);
}

#[test]
fn hooks_of_a_git_folder_by_another_name_are_not_written() {
    let world = World::new();
    world.repository("r");
    let separate = world.w().join("g");
    std::fs::rename(world.w().join("r/.git"), &separate).unwrap();
    symlink(&separate, world.w().join("r/.git")).unwrap();
    for path in [world.at("r/.git/hooks/pre-commit"), world.at("g/hooks/pre-commit"), world.at("g/config")] {
        let (code, reply) =
            world.call("files_write", json!({"path": path, "content": "x", "mode": "replace"}));
        assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("persistence")), "{path}: {reply}");
    }
}

#[test]
fn the_approver_sees_what_would_be_lost() {
    let world = World::new();
    let repo = world.repository("r");
    let id = world.waits("git_branch_delete", json!({"repo": repo, "branches": ["done/one", "open"]}));
    let shown = world.fleet(&["approval", "show", &id, "--json"]).json();
    let lost: Vec<_> = shown["effects"][0]["branches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (b["name"].as_str().unwrap(), b["lost_commits"].as_u64().unwrap()))
        .collect();
    assert_eq!(lost, [("done/one", 0), ("open", 1)]);
}
