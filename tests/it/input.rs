//! Input that is wrong gets a clear error and changes nothing.

use crate::harness::World;

fn refused(world: &World, tool: &str, args: &str, word: &str) {
    let before = World::snapshot(&world.w());
    let ran = world.fleet(&["tool", "call", tool, "--args", args, "--json"]);
    assert_eq!(ran.code, 2, "{tool} {args}: {ran:?}");
    assert_eq!(ran.json()["status"], "failed", "{ran:?}");
    assert!(ran.stdout.contains(word), "{tool} {args}: no `{word}` in {ran:?}");
    assert_eq!(World::snapshot(&world.w()), before);
    assert_eq!(world.count("call.intent"), 0);
}

#[test]
fn calls_that_say_nothing_are_usage_errors() {
    let world = World::new();
    let path = world.at("a");
    for (tool, args, word) in [
        ("files_rm", "{}", "files_rm"),
        ("files_write\u{1b}[2J", "{}", "u{1b}"),
        ("files_write", "{", "not strict JSON"),
        ("files_write", "[]", "one JSON object"),
        ("files_write", "null", "one JSON object"),
        ("files_write", "{}", "path"),
        ("files_write", &format!(r#"{{"path":"{path}","content":"a","content":"b"}}"#), "content"),
        ("files_write", &format!(r#"{{"path":"{path}","content":"a","c\u006fntent":"b"}}"#), "content"),
        ("files_write", &format!(r#"{{"path":"{path}","content":"a","risk":"LOW"}}"#), "risk"),
        ("files_write", &format!(r#"{{"path":"{path}","content":1}}"#), "string"),
        ("files_write", &format!(r#"{{"path":"{path}","content":"\ud800"}}"#), "not strict JSON"),
        ("files_write", r#"{"path":"relative","content":""}"#, "not absolute"),
        ("files_write", r#"{"path":"/a\u0000b","content":""}"#, "control character"),
        ("files_read", &format!(r#"{{"path":"{path}","offset":1.0}}"#), "float"),
        ("files_read", &format!(r#"{{"path":"{path}","offset":-1}}"#), "offset"),
        ("files_read", &format!(r#"{{"path":"{path}","offset":18446744073709551616}}"#), ""),
        ("git_branch_delete", r#"{"repo":"/r","branches":["--all"]}"#, "branch"),
        ("shell_run", r#"{"argv":"rm -rf /"}"#, "argv"),
    ] {
        refused(&world, tool, args, word);
    }
    world.verify();
}

#[test]
fn malformed_calls_are_on_record_when_they_reach_the_gate() {
    let world = World::new();
    refused(&world, "no_such_tool", "{}", "no_such_tool");
    let last = world.log().pop().unwrap();
    assert_eq!((last["kind"].as_str(), last["decision"].as_str()), (Some("call.refused"), Some("error")));
}

#[test]
fn over_a_mebibyte_is_refused() {
    let world = World::new();
    let file = world.root().join("big.json");
    std::fs::write(&file, format!(r#"{{"path":"/x","content":"{}"}}"#, "x".repeat(1 << 20))).unwrap();
    let ran =
        world.fleet(&["tool", "call", "files_write", "--args", &format!("@{}", file.display()), "--json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("1 MiB"), "{ran:?}");
}

#[test]
fn arguments_come_from_a_file_or_stdin_too() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let args = format!(r#"{{"path":"{}"}}"#, world.at("a"));
    let out = world
        .command(&["tool", "call", "files_read", "--args", "-", "--json"])
        .write_stdin(args)
        .output()
        .unwrap();
    assert!(String::from_utf8(out.stdout).unwrap().contains("\"text\":\"hello\""));
    let ran = world.fleet(&["tool", "call", "files_read", "--args", "@/nowhere", "--json"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_broken_policy_or_setting_forbids_and_says_where() {
    let world = World::new();
    let policy = world.config().join("policy.toml");
    let good = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, format!("{good}\n[workspac]\n")).unwrap();
    let (code, reply) = world.call("files_list", serde_json::json!({"path": world.w()}));
    assert_eq!((code, reply["status"].as_str()), (4, Some("refused")), "{reply}");
    assert!(reply["error"].as_str().unwrap().contains("workspac"), "{reply}");
    std::fs::write(&policy, good).unwrap();
    std::fs::write(world.config().join("fleet.toml"), "[aprovals]").unwrap();
    assert_eq!(world.call("files_list", serde_json::json!({"path": world.w()})).0, 4);
}

#[test]
fn policy_check_decides_and_does_nothing_else() {
    let world = World::new();
    let before = World::snapshot(&world.root().join("fleet"));
    let check = |tool: &str, args: &str| {
        let ran = world.fleet(&["policy", "check", tool, "--args", args, "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["decision"].as_str().unwrap().to_owned()
    };
    let w = world.w().display().to_string();
    assert_eq!(check("files_read", &format!(r#"{{"path":"{w}/a"}}"#)), "allow");
    assert_eq!(check("files_read", r#"{"path":"/opt/x"}"#), "ask");
    assert_eq!(check("files_read", r#"{"path":"~/.ssh/id_rsa"}"#), "block");
    assert_eq!(check("files_trash", &format!(r#"{{"paths":["{w}/a"]}}"#)), "ask");
    assert_eq!(check("files_read", r#"{"path":1}"#), "error");
    assert_eq!(
        check("files_write", &format!(r#"{{"path":"{}/audit/head","content":""}}"#, world.data().display())),
        "block"
    );
    assert_eq!(World::snapshot(&world.root().join("fleet")), before);
}

#[test]
fn cases_are_answered_line_by_line_in_order() {
    let world = World::new();
    let w = world.w().display().to_string();
    let lines = [
        format!(r#"{{"tool":"files_read","args":{{"path":"{w}/a"}}}}"#),
        r#"{"tool":"files_read","args":{"path":"~/.netrc"},"caller":"mcp:desk"}"#.to_owned(),
        r#"{"tool":"files_read","args":{"path":"/a","path":"/b"}}"#.to_owned(),
        "not json".to_owned(),
        r#"{"tool":"nope","args":{}}"#.to_owned(),
        r#"{"tool":"files_read","args":{},"caller":"root"}"#.to_owned(),
    ];
    let file = world.root().join("cases.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let ran = world.fleet(&["policy", "check", "--cases", file.to_str().unwrap()]);
    let answers: Vec<String> = ran
        .stdout
        .lines()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l).unwrap()["decision"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(answers, ["allow", "block", "error", "error", "error", "error"]);
}

/// The owner's own files, in whose place another of their programs put something else.
#[test]
fn a_pipe_or_a_device_in_place_of_policy_or_settings_hangs_nothing() {
    for name in ["policy.toml", "fleet.toml"] {
        for device in [false, true] {
            let world = World::new();
            let path = world.config().join(name);
            std::fs::remove_file(&path).unwrap();
            if device {
                std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            } else {
                assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            }
            let (code, reply) = world.call("files_read", serde_json::json!({"path": world.at("x")}));
            assert_ne!(code, 0, "{name}: {reply}");
            assert!(reply.to_string().contains(name), "{name}: {reply}");
        }
    }
}
