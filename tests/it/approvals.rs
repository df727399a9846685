//! What was approved is what runs, once.

use crate::harness::{FLEET, World};
use serde_json::{Value, json};

#[test]
fn an_approved_call_runs_once_and_the_same_call_asks_again() {
    let world = World::new();
    let call = world.append("out");
    let id = world.waits("shell_run", call.clone());
    assert_eq!(world.waits("shell_run", call.clone()), id, "the same call waits once");
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    let again = world.fleet(&["approve", &id]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("was used already"), "{again:?}");
    assert_ne!(world.waits("shell_run", call), id);
    assert_eq!(std::fs::read_to_string(world.at("out")).unwrap(), "x\n");
    let order = world.kinds();
    let at = |kind: &str| order.iter().position(|k| k == kind).unwrap();
    assert!(at("call.waiting") < at("approval.decided") && at("approval.decided") < at("approval.spent"));
    assert!(at("approval.spent") < at("call.intent") && at("call.intent") < at("call.done"));
    world.verify();
}

#[test]
fn two_processes_that_approve_at_once_run_it_once() {
    let world = World::new();
    for round in 0..8 {
        let name = format!("out{round}");
        let id = world.waits("shell_run", world.append(&name));
        let both: Vec<_> = (0..2)
            .map(|_| {
                world
                    .process(FLEET, &["approve", &id])
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut codes: Vec<_> = both.into_iter().map(|mut c| c.wait().unwrap().code().unwrap()).collect();
        codes.sort_unstable();
        assert_eq!(codes.first(), Some(&0), "round {round}: {codes:?}");
        assert_ne!(codes.last(), Some(&0), "round {round}: {codes:?}");
        assert_eq!(std::fs::read_to_string(world.at(&name)).unwrap(), "x\n", "round {round}");
    }
    world.verify();
}

#[test]
fn requests_that_come_at_once_are_all_kept() {
    let world = World::new();
    let all: Vec<_> = (0..16)
        .map(|n| {
            let args = json!({"argv": ["touch", n.to_string()]}).to_string();
            let args = ["tool", "call", "shell_run", "--args", &args];
            world
                .process(FLEET, &args)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut one in all {
        assert_eq!(one.wait().unwrap().code(), Some(3));
    }
    assert_eq!(world.fleet(&["approval", "list", "--json"]).json().as_array().unwrap().len(), 16);
    world.verify();
}

#[test]
fn a_branch_that_moved_makes_the_approval_stale_and_nothing_is_deleted() {
    let world = World::new();
    let repo = world.repository("site");
    let id = world.waits("git_branch_delete", json!({"repo": repo, "branches": ["done/one", "done/two"]}));
    world.git("site", &["branch", "--force", "done/one", "open"]);
    let before = world.branches("site");
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (4, Some("refused")), "{ran:?}");
    assert_eq!(ran.json()["reasons"][0]["rule"], "stale");
    assert_eq!(world.branches("site"), before);
    assert_eq!((world.count("approval.stale"), world.count("call.intent")), (1, 0));
    assert_eq!(world.fleet(&["approve", &id]).code, 1, "a stale approval is closed");
    let again = world.waits("git_branch_delete", json!({"repo": repo, "branches": ["done/one", "done/two"]}));
    assert_eq!(world.fleet(&["approve", &again]).code, 0);
    assert_eq!(world.branches("site"), ["main", "open"]);
}

#[test]
fn a_changed_program_file_or_script_target_makes_it_stale() {
    let world = World::new();
    let script = world.at("script");
    std::fs::write(&script, "#!/bin/sh\necho one\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let id = world.waits("shell_run", json!({"argv": [script]}));
    std::fs::write(&script, "#!/bin/sh\necho two\n").unwrap();
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, ran.json()["reasons"][0]["rule"].as_str()), (4, Some("stale")), "{ran:?}");

    std::fs::write(world.at("old"), "one").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("old")]}));
    std::fs::write(world.at("old"), "two").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
    assert!(world.w().join("old").exists());
}

#[test]
fn a_denial_is_remembered_whoever_asks() {
    let world = World::new();
    let call = world.append("out");
    let id = world.waits("shell_run", call.clone());
    assert_eq!(world.fleet(&["deny", &id, "--reason", "not today"]).code, 0);
    let (code, reply) = world.call("shell_run", call);
    assert_eq!((code, reply["status"].as_str()), (4, Some("refused")));
    assert!(reply["error"].as_str().unwrap().contains("not today"), "{reply}");
    assert_eq!(world.fleet(&["approve", &id]).code, 1);
    assert!(!world.w().join("out").exists());
    assert_eq!(world.fleet(&["deny", &id, "--reason", " "]).code, 2);
}

#[test]
fn an_expired_request_cannot_be_approved() {
    let world = World::new();
    let id = world.waits("shell_run", world.append("out"));
    edit(&world, |row| row["expires"] = json!("2020-01-01T00:00:00Z"));
    assert_eq!(world.fleet(&["approval", "list", "--json"]).json(), json!([]));
    let ran = world.fleet(&["approve", &id]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(world.count("approval.expired"), 1);
    assert!(!world.w().join("out").exists());
}

#[test]
fn a_forged_line_grants_nothing() {
    let world = World::new();
    let harmless = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    let id = world.waits("shell_run", world.append("out"));
    // Approved without any entry in the log.
    edit(&world, |row| row["state"] = json!("approved"));
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(world.fleet(&["approve", &harmless]).code, 5, "the brake leaves a genuine approval");
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    // A genuine decision about another call, copied.
    let rows = std::fs::read_to_string(world.data().join("approvals.jsonl")).unwrap();
    let genuine: Value = rows
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .find(|r| r["id"] == harmless.as_str())
        .unwrap();
    edit(&world, |row| {
        if row["id"] == id.as_str() {
            row["decided"] = genuine["decided"].clone();
        }
    });
    // `approve` would decide anew; what must not happen is that the forged state alone is spent.
    let forged = world.approvals().into_iter().find(|r| r["id"] == id.as_str()).unwrap();
    assert_eq!(forged["state"], "approved");
    // Arguments changed after the decision: the row no longer says what was asked.
    edit(&world, |row| {
        if row["id"] == harmless.as_str() {
            row["args"]["argv"] = json!(["sh", "-c", format!("echo x >> {}", world.at("out"))]);
        }
    });
    let ran = world.fleet(&["approve", &harmless]);
    assert!(ran.code == 1 && ran.stderr.contains("is not what was asked"), "{ran:?}");
    assert!(!world.w().join("out").exists());
}

#[test]
fn a_row_whose_effects_were_edited_is_neither_shown_nor_carried_out() {
    let world = World::new();
    let id = world.waits("shell_run", world.append("out"));
    edit(&world, |row| row["effects"][0]["argv"] = json!(["true"]));
    assert_eq!(world.fleet(&["approval", "show", &id]).code, 1);
    assert_eq!(world.fleet(&["approve", &id]).code, 1);
    assert!(!world.w().join("out").exists());
    assert_eq!(world.fleet(&["deny", &id, "--reason", "edited"]).code, 0);
}

#[test]
fn what_would_be_written_or_fed_is_shown_and_not_kept_afterwards() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["tee"], "stdin": "first line\nevil\u{1b}[2K\n"}));
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.contains("| first line") && shown.contains("evil\\u{1b}[2K"), "{shown}");
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert!(!std::fs::read_to_string(world.data().join("approvals.jsonl")).unwrap().contains("first line"));
    assert!(world.fleet(&["approval", "show", &id]).stdout.contains("was approved and used"));
}

#[test]
fn the_others_are_carried_out_although_one_id_is_closed() {
    let world = World::new();
    let one = world.waits("shell_run", world.append("one"));
    assert_eq!(world.fleet(&["approve", &one]).code, 0);
    let two = world.waits("shell_run", world.append("two"));
    let ran = world.fleet(&["approve", &one, &two]);
    assert!(ran.code == 1 && ran.stderr.contains("was used already"), "{ran:?}");
    assert!(world.w().join("two").exists());
}

fn edit(world: &World, mut change: impl FnMut(&mut Value)) {
    let mut rows = world.approvals();
    rows.iter_mut().for_each(&mut change);
    let text: String = rows.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(world.data().join("approvals.jsonl"), text).unwrap();
}

#[test]
fn policy_that_forbids_after_the_approval_wins() {
    let world = World::new();
    std::fs::write(world.at("old"), "x").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("old")]}));
    std::fs::write(world.config().join("policy.toml"), "[profile]\ndefault = \"lax\"").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
    assert!(world.w().join("old").exists());
}

#[test]
fn no_more_than_a_hundred_calls_of_a_kind_wait() {
    let world = World::new();
    let rows: Vec<String> = {
        let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
        let row = world.approvals().pop().unwrap();
        assert_eq!(row["id"], id.as_str());
        (0..100)
            .map(|n| {
                let mut row = row.clone();
                row["id"] = json!(format!("n{n:04}"));
                row["digest"] = json!(format!("{n:064x}"));
                row.to_string()
            })
            .collect()
    };
    std::fs::write(world.data().join("approvals.jsonl"), rows.join("\n") + "\n").unwrap();
    let (code, reply) = world.call("shell_run", json!({"argv": ["touch", "y"]}));
    assert_eq!((code, reply["reasons"][0]["rule"].as_str()), (4, Some("too-many-waiting")), "{reply}");
}

#[test]
fn the_view_shows_everything_escaped_within_80_columns() {
    let world = World::new();
    let id = world.waits(
        "shell_run",
        json!({"argv": ["touch", "a\u{1b}[2K\u{202e}b", "line\nbreak", "x".repeat(2000)]}),
    );
    let ran = world.fleet(&["approval", "show", &id]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.contains("a\\u{1b}[2K\\u{202e}b") && ran.stdout.contains("line\\nbreak"),
        "{}",
        ran.stdout
    );
    let words = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("2000 bytes in all, sha256"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\u{202e}'));
    let long = ran.stdout.lines().find(|l| l.chars().count() > 80);
    assert_eq!(long, None);
}

#[test]
fn a_request_outside_the_workspace_asks_and_then_runs() {
    let world = World::new();
    let outside = world.root().join("outside");
    let id = world.waits("files_write", json!({"path": outside, "content": "x"}));
    assert!(!outside.exists());
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(std::fs::read_to_string(outside).unwrap(), "x");
}
