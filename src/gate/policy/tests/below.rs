//! What a rule stops for a folder, it stops from above, too.

use super::*;

#[test]
fn what_a_rule_stops_is_stopped_from_above_too() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.dir.path().join("w/in/deep/secret")).unwrap();
    std::fs::create_dir_all(machine.dir.path().join("w/other")).unwrap();
    let example = "{ tool = \"files_read\", args = { path = \"@/w/in/deep/secret/x\" } }";
    let world = machine.world(&rule("no", "block", "paths = [\"@/w/in/deep/secret/**\"]", example));
    let stopped = |tool: &str, args: Value| {
        let (answer, reasons) = machine.judge(&world, tool, args, "cli");
        assert_eq!(answer == Answer::Block, reasons.iter().any(|r| r.rule == "no"), "{reasons:?}");
        answer == Answer::Block
    };
    let list = |path: &str, depth: u32| stopped("files_list", json!({"path": path, "depth": depth}));
    assert!(!list("@/w/in", 1) && !list("@/w/in", 2) && list("@/w/in", 3) && list("@/w", 4));
    assert!(list("@/w/in/deep/secret", 1) && !list("@/w/other", 16));
    let copy = |from: &str, copy: bool| {
        stopped("files_move", json!({"pairs": [{"from": from, "to": "@/w/to"}], "copy": copy}))
    };
    assert!(copy("@/w/in", true) && copy("@/w/in", false) && !copy("@/w/other", true));
    let git = |tool: &str, args: Value| {
        let mut all = json!({"repo": "@/w"});
        all.as_object_mut().unwrap().extend(args.as_object().unwrap().clone());
        stopped(tool, all)
    };
    assert!(!git("git_status", json!({})) && git("git_status", json!({"diff": "patch"})));
    assert!(!git("git_log", json!({})) && git("git_log", json!({"patch": true})));
    for (line, expected) in [
        ("grep -r x .", true),
        ("grep -rn x in", true),
        ("grep x other/a", false),
        ("grep -v x other/a", false),
        ("grep --recursive x in", true),
        ("rg x", true),
        ("/usr/bin/rg x in", true),
        ("find . -type f", true),
        ("find in -type f", true),
        ("find other -type f", false),
        ("find -type f", true),
        ("find other; find", true),
        ("ls", false),
        ("ls -l in", false),
        ("ls -R", true),
        ("ls -lR in", true),
        ("ls other", false),
        ("cd in && find .", true),
        ("cd other && find .", false),
        ("cat a | rg x", true),
        ("git status", false),
        ("git grep x", true),
        ("git diff", true),
        ("git log", false),
        ("git log --oneline -5", false),
        ("git log -n 3 --stat", false),
        ("git log -p", true),
        ("git log --unified=3", true),
        ("git log -U1", true),
        ("git log --cc", true),
        ("git -C . log -L1,2:a", true),
        ("git -C . log --oneline", false),
        ("git ls-files", false),
        ("git show", true),
        ("git blame a", true),
        ("git --no-pager diff", true),
        ("eza -T", true),
        ("eza --tree", true),
        ("tokei", true),
        ("cp -r in other/copy", true),
        ("cp other/a other/b", false),
        ("wc -l a", false),
    ] {
        assert_eq!(stopped("shell_run", json!({"command": line, "cwd": "@/w"})), expected, "{line}");
    }
    // An opening rule is about what is touched, not about what lies below it.
    let open =
        machine.world(&rule("yes", "allow", "paths = [\"@/o/in/**\"]", &example.replace("/w/", "/o/")));
    let (answer, _) = machine.judge(&open, "files_list", json!({"path": "@/o", "depth": 9}), "cli");
    assert_eq!(answer, Answer::Ask);
}
