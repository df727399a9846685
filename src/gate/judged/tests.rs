//! What a judgement is bound to, and by what a denial of it is remembered.

use super::*;
use crate::call::{CallId, Caller};
use crate::gate::fixture::home;
use crate::gate::policy::Policy;
use crate::state::{Home, Settings};
use std::path::PathBuf;

struct Machine {
    _dir: tempfile::TempDir,
    home: Home,
    w: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let (dir, home) = home();
        let w = dir.path().canonicalize().unwrap().join("w");
        for name in ["sub", "other"] {
            std::fs::create_dir_all(w.join(name)).unwrap();
        }
        std::fs::write(w.join("a"), "a").unwrap();
        Self { _dir: dir, home, w }
    }

    fn judge_with(&self, more: &str, tool: &str, args: Value, caller: &str) -> Result<Judged, Refusal> {
        let text = format!("[workspace]\nroots = [\"{}\"]\n{more}", self.w.display());
        let policy = Policy::read(self.home.policy(), text, &self.home).unwrap();
        let args = serde_json::from_str(&args.to_string().replace("\"@", &format!("\"{}", self.w.display())))
            .unwrap();
        let (id, caller) = (CallId::parse(&"0".repeat(26)).unwrap(), Caller::parse(caller).unwrap());
        let call = Call { id, caller, tool: tool.to_owned(), args, run: None, why: None };
        judge(call, &World::with(&self.home, policy, Settings::default()).supposed())
    }

    fn judge(&self, tool: &str, args: Value) -> Judged {
        self.judge_with("", tool, args, "cli").unwrap()
    }

    fn line(&self, line: &str, cwd: &str) -> Judged {
        self.judge("shell_run", json!({"command": line, "cwd": cwd}))
    }
}

#[test]
fn the_risk_is_the_stricter_of_card_floors_and_owner() {
    let machine = Machine::new();
    let risk =
        |more: &str, tool: &str, args: Value| machine.judge_with(more, tool, args, "cli").unwrap().risk();
    assert_eq!(risk("", "files_read", json!({"path": "@/a"})), Risk::Low);
    assert_eq!(risk("", "files_write", json!({"path": "@/b", "content": "x"})), Risk::Medium);
    assert_eq!(risk("", "files_trash", json!({"paths": ["@/a"]})), Risk::High);
    let raised = "[[risk]]\ntool = \"files_read\"\nrisk = \"HIGH\"\n";
    assert_eq!(risk(raised, "files_read", json!({"path": "@/a"})), Risk::High);
    // A shell call is what its line does, whatever the card says.
    let line = |line: &str| risk("", "shell_run", json!({"command": line, "cwd": "@"}));
    assert_eq!((line("ls"), line("touch x")), (Risk::Low, Risk::High));
    assert_eq!(least(tools::find("files_trash").unwrap()), Risk::High);
    assert_eq!(least(tools::find(tools::SHELL).unwrap()), Risk::Low);
}

#[test]
fn what_runs_says_so_and_what_is_forbidden_is_critical() {
    let machine = Machine::new();
    let told = |judged: &Judged| judged.reasons().iter().map(|r| r.rule.clone()).collect::<Vec<_>>();
    let read = machine.judge("files_read", json!({"path": "@/a"}));
    assert_eq!((read.answer(), told(&read)), (Answer::Allow, vec!["risk-runs".to_owned()]));
    assert!(read.reasons()[0].message.starts_with("LOW runs"), "{:?}", read.reasons());
    let key = machine.home.tilde().join(".ssh/x").display().to_string();
    let forbidden = machine.judge("files_read", json!({ "path": key }));
    assert_eq!(forbidden.answer(), Answer::Block);
    let malformed = |tool: &str, args: Value| machine.judge_with("", tool, args, "cli").unwrap_err();
    for (tool, args, rule) in [
        ("nonsense", json!({}), "unknown-tool"),
        ("files_read", json!({}), "arguments"),
        ("files_list", json!({"path": "@", "depth": 0}), "arguments"),
        ("web_get", json!({"url": "https://a b/"}), "unresolved"),
    ] {
        let refusal = malformed(tool, args);
        assert_eq!(
            (refusal.reasons[0].rule.as_str(), refusal.malformed, refusal.braked),
            (rule, true, false)
        );
        assert_eq!((refusal.digest, refusal.risk), (None, None), "{tool}");
    }
}

#[test]
fn a_digest_is_of_arguments_effects_and_kind_of_caller() {
    let machine = Machine::new();
    let trash = |caller: &str| {
        machine.judge_with("", "files_trash", json!({"paths": ["@/a"]}), caller).unwrap().digest().clone()
    };
    let before = trash("cli");
    assert_eq!((before == trash("cli"), before == trash("mcp:desk")), (true, false));
    assert_eq!(trash("mcp:desk"), trash("mcp:other"), "the kind, not the name");
    std::fs::write(machine.w.join("a"), "b").unwrap();
    assert_ne!(before, trash("cli"), "what stands there is part of it");
    let judged = machine.judge("files_trash", json!({"paths": ["@/a"]}));
    let again = digest_of("files_trash", judged.bound().json(), judged.effects_json(), "cli").unwrap();
    assert_eq!(*judged.digest(), again);
    assert!(!judged.undoes() && format!("{judged:?}").contains("files_trash"));
}

#[test]
fn a_denial_is_remembered_by_what_is_touched() {
    let machine = Machine::new();
    let target = |tool: &str, args: Value| machine.judge(tool, args).target().clone();
    let trash = |paths: Value| target("files_trash", json!({ "paths": paths }));
    let both = trash(json!(["@/a", "@/b"]));
    assert_eq!(both, trash(json!(["@/b", "@/a"])), "in whatever order");
    assert_ne!(both, trash(json!(["@/a"])));
    let touched = machine.judge("files_trash", json!({"paths": ["@/a", "@/b"]})).touched().to_vec();
    assert!(touched.len() == 2 && touched.is_sorted());
    let write = |content: &str| target("files_write", json!({"path": "@/c", "content": content}));
    assert_eq!(write("x"), write("y"), "whatever the content");
    assert_ne!(write("x"), target("files_read", json!({"path": "@/c"})), "each tool by itself");
    let send =
        |method: &str, url: &str| target("web_send", json!({"method": method, "url": url, "body": "x"}));
    let post = send("POST", "https://h.example/a");
    assert!(post != send("PUT", "https://h.example/a") && post != send("POST", "https://h.example/b"));
    let mail = |to: &str, text: &str| target("mail_send", json!({"to": [to], "subject": "s", "text": text}));
    assert_eq!(mail("a@h.example", "x"), mail("Ada <a@h.example>", "y"));
    assert_ne!(mail("a@h.example", "x"), mail("b@h.example", "x"));
    let moves = |to: &str| target("files_move", json!({"pairs": [{"from": "@/a", "to": to}]}));
    assert_ne!(moves("@/x"), moves("@/y"));
}

#[test]
fn of_a_line_its_programs_are_remembered_one_by_one() {
    let machine = Machine::new();
    let touched = |line: &str| machine.line(line, "@").touched().to_vec();
    let one = touched("touch x");
    assert_eq!(one.len(), 1);
    assert_eq!(one, touched("/usr/bin/touch x"), "by whatever name it is found");
    assert_eq!(one, touched("touch   'x'"), "however it is written");
    assert_ne!(one, touched("touch y"));
    assert_ne!(one, machine.line("touch x", "@/sub").touched(), "where it runs");
    assert_ne!(one, touched("touch x > log"), "where it writes");
    let two = touched("touch x && touch y");
    assert!(two.len() == 2 && two.contains(&one[0]), "a line that holds it is met by its denial");
    // A line that goes to a shell is itself.
    let raw = touched("for f in *; do touch $f; done");
    assert_eq!((raw.len(), raw == touched("for f in *; do touch  $f; done")), (1, false));
}

#[test]
fn an_undo_is_a_persons_and_says_so() {
    let machine = Machine::new();
    let (id, args) = (CallId::parse(&"0".repeat(26)).unwrap(), json!({"seq": 1, "call": "x"}));
    let call = Call { id, caller: Caller::Cli, tool: "undo".into(), args, run: None, why: None };
    let policy = Policy::read(machine.home.policy(), String::new(), &machine.home).unwrap();
    let world = World::with(&machine.home, policy, Settings::default());
    let judged = judged_undo(call, Vec::new(), &world).unwrap();
    let said = (judged.risk(), judged.answer(), judged.undoes(), judged.reasons()[0].rule.as_str());
    assert_eq!(said, (Risk::High, Answer::Allow, true, "veto"));
}

#[test]
fn each_effect_has_its_floor_and_says_whether_it_changes_something() {
    use crate::gate::floor::changes;
    let machine = Machine::new();
    let mail = json!({"to": ["a@h.example"], "subject": "s", "text": "t"});
    for (tool, args, least, change) in [
        ("files_read", json!({"path": "@/a"}), Risk::Low, false),
        ("files_list", json!({"path": "@"}), Risk::Low, false),
        ("git_status", json!({"repo": "@"}), Risk::Low, false),
        ("files_write", json!({"path": "@/b", "content": "x"}), Risk::Medium, true),
        ("files_move", json!({"pairs": [{"from": "@/a", "to": "@/b"}]}), Risk::Medium, true),
        ("files_trash", json!({"paths": ["@/a"]}), Risk::High, true),
        ("git_branch_delete", json!({"repo": "@", "branches": ["x"]}), Risk::High, true),
        ("web_get", json!({"url": "https://h.example/"}), Risk::Medium, false),
        ("web_send", json!({"url": "https://h.example/", "body": "x"}), Risk::High, true),
        ("mail_send", mail, Risk::High, true),
        ("shell_run", json!({"command": "ls", "cwd": "@"}), Risk::Low, false),
        ("shell_run", json!({"command": "touch x", "cwd": "@"}), Risk::High, true),
    ] {
        let judged = machine.judge(tool, args);
        let said: Vec<_> = judged.effects().iter().map(|effect| (floor(effect), changes(effect))).collect();
        assert_eq!(said, [(least, change)], "{tool}");
    }
    let strict = "[profile]\ndefault = \"strict\"\n";
    let asks = |tool: &str, args: Value| {
        let judged = machine.judge_with(strict, tool, args, "cli").unwrap();
        judged.reasons().iter().any(|reason| reason.rule == "profile-strict")
    };
    assert!(asks("files_write", json!({"path": "@/b", "content": "x"})));
    assert!(!asks("files_read", json!({"path": "@/a"})));
}
