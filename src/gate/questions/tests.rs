//! Questions by themselves, and exactly what they find.

use super::{Draft, deny};
use crate::call::{Answer, Call, CallId, Caller, Effect, FileTrash, Pin, RealPath, Risk};
use crate::gate::judged::judge;
use crate::gate::policy::Policy;
use crate::gate::world::World;
use crate::state::{Home, Settings};
use serde_json::{Value, json};

/// A scratch machine whose workspace is `w`.
struct Machine {
    dir: tempfile::TempDir,
    home: Home,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["w", "home", "config", "data"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("w/a.txt"), "a").unwrap();
        Self { home: Home::scratch(&root).unwrap(), dir }
    }

    fn at(&self, below: &str) -> String {
        self.dir.path().canonicalize().unwrap().join(below).to_str().unwrap().to_owned()
    }

    fn world(&self) -> World<'_> {
        let text = format!("[workspace]\nroots = [\"{}\"]\n", self.at("w"));
        World::with(
            &self.home,
            Policy::read(self.home.policy(), text, &self.home).unwrap(),
            Settings::default(),
        )
    }

    /// What the answer to a call names as its reasons.
    fn rules(&self, tool: &str, args: Value) -> (Answer, Vec<String>) {
        let id = CallId::parse(&"0".repeat(26)).unwrap();
        let call = Call { id, caller: Caller::Cli, tool: tool.to_owned(), args, run: None, why: None };
        let judged = judge(call, &self.world()).unwrap();
        (judged.answer(), judged.reasons().iter().map(|reason| reason.rule.clone()).collect())
    }
}

#[test]
fn a_rule_speaks_twenty_times_and_no_rule_speaks_for_another() {
    let machine = Machine::new();
    let trash = |below: &str| {
        let path = RealPath::new(machine.at(below).as_ref()).unwrap();
        Effect::FileTrash(FileTrash { path, pin: Pin::Unread, identity: None })
    };
    let mut effects: Vec<_> = (0..25).map(|n| trash(&format!("home/.ssh/k{n}"))).collect();
    effects.extend((0..3).map(|n| trash(&format!("data/x{n}"))));
    let world = machine.world();
    let draft = Draft { tool: "files_trash", caller: &Caller::Cli, effects: &effects, risk: Risk::High };
    let found = deny::ask(&draft, &world);
    let count = |rule: &str| found.iter().filter(|(_, reason)| reason.rule == rule).count();
    let counts = ["secrets", "persistence", "fleet-own"].map(count);
    assert_eq!((counts, found.len()), ([20, 20, 3], 43), "{found:?}");
}

#[test]
fn a_credential_in_the_words_of_a_program_leaves_only_where_it_has_the_network() {
    let machine = Machine::new();
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let leaves = |args: Value| {
        let (answer, rules) = machine.rules("shell_run", args);
        assert_eq!(answer == Answer::Block, rules.iter().any(|rule| rule == "secret-leaves"), "{rules:?}");
        answer == Answer::Block
    };
    let cwd = machine.at("w");
    assert!(!leaves(json!({"argv": ["echo", token], "cwd": cwd})), "no network, no host");
    assert!(leaves(json!({"argv": ["echo", token], "cwd": cwd, "network": true})), "the network");
    assert!(leaves(json!({"command": format!("odd https://host.example/{token}"), "cwd": cwd})), "a host");
    assert!(leaves(json!({"argv": ["cat"], "stdin": token, "cwd": cwd, "network": true})), "the input");
    assert!(!leaves(json!({"argv": ["cat"], "stdin": token, "cwd": cwd})), "the input of a program alone");
    assert!(!leaves(json!({"argv": ["echo", "x"], "cwd": cwd, "network": true})), "no credential");
}

#[test]
fn a_copy_takes_nothing_along_that_is_never_shown() {
    let machine = Machine::new();
    for below in ["home/Library/Mail", "w/from/sub"] {
        std::fs::create_dir_all(machine.at(below)).unwrap();
    }
    let copies = |from: &str| {
        let pairs = json!([{"from": machine.at(from), "to": machine.at("w/to")}]);
        machine.rules("files_move", json!({"pairs": pairs, "copy": true}))
    };
    let said = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>();
    assert_eq!(copies("w/from"), (Answer::Allow, said(&["risk-runs"])));
    assert_eq!(copies("home/Library"), (Answer::Block, said(&["secrets", "workspace"])));
    assert_eq!(copies("home"), (Answer::Block, said(&["secrets", "workspace"])));
    assert_eq!(copies("home/Library/Mail"), (Answer::Block, said(&["secrets", "workspace"])));
    // Its own folder lies below, and the owner's home.
    assert_eq!(copies("."), (Answer::Block, said(&["fleet-own", "secrets", "workspace"])));
}

#[test]
fn no_mail_goes_to_this_machine_or_its_networks() {
    let machine = Machine::new();
    for (to, inside) in [
        ("root@localhost", true),
        ("a@intranet", true),
        ("a@nas.local", true),
        ("a@[10.0.0.1]", true),
        ("a@[IPv6:::1]", true),
        ("a%nas.local@known.example", true),
        ("a@known.example", false),
        ("ada.local@known.example", false),
    ] {
        let (answer, rules) = machine.rules("mail_send", json!({"to": [to], "subject": "s", "text": "t"}));
        let told = rules.iter().any(|rule| rule == "not-public");
        assert_eq!((answer == Answer::Block, told), (inside, inside), "{to}: {rules:?}");
    }
}
