//! The owner's policy: shown, checked, linted, replayed; an edit is seen and told.

use crate::harness::{FLEET, World};
use serde_json::{Value, json};
use std::process::Stdio;

/// Rules of which each says something else; `@` is the workspace's folder.
const RULES: &str = r#"
[[rule]]
id = "old-drafts"
decide = "allow"
tools = ["files_trash"]
paths = ["@/drafts/**"]
reason = "drafts are kept elsewhere"
match = [{ tool = "files_trash", args = { paths = ["@/drafts/a"] } }]
not_match = [{ tool = "files_trash", args = { paths = ["@/drafts/a", "@/b"] } }]

[[rule]]
id = "diary"
decide = "block"
callers = ["mcp:*", "loop:*"]
paths = ["@/diary"]
reason = "nobody's business but mine, and certainly not that of a model that was told what to do by a page it read"
match = [{ tool = "files_read", caller = "mcp:desk", args = { path = "@/Diary/today" } }]
not_match = [{ tool = "files_read", args = { path = "@/diary/today" } }]
"#;

/// A rule whose example it does not match.
const WRONG: &str = r#"
[[rule]]
id = "invoices"
decide = "ask"
tools = ["files_move"]
paths = ["@/invoices/*"]
reason = "the tax office"
match = [{ tool = "files_move", args = { pairs = [{ from = "@/in/a", to = "@/out/a" }] } }]
"#;

fn edit(world: &World, more: &str) {
    let path = world.config().join("policy.toml");
    let policy = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, policy + &more.replace('@', world.w().to_str().unwrap())).unwrap();
}

/// What was printed, without what is different each time; lines stay within 80 columns.
fn shown(world: &World, args: &[&str]) -> String {
    let ran = world.fleet(args);
    let text = format!("{}{}[{}]\n", ran.stdout, ran.stderr, ran.code)
        .replace(world.root().to_str().unwrap(), "/root");
    for line in text.lines() {
        assert!(line.chars().count() <= 80 || line.contains("/root/"), "{line}");
    }
    format!("$ fleet {}\n{text}\n", args.join(" ").replace(world.root().to_str().unwrap(), "/root"))
}

#[test]
fn show_check_and_lint_read_well() {
    let world = World::new();
    let check = |world: &World, tool: &str, args: Value, caller: &str| {
        shown(world, &["policy", "check", tool, "--args", &args.to_string(), "--caller", caller])
    };
    edit(&world, RULES);
    edit(&world, "\n[[risk]]\ntool = \"files_write\"\nrisk = \"HIGH\"\n");
    let mut all = shown(&world, &["policy", "show"]) + &shown(&world, &["policy", "lint"]);
    all += &check(&world, "files_trash", json!({"paths": [world.at("drafts/x")]}), "cli");
    all += &check(&world, "files_trash", json!({"paths": [world.at("drafts/x"), "/srv/x"]}), "cli");
    all += &check(&world, "files_read", json!({"path": world.at("DIARY/x")}), "loop:mail-triage");
    all += &check(&world, "files_write", json!({"path": world.at("a"), "content": ""}), "cli");
    edit(&world, WRONG);
    edit(&world, "\n[[risk]]\ntool = \"files_trash\"\nrisk = \"LOW\"\n");
    all += &shown(&world, &["policy", "lint"]);
    all += &check(
        &world,
        "files_move",
        json!({"pairs": [{"from": world.at("invoices/x"), "to": world.at("y")}]}),
        "cli",
    );
    all += &check(&world, "files_trash", json!({"paths": [world.at("drafts/x")]}), "cli");
    all += &shown(&world, &["policy", "show"]);
    edit(&world, "\n[workspac]\n");
    all += &shown(&world, &["policy", "lint"]);
    all += &check(&world, "files_read", json!({"path": world.at("x")}), "cli");
    insta::assert_snapshot!("policy", all);
}

#[test]
fn what_a_rule_allows_runs_at_once_and_the_log_names_the_rule() {
    let world = World::new();
    std::fs::create_dir(world.w().join("drafts")).unwrap();
    std::fs::write(world.at("drafts/a"), "x").unwrap();
    edit(&world, RULES);
    world.done("files_trash", json!({"paths": [world.at("drafts/a")]}));
    assert!(!world.w().join("drafts/a").exists());
    let intent = world.log().into_iter().find(|e| e["kind"] == "call.intent").unwrap();
    assert_eq!(intent["rules"], json!(["risk-high", "old-drafts"]));
    world.waits("files_trash", json!({"paths": [world.at("diary")]}));
    world.verify();
}

#[test]
fn a_rule_that_forbids_after_the_approval_wins() {
    let world = World::new();
    std::fs::write(world.at("diary"), "x").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("diary")]}));
    edit(
        &world,
        &RULES
            .replace("callers = [\"mcp:*\", \"loop:*\"]\n", "")
            .replace("not_match = [{ tool = \"files_read\", args = { path = \"@/diary/today\" } }]", ""),
    );
    assert_eq!(world.fleet(&["policy", "lint"]).code, 0);
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
    assert!(world.w().join("diary").exists());
    assert_eq!(world.count("approval.stale"), 1);
}

#[test]
fn a_rule_that_is_refused_refuses_calls_with_its_line_and_lint_fails() {
    let world = World::new();
    edit(&world, WRONG);
    let (code, reply) =
        world.call("files_move", json!({"pairs": [{"from": world.at("invoices/a"), "to": world.at("b")}]}));
    assert_eq!((code, reply["status"].as_str()), (4, Some("refused")), "{reply}");
    let reason = &reply["reasons"][0];
    assert_eq!(reason["rule"], "invoices");
    assert!(reason["source"].as_str().unwrap().ends_with("policy.toml:24"), "{reply}");
    let ran = world.fleet(&["policy", "lint", "--json"]);
    assert_eq!(ran.code, 1);
    let found = ran.json();
    assert_eq!((found[0]["line"].as_u64(), found[0]["level"].as_str()), (Some(24), Some("error")), "{found}");
    let show = world.fleet(&["policy", "show", "--json"]).json();
    assert!(show["rules"][0]["refused"][0].as_str().unwrap().contains("does not match"), "{show}");
}

#[test]
fn lint_takes_another_file_and_needs_no_home() {
    let world = World::bare();
    let file = world.root().join("new.toml");
    std::fs::write(&file, "version = 1\n").unwrap();
    assert_eq!(world.fleet(&["policy", "lint", file.to_str().unwrap()]).code, 0);
    std::fs::write(&file, "[[rule]]\n").unwrap();
    let ran = world.fleet(&["policy", "lint", file.to_str().unwrap(), "--json"]);
    assert_eq!((ran.code, ran.json()[0]["line"].as_u64()), (1, Some(1)), "{ran:?}");
    assert_eq!(world.fleet(&["policy", "lint"]).code, 1, "no home");
    assert!(!world.data().exists());
}

#[test]
fn a_policy_that_does_not_read_blocks_in_every_check() {
    let world = World::new();
    edit(&world, "\nx\n");
    let ran = world.fleet(&["policy", "check", "files_read", "--args", "{\"path\":\"/x\"}", "--json"]);
    assert_eq!((ran.code, ran.json()["decision"].as_str()), (0, Some("block")), "{ran:?}");
}

#[test]
fn an_edit_is_told_once_by_the_first_who_sees_it() {
    let world = World::new();
    let changed = |world: &World| world.count("policy.changed");
    let notices = |world: &World| world.outbox().iter().filter(|n| n["more"] == "fleet policy show").count();
    edit(&world, RULES);
    for looks in [
        &["policy", "show"][..],
        &["policy", "lint"],
        &["policy", "check", "files_list"],
        &["policy", "replay", "--since", "1d"],
        &["audit", "verify"],
        &["approval", "list"],
    ] {
        assert_eq!(world.fleet(looks).code, 0, "{looks:?}");
        assert_eq!((changed(&world), notices(&world)), (0, 0), "{looks:?}");
    }
    // Two processes see the same edit at the same time.
    let list = json!({"path": world.w()}).to_string();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            world
                .process(FLEET, &["tool", "call", "files_list", "--args", &list])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut call in calls {
        assert_eq!(call.wait().unwrap().code(), Some(0));
    }
    assert_eq!((changed(&world), notices(&world)), (1, 1));
    // Settings count, and so does what is wrong.
    edit(&world, WRONG);
    world.done("files_list", json!({"path": world.w()}));
    assert_eq!((changed(&world), notices(&world)), (2, 2));
    let last = world.outbox().pop().unwrap();
    assert!(last["severity"] == "urgent" && last["body"].as_str().unwrap().contains("invoices"), "{last}");
    // What does not read is told, too.
    edit(&world, "\nx\n");
    assert_eq!(world.call("files_list", json!({"path": world.w()})).0, 4);
    assert_eq!((changed(&world), notices(&world)), (3, 3));
    world.verify();
}

#[test]
fn a_persons_command_sees_an_edit_and_a_plan_does_not() {
    let world = World::new();
    let repo = world.repository("repo");
    let settings = world.config().join("fleet.toml");
    std::fs::write(
        &settings,
        format!("[approvals]\nchannels = [\"script\"]\n\n[shared]\nrepos = [\"{repo}\"]\n"),
    )
    .unwrap();
    assert_eq!(world.fleet(&["loop", "register", "stale-branches"]).code, 0);
    let before = world.count("policy.changed");
    assert!(before >= 1, "registering is a person's command");
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    edit(&world, RULES);
    assert_eq!(world.fleet(&["run-loop", "stale-branches", "--plan"]).code, 0);
    assert_eq!(world.count("policy.changed"), before);
    assert_eq!(world.fleet(&["deny", &id, "--reason", "no"]).code, 0);
    assert_eq!(world.count("policy.changed"), before + 1);
    edit(&world, "\n# again\n");
    world.fleet(&["run-loop", "stale-branches", "--now"]);
    assert_eq!(world.count("policy.changed"), before + 2);
}

#[test]
fn replay_says_what_another_policy_would_have_answered() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    world.done("files_read", json!({"path": world.at("a")}));
    world.done("files_write", json!({"path": world.at("b"), "content": "x", "mode": "create"}));
    world.done("files_move", json!({"pairs": [{"from": world.at("b"), "to": world.at("c")}]}));
    let id = world.waits("files_trash", json!({"paths": [world.at("c")]}));
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(world.call("files_read", json!({"path": "~/.ssh/id_rsa"})).0, 4);
    assert_eq!(world.call("files_wrote", json!({})).0, 2);
    assert_eq!(world.call("files_read", json!({"path": 1})).0, 2);
    let (before, home) = (world.log().len(), World::snapshot(&world.root().join("fleet")));
    let same = world.fleet(&["policy", "replay", "--since", "1d", "--json"]);
    let summary =
        |text: &str| serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap()["summary"].clone();
    let sums = summary(&same.stdout);
    assert_eq!((sums["judged"].as_u64(), sums["changed"].as_u64()), (Some(5), Some(0)), "{same:?}");
    assert_eq!(sums["without_content"], 1, "{sums}");
    assert_eq!(sums["cannot"], json!({"it was malformed": 2}), "{sums}");
    let new = world.root().join("new.toml");
    let rule = r#"
[[rule]]
id = "shut"
decide = "block"
paths = ["@/c"]
reason = "shut"
match = [{ tool = "files_read", args = { path = "@/c" } }]
[[rule]]
id = "open"
decide = "ask"
tools = ["files_read"]
reason = "ask"
match = [{ tool = "files_read", args = { path = "@/c2" } }]
"#;
    let policy = std::fs::read_to_string(world.config().join("policy.toml")).unwrap();
    std::fs::write(&new, policy + &rule.replace('@', world.w().to_str().unwrap())).unwrap();
    let other =
        world.fleet(&["policy", "replay", "--since", "1d", "--with", new.to_str().unwrap(), "--json"]);
    assert_eq!(other.code, 0, "{other:?}");
    let changes: Vec<String> = other
        .stdout
        .lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Some(format!("{} {}->{}", line["tool"].as_str()?, line["was"].as_str()?, line["now"].as_str()?))
        })
        .collect();
    assert_eq!(changes, ["files_read allow->ask", "files_move allow->block", "files_trash ask->block"]);
    assert_eq!(
        (world.log().len(), World::snapshot(&world.root().join("fleet"))),
        (before, home),
        "it only looks"
    );
    // As people see it.
    let text = shown(&world, &["policy", "replay", "--since", "1d", "--with", new.to_str().unwrap()]);
    let hour = |line: &str| match line.split_once("Z  ") {
        Some((start, rest)) if start.len() > 19 => format!("{}TIME  {rest}", &start[..10]),
        _ => line.to_owned(),
    };
    insta::assert_snapshot!("replay", text.lines().map(hour).collect::<Vec<_>>().join("\n"));
    // Nothing was called after now, and a time is a time.
    let none = world.fleet(&["policy", "replay", "--since", "0s", "--json"]);
    assert_eq!(summary(&none.stdout)["judged"], 0);
    assert_eq!(world.fleet(&["policy", "replay", "--since", "soon"]).code, 2);
    assert_eq!(world.fleet(&["policy", "replay"]).code, 2);
}

#[test]
fn replay_names_what_it_cannot_judge() {
    use fleet::audit::{Entry, Kind, Log};
    let world = World::new();
    let home = fleet::state::Home::scratch(&world.root().join("fleet")).unwrap();
    let call = |tool: &str, args: Value| {
        Entry::new(Kind::CallIntent)
            .with("tool", tool)
            .with("args", args)
            .with("caller", "cli")
            .with("decision", "allow")
    };
    for entry in [
        call("files_burn", json!({})),
        call("files_read", json!({"path": "/srv/⟨secret:mail⟩"})),
        call("files_read", json!({"path": {"sha256": "0", "bytes": 9}})),
        call("files_read", json!({"path": "/srv/x", "page": 1})),
        call("files_read", json!({"path": "/srv/x"})).with("rules", json!(["kill-switch"])),
        call("files_read", json!({"path": "/srv/x"})).with("approval", "abcde"),
    ] {
        let _ = Log::of(&home).append(&entry).unwrap();
    }
    let ran = world.fleet(&["policy", "replay", "--since", "1d", "--json"]);
    let mut cannot: Vec<String> = Vec::new();
    for line in ran.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        cannot.extend(line["cannot"].as_str().map(str::to_owned));
    }
    assert_eq!(cannot.len(), 5, "{cannot:#?}");
    for (said, word) in cannot.iter().zip([
        "no tool `files_burn`",
        "a secret was taken out",
        "hash alone",
        "page",
        "`kill-switch` stopped it",
    ]) {
        assert!(said.contains(word), "{said}: no {word}");
    }
}

#[test]
fn the_manuals_examples_are_sound() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/man/fleet-policy.5")).unwrap();
    let (_, rest) = page.split_once(".EX\n").unwrap();
    let (text, _) = rest.split_once(".EE\n").unwrap();
    let text = text.replace("\\(dq", "\"").replace("\\-", "-").replace("\\(aq", "'");
    let world = World::new();
    std::fs::write(world.config().join("policy.toml"), text).unwrap();
    let ran = world.fleet(&["policy", "lint", "--json"]);
    // The last rule is about every file, and needs no edge but the hour.
    assert_eq!((ran.code, ran.json()), (0, json!([])), "{ran:?}");
    let trash = json!({"paths": ["~/Downloads/x"]}).to_string();
    let check = |when: &str, caller: &str| {
        let args = ["policy", "check", "files_trash", "--args", &trash, "--caller", caller, "--json"];
        let answer = world.fleet_at(when, &args).json();
        let reasons = answer["reasons"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap());
        let own = reasons.filter(|rule| ["downloads-quietly", "nights"].contains(rule));
        (answer["decision"].as_str().unwrap().to_owned(), own.collect::<Vec<_>>().join(" "))
    };
    let said = |decision: &str, rules: &str| (decision.to_owned(), rules.to_owned());
    let (night, noon) = ("@2026-11-22 03:00:00", "@2026-11-22 12:00:00");
    assert_eq!(check(night, "loop:downloads-sorter"), said("ask", "downloads-quietly nights"));
    assert_eq!(check(noon, "loop:downloads-sorter"), said("allow", "downloads-quietly"));
    assert_eq!(check(noon, "mcp:desk"), said("ask", ""));
}

#[test]
fn replay_tells_of_policy_alone() {
    use fleet::audit::{Entry, Kind, Log};
    let world = World::new();
    let replay = || {
        let ran = world.fleet(&["policy", "replay", "--since", "1d", "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str::<Value>(ran.stdout.lines().last().unwrap()).unwrap()["summary"].clone()
    };
    world.done("shell_run", json!({"command": "true", "cwd": world.w()}));
    let write = json!({"path": world.at("a"), "content": "x", "mode": "create"});
    world.done("files_write", write.clone());
    let seq = world.log().last().unwrap()["seq"].to_string();
    assert_eq!(world.fleet(&["veto", &seq, "--reason", "no"]).code, 0);
    // A veto is no policy: neither its undo, nor that the same call asks since, before and after.
    let sums = replay();
    assert_eq!(
        (&sums["judged"], &sums["changed"], &sums["cannot"]),
        (&json!(2), &json!(0), &json!({})),
        "{sums}"
    );
    world.waits("files_write", write);
    assert_eq!(replay()["cannot"], json!({"`vetoed-before` stopped it, not policy": 1}));
    // Nor is what the kernel was not seen to do on this machine, then or now.
    world.unconfine();
    assert_eq!(replay()["changed"], 0);
    world.waits("shell_run", json!({"command": "true", "cwd": world.w()}));
    let home = fleet::state::Home::scratch(&world.root().join("fleet")).unwrap();
    for rule in ["breaker tool:shell_run", "ceiling loop:x"] {
        let entry = Entry::new(Kind::CallRefused)
            .with("tool", "files_read")
            .with("args", json!({"path": world.at("x")}))
            .with("caller", "cli")
            .with("decision", "block")
            .with("rules", [rule]);
        let _ = Log::of(&home).append(&entry).unwrap();
    }
    let sums = replay();
    assert_eq!((&sums["judged"], &sums["changed"]), (&json!(2), &json!(0)), "{sums}");
    assert_eq!(sums["cannot"].as_object().unwrap().len(), 4, "{sums}");
}
