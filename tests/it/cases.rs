//! Calls and the answers they must get, exactly, as data: `cases/*.jsonl`. All of a file are judged
//! in one process, in a world made for them. Nothing of them is ever carried out.

use crate::packed;
use fleet::call::{Answer, Call, Caller};
use fleet::gate::{World, judge};
use fleet::state::{Home, call_id};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const POLICY: &str = r#"
version = 1
[workspace]
roots = ["WORKSPACE"]
[network]
allow = ["example.com"]
deny = ["denied.example"]
"#;

/// A world for the cases: names in it are those that the cases use.
struct Scratch {
    _dir: tempfile::TempDir,
    root: PathBuf,
    home: Home,
}

impl Scratch {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let home = Home::scratch(&root).unwrap();
        let (w, user) = (root.join("home/w"), root.join("home"));
        for folder in ["sub", "out", "full", "keys", "bare/objects", "bare/refs", "backup"] {
            std::fs::create_dir_all(w.join(folder)).unwrap();
        }
        for folder in [".ssh", "other", "Library/LaunchAgents"] {
            std::fs::create_dir_all(user.join(folder)).unwrap();
        }
        for folder in ["config", "data/audit", "tmp"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        let token = format!("k = ghp_{}", "a1B2".repeat(9));
        for (name, text) in [
            ("w/a.txt", "a"),
            ("w/a", "a"),
            ("w/caf\u{e9}.txt", "a"),
            ("w/full/a.txt", "a"),
            ("w/keys/id_ed25519", "a"),
            ("w/bare/HEAD", "a"),
            ("w/token.txt", &token),
            ("w/.env.example", "A=\n"),
            ("w/hl-target", "a"),
            (".ssh/id_rsa", "a"),
        ] {
            std::fs::write(user.join(name), text).unwrap();
        }
        std::fs::hard_link(w.join("hl-target"), w.join("hl")).unwrap();
        for (to, name) in [
            ("a2", "a1"),
            ("../.ssh/id_rsa", "a2"),
            ("a.txt", "inside-link"),
            ("../.ssh", "dirlink"),
            ("loop", "loop"),
            ("/proc/self/environ", "proclink"),
            ("../.zshrc", "dangling"),
            ("/etc/hosts", "outside-link"),
            ("../other", "outdir"),
        ] {
            symlink(to, w.join(name)).unwrap();
        }
        std::fs::remove_dir(w.join("out")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            w.join("fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let policy = POLICY.replace("WORKSPACE", w.to_str().unwrap());
        std::fs::write(home.policy(), policy).unwrap();
        std::fs::write(home.settings(), "").unwrap();
        Self { _dir: dir, root, home }
    }

    /// Tokens are put together here, so that no scanner takes the cases for a leak.
    fn bind(&self, text: &str) -> String {
        let place = |below: &str| self.root.join(below).to_str().unwrap().to_owned();
        text.replace("{{W}}", &place("home/w"))
            .replace("{{HOME}}", &place("home"))
            .replace("{{D}}", &place("data"))
            .replace("{{TMP}}", &place("tmp"))
            .replace("{{TAIL}}", &format!("hp_{}", "a1B2".repeat(9)))
            .replace("{{KEYTAIL}}", &format!("IA{}", "Z7".repeat(8)))
            .replace("{{KEYKIND}}", &["RSA", "PRIVATE", "KEY"].join(" "))
            .replace("{{MIXED}}", "Ab3dEf7hIj1kLm5nOp")
    }

    /// The answer, and the reasons in one line.
    fn ask(&self, world: &World<'_>, tool: &str, args: Value) -> (Answer, String) {
        let id = call_id().unwrap();
        let call = Call { id, caller: Caller::Cli, tool: tool.into(), args, run: None, why: None };
        let (answer, reasons) = match judge(call, world) {
            Ok(judged) => (judged.answer(), judged.reasons().to_vec()),
            Err(refusal) => (Answer::Error, refusal.reasons),
        };
        let told: Vec<_> = reasons.iter().map(|r| format!("{}: {}", r.rule, r.message)).collect();
        (answer, told.join("; "))
    }
}

/// Judges every line of `text`; the lines that are answered otherwise than they must be.
fn wrong(text: &str) -> Vec<String> {
    let scratch = Scratch::new();
    let world = World::load(&scratch.home).unwrap();
    let mut wrong = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let case: Value = serde_json::from_str(&scratch.bind(line)).unwrap();
        let (tool, args) = match case.get("archive") {
            Some(archive) => {
                let path = scratch.root.join(format!("home/w/case-{nth}"));
                std::fs::write(&path, packed::pack(archive)).unwrap();
                let mut args = json!({ "archive": path, "into": case["into"] });
                args.as_object_mut().unwrap().extend(case["args"].as_object().cloned().unwrap_or_default());
                ("archive_extract", args)
            }
            None => (case["tool"].as_str().unwrap(), case["args"].clone()),
        };
        let (answer, why) = scratch.ask(&world, tool, args);
        if json!(answer) != case["decision"] {
            wrong.push(format!("{}: {line}\n    answered {answer:?}: {why}", nth + 1));
        }
    }
    wrong
}

fn all_right(text: &str, at_least: usize) {
    assert!(text.lines().count() >= at_least, "only {} cases", text.lines().count());
    let wrong = wrong(text);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), text.lines().count(), wrong.join("\n"));
}

#[test]
fn calls_on_files_are_answered_exactly() {
    all_right(include_str!("cases/files.jsonl"), 170);
}

#[test]
fn requests_are_answered_exactly() {
    all_right(include_str!("cases/web.jsonl"), 170);
}

#[test]
fn mails_are_answered_exactly() {
    all_right(include_str!("cases/mail.jsonl"), 170);
}

#[test]
fn archives_are_answered_exactly() {
    all_right(include_str!("cases/archive.jsonl"), 170);
}

#[test]
fn a_wrong_answer_is_told_with_its_reasons() {
    let case =
        r#"{"tool":"web_get","args":{"url":"https://evil.example/"},"decision":"allow","why":"planted"}"#;
    let wrong = wrong(case);
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].contains("answered Ask") && wrong[0].contains("network"), "{wrong:?}");
}

#[test]
fn no_damage_to_an_archive_leads_out_of_its_folder() {
    let scratch = Scratch::new();
    let world = World::load(&scratch.home).unwrap();
    let (path, into) = (scratch.root.join("home/w/x"), scratch.root.join("home/w/out"));
    let mut judged = 0;
    for format in ["zip", "tar"] {
        let whole = packed::pack(&json!({ "format": format, "entries": ["..x/y", "d/"] }));
        for at in 0..whole.len().min(560) {
            for byte in *b"./\\\xff\0" {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                std::fs::write(&path, damaged).unwrap();
                let id = call_id().unwrap();
                let args = json!({ "archive": path, "into": into });
                let tool = "archive_extract".into();
                let call = Call { id, caller: Caller::Cli, tool, args, run: None, why: None };
                let Ok(call) = judge(call, &world) else { continue };
                let effects = call.effects_json();
                let entries = effects[0]["entries"]["first"].as_array().unwrap();
                for entry in entries.iter().filter(|_| call.answer() < Answer::Block) {
                    let place = Path::new(entry["path"].as_str().unwrap());
                    assert!(place.starts_with(&into) && place != into, "{format} {at} {byte}: {entry}");
                    judged += 1;
                }
            }
        }
    }
    assert!(judged > 1000, "only {judged} entries were judged");
}

#[test]
fn a_host_of_another_alphabet_is_shown_as_it_is_dialled() {
    let scratch = Scratch::new();
    let world = World::load(&scratch.home).unwrap();
    let (_, why) = scratch.ask(&world, "web_get", json!({"url": "https://ex\u{430}mple.com/"}));
    assert!(why.contains("xn--exmple-4nf.com"), "{why}");
}

#[test]
fn a_mail_without_an_account_is_judged_with_a_reason_and_waits() {
    let world = crate::harness::World::new();
    let (tool, args) = ("mail_send", json!({"to": ["a@known.example"], "subject": "s", "text": "t"}));
    let checked = world.fleet(&["policy", "check", tool, "--args", &args.to_string(), "--json"]).json();
    let rules = checked["reasons"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap());
    assert!(checked["decision"] == "ask" && rules.clone().any(|r| r == "not-configured"), "{checked}");
    let (code, reply) = world.call(tool, args);
    assert_eq!((code, reply["status"].as_str()), (3, Some("waiting")), "{reply}");
    assert_eq!(world.count("call.intent"), 0);
}
