//! The door itself: what each answer leaves on record, and that a yes is carried through every question.

use super::*;
use crate::call::{Run, RunId, Watch};
use crate::gate::approval::State;
use crate::gate::approvals::{Said, decide, get, keep_outcome};
use crate::gate::fixture::home;
use crate::gate::owed::{Owed, owed};
use crate::gate::person::Person;
use crate::state::{call_id, run_id};
use serde_json::{Value, json};
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
        for folder in [&w, home.config(), &home.inflight()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(home.settings(), "").unwrap();
        std::fs::write(w.join("a"), "a").unwrap();
        let machine = Self { _dir: dir, home, w };
        machine.policy("");
        // What the first call notes of the policy is not what these tests are about.
        assert!(matches!(machine.open("files_list", json!({"path": machine.w})), Verdict::Open(_)));
        machine.landed();
        machine
    }

    fn policy(&self, more: &str) {
        let text = format!("[workspace]\nroots = [\"{}\"]\n{more}", self.w.display());
        std::fs::write(self.home.policy(), text).unwrap();
    }

    fn at(&self, name: &str) -> String {
        self.w.join(name).display().to_string()
    }

    fn call(&self, tool: &str, args: Value) -> Call {
        let id = call_id().unwrap();
        Call { id, caller: Caller::Cli, tool: tool.to_owned(), args, run: None, why: None }
    }

    fn open(&self, tool: &str, args: Value) -> Verdict {
        open(self.call(tool, args), None, &self.home).unwrap()
    }

    /// What was written since the last look, kind by kind.
    fn kinds(&self, since: &mut usize) -> Vec<String> {
        let all = self.log();
        let new = all[*since..].iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        *since = all.len();
        new
    }

    fn log(&self) -> Vec<Value> {
        let segment = self.home.audit().join("00000000000000000001.jsonl");
        let text = std::fs::read_to_string(segment).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn under_way(&self) -> usize {
        std::fs::read_dir(self.home.inflight()).unwrap().count()
    }

    /// What is under way lands.
    fn landed(&self) {
        for entry in std::fs::read_dir(self.home.inflight()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    /// A call that waits, approved.
    fn approved(&self, tool: &str, args: Value) -> Approval {
        let Verdict::Ask(waiting) = self.open(tool, args) else { panic!("it does not wait") };
        let person = Person::of_scratch(&self.home).unwrap();
        decide(&self.home, Said::Yes(&get(&self.home, &waiting.approval.id).unwrap()), &person).unwrap()
    }

    fn redeem(&self, approval: &Approval) -> Verdict {
        let grant = Grant::take(&self.home, &approval.id).unwrap();
        open(approval.call(), Some(grant), &self.home).unwrap()
    }

    fn state(&self, approval: &Approval) -> String {
        serde_json::to_value(get(&self.home, &approval.id).unwrap().state)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// The rules of a refusal, and whether it is a brake's, malformed, judged.
fn shut(verdict: Verdict) -> (Vec<String>, bool, bool, bool) {
    let Verdict::Shut(refusal) = verdict else { panic!("not refused: {verdict:?}") };
    let rules = refusal.reasons.iter().map(|reason| reason.rule.clone()).collect();
    (rules, refusal.braked, refusal.malformed, refusal.digest.is_some() && refusal.risk.is_some())
}

fn rules(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_read_goes_without_an_intent_and_a_change_with_one() {
    let machine = Machine::new();
    let mut since = machine.log().len();
    let Verdict::Open(permit) = machine.open("files_read", json!({"path": machine.at("a")})) else {
        panic!()
    };
    let (judged, flight, intent) = permit.spend();
    assert_eq!((judged.risk(), intent.is_none()), (Risk::Low, true));
    assert_eq!((machine.under_way(), machine.kinds(&mut since)), (1, vec![]));
    flight.land().unwrap();
    let write = json!({"path": machine.at("b"), "content": "x"});
    let Verdict::Open(permit) = machine.open("files_write", write) else { panic!() };
    let (judged, flight, intent) = permit.spend();
    assert_eq!((judged.risk(), machine.under_way()), (Risk::Medium, 1));
    assert_eq!(machine.kinds(&mut since), ["call.intent"]);
    let entry = Log::of(&machine.home).read(intent.unwrap().place()).unwrap();
    assert_eq!(entry["call"], json!(judged.call().id));
    flight.land().unwrap();
}

#[test]
fn what_is_refused_says_why_and_is_on_record() {
    let machine = Machine::new();
    let mut since = machine.log().len();
    let key = machine.home.tilde().join(".ssh/id_rsa").display().to_string();
    let read = |path: &str| machine.open("files_read", json!({ "path": path }));
    assert_eq!(shut(read(&key)), (rules(&["secrets", "looks-like-a-key", "workspace"]), false, false, true));
    assert_eq!(machine.kinds(&mut since), ["call.refused"]);
    assert_eq!(shut(machine.open("nonsense", json!({}))), (rules(&["unknown-tool"]), false, true, false));
    assert_eq!(machine.kinds(&mut since), ["call.refused"]);
    std::fs::write(machine.home.policy(), "nonsense").unwrap();
    assert_eq!(shut(read(&machine.at("a"))), (rules(&["policy-unreadable"]), false, false, false));
    assert_eq!(machine.kinds(&mut since), ["policy.changed", "call.refused"]);
    std::fs::write(machine.home.kill_switch(), "").unwrap();
    assert_eq!(shut(read(&machine.at("a"))), (rules(&["kill-switch"]), true, false, false));
    assert_eq!((machine.kinds(&mut since), machine.under_way()), (vec!["call.refused".to_owned()], 0));
}

#[test]
fn a_plan_takes_no_note_of_a_policy_and_a_call_does() {
    let machine = Machine::new();
    let mut since = machine.log().len();
    let id = crate::call::LoopId::parse("one-a").unwrap();
    std::fs::create_dir_all(machine.home.loop_scope(&id).parent().unwrap()).unwrap();
    std::fs::write(machine.home.loop_scope(&id), json!({"tools": ["files_read"], "paths": []}).to_string())
        .unwrap();
    let run = |planning: bool, tool: &str, args: Value| {
        let run: RunId = run_id().unwrap();
        let run = Some(Run { id: id.clone(), run, slot: None, planning });
        let call = Call { caller: Caller::Loop(id.clone()), run, ..machine.call(tool, args) };
        let verdict = open(call, None, &machine.home).unwrap();
        machine.landed();
        verdict
    };
    let read = json!({"path": machine.at("a")});
    machine.policy("# another\n");
    assert!(matches!(run(true, "files_read", read.clone()), Verdict::Open(_)));
    assert_eq!(machine.kinds(&mut since), [] as [&str; 0]);
    assert!(matches!(run(false, "files_read", read.clone()), Verdict::Open(_)));
    assert_eq!(machine.kinds(&mut since), ["policy.changed"]);
    std::fs::write(machine.home.policy(), "nonsense").unwrap();
    assert_eq!(shut(run(true, "files_read", read.clone())).0, ["policy-unreadable"]);
    assert_eq!(machine.kinds(&mut since), ["call.refused"]);
    machine.policy("");
    // A loop calls what its registered definition names, and nothing else.
    let list = json!({"path": machine.w});
    assert_eq!(shut(run(false, "files_list", list.clone())), (rules(&["loop-scope"]), false, false, true));
    std::fs::remove_file(machine.home.loop_scope(&id)).unwrap();
    assert_eq!(shut(run(false, "files_read", read)).0, ["loop-scope"]);
}

#[test]
fn an_open_breaker_stops_a_call_before_anybody_is_asked() {
    let machine = Machine::new();
    let trash = json!({"paths": [machine.at("a")]});
    let key = brakes::BrakeKey::parse("files").unwrap();
    assert_eq!(brakes::trip(&machine.home, &key, None, true).unwrap().state, "open");
    assert_eq!(
        shut(machine.open("files_trash", trash.clone())),
        (rules(&["breaker family:files"]), true, false, true)
    );
    let write = json!({"path": machine.at("b"), "content": "x"});
    assert_eq!(shut(machine.open("files_write", write)).0, ["breaker family:files"]);
    assert_eq!(machine.under_way(), 0, "what a brake refused is not under way");
    let person = Person::of_scratch(&machine.home).unwrap();
    let _ = brakes::reset_breakers(&machine.home, &[key], None, &person).unwrap();
    assert!(matches!(machine.open("files_trash", trash), Verdict::Ask(_)));
}

#[test]
fn a_yes_is_used_once_and_before_the_intent() {
    let machine = Machine::new();
    let mut since = machine.log().len();
    let approval = machine.approved("files_trash", json!({"paths": [machine.at("a")]}));
    assert_eq!(machine.kinds(&mut since), ["call.waiting", "approval.decided"]);
    let (first, second) =
        (Grant::take(&machine.home, &approval.id), Grant::take(&machine.home, &approval.id));
    let open = |grant| open(approval.call(), Some(grant), &machine.home).unwrap();
    let Verdict::Open(permit) = open(first.unwrap()) else { panic!() };
    let (judged, flight, intent) = permit.spend();
    assert_eq!((judged.digest(), intent.is_some()), (&approval.digest, true));
    assert_eq!(machine.kinds(&mut since), ["approval.spent", "call.intent"]);
    assert_eq!(machine.state(&approval), "spent");
    flight.land().unwrap();
    assert_eq!(shut(open(second.unwrap())), (rules(&["spent"]), false, false, true));
    assert_eq!((machine.kinds(&mut since), machine.under_way()), (vec!["call.refused".to_owned()], 0));
}

#[test]
fn a_brake_leaves_a_yes_as_it_is() {
    let machine = Machine::new();
    let approval = machine.approved("files_trash", json!({"paths": [machine.at("a")]}));
    let key = brakes::BrakeKey::parse("files").unwrap();
    let _ = brakes::trip(&machine.home, &key, None, true).unwrap();
    assert_eq!(shut(machine.redeem(&approval)).0, ["breaker family:files"]);
    assert_eq!((machine.state(&approval).as_str(), machine.under_way()), ("approved", 0));
}

#[test]
fn a_yes_is_to_one_world_and_one_policy() {
    let stale = |change: &dyn Fn(&Machine)| {
        let machine = Machine::new();
        let approval = machine.approved("files_trash", json!({"paths": [machine.at("a")]}));
        change(&machine);
        let (rules, braked, malformed, _) = shut(machine.redeem(&approval));
        assert_eq!((machine.state(&approval).as_str(), braked, malformed), ("stale", false, false));
        assert_eq!(machine.under_way(), 0);
        assert!(machine.log().iter().any(|e| e["kind"] == "approval.stale"));
        rules
    };
    assert_eq!(stale(&|m| std::fs::write(m.w.join("a"), "b").unwrap()), ["stale"]);
    assert_eq!(stale(&|m| m.policy("# another\n")), ["stale"]);
    assert_eq!(stale(&|m| std::fs::write(m.home.settings(), "# another\n").unwrap()), ["stale"]);
    let forbid = |m: &Machine| {
        m.policy(&format!(
            "[[rule]]\nid = \"no\"\ndecide = \"block\"\ntools = [\"files_trash\"]\nreason = \"no\"\nmatch = [{{ tool = \"files_trash\", args = {{ paths = [\"{}\"] }} }}]\n",
            m.at("a")
        ));
    };
    assert!(stale(&forbid).contains(&"no".to_owned()));
}

#[test]
fn a_denial_meets_the_same_again_and_nothing_that_runs() {
    let machine = Machine::new();
    let trash = json!({"paths": [machine.at("a")]});
    let judged = |tool: &str, args: Value| {
        judge(machine.call(tool, args), &World::load(&machine.home).unwrap()).unwrap()
    };
    let met = |tool: &str, args: Value| approvals::denied(&machine.home, &judged(tool, args)).unwrap();
    assert!(met("files_trash", trash.clone()).is_none());
    let Verdict::Ask(waiting) = machine.open("files_trash", trash.clone()) else { panic!() };
    let person = Person::of_scratch(&machine.home).unwrap();
    let _ = decide(&machine.home, Said::No(&waiting.approval.id, "no"), &person).unwrap();
    assert_eq!(met("files_trash", trash.clone()).unwrap().rule, "denied-before");
    assert_eq!(shut(machine.open("files_trash", trash)).0, ["denied-before"]);
    assert!(met("files_read", json!({"path": machine.at("a")})).is_none());
}

#[test]
fn what_fits_no_line_of_the_log_is_refused_before_it_is_asked_about() {
    let machine = Machine::new();
    let mut argv: Vec<String> = (0..2000).map(|n| format!("{n}{}", "x".repeat(150))).collect();
    argv.insert(0, "echo".into());
    let said = shut(machine.open("shell_run", json!({"argv": argv, "cwd": machine.w})));
    assert_eq!(said, (rules(&["too-long"]), false, false, true));
    assert_eq!(machine.under_way(), 0);
}

/// A call of a client, asked for, approved and carried out up to its permit.
fn of_a_client(machine: &Machine) -> (Call, Approval) {
    let caller = Caller::Mcp("desk".into());
    let call = Call {
        caller,
        why: Some("it says so".into()),
        ..machine.call("files_trash", json!({"paths": [machine.at("a")]}))
    };
    let Verdict::Ask(waiting) = open(call.clone(), None, &machine.home).unwrap() else {
        panic!("it does not wait")
    };
    let person = Person::of_scratch(&machine.home).unwrap();
    let approval = get(&machine.home, &waiting.approval.id).unwrap();
    let approval = decide(&machine.home, Said::Yes(&approval), &person).unwrap();
    assert!(matches!(machine.redeem(&approval), Verdict::Open(_)));
    (Call { id: call_id().unwrap(), ..call }, approval)
}

#[test]
fn a_repetition_that_meets_a_yes_is_no_second_request() {
    let machine = Machine::new();
    let (call, approval) = of_a_client(&machine);
    // It looked before the yes was spent, and comes to ask after it.
    let again = open(call.clone(), None, &machine.home).unwrap();
    let Verdict::Ask(waiting) = again else { panic!("{again:?}") };
    assert_eq!((&waiting.approval.id, waiting.approval.state), (&approval.id, State::Spent));
    // Another caller asked for nothing yet.
    let other = Call { caller: Caller::Mcp("other".into()), ..call.clone() };
    let Verdict::Ask(strange) = open(other, None, &machine.home).unwrap() else { panic!("it does not wait") };
    assert_eq!(strange.approval.state, State::Waiting);
    let told = keep_outcome(&machine.home, &approval.id, json!("kept"));
    assert!(
        told.is_ok() && matches!(owed(&machine.home, &call, &Watch::default()), Ok(Some(Owed::Outcome(..))))
    );
    let Verdict::Ask(anew) = open(call, None, &machine.home).unwrap() else { panic!("it does not wait") };
    assert_eq!(anew.approval.state, State::Waiting, "it was told, so this is a new request");
}

#[test]
fn who_says_stop_does_not_use_a_result_up() {
    let machine = Machine::new();
    let (call, approval) = of_a_client(&machine);
    keep_outcome(&machine.home, &approval.id, json!("kept")).unwrap();
    let (stopped, mut since) = (Watch::default(), machine.log().len());
    stopped.stop();
    assert!(matches!(owed(&machine.home, &call, &stopped), Ok(Some(Owed::Running(_)))));
    assert!(machine.kinds(&mut since).is_empty());
    // What cannot be put on record is not told, and stays to be told.
    let segment = machine.home.audit().join("00000000000000000001.jsonl");
    let whole = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &whole[..whole.len() / 2]).unwrap();
    assert!(owed(&machine.home, &call, &Watch::default()).is_err());
    std::fs::write(&segment, &whole).unwrap();
    let told = owed(&machine.home, &call, &Watch::default());
    assert!(matches!(told, Ok(Some(Owed::Outcome(_, outcome))) if outcome == "kept"));
    let entry = machine.log().last().unwrap().clone();
    for (member, value) in [
        ("kind", json!("call.done")),
        ("outcome", json!("told")),
        ("approval", json!(approval.id)),
        ("call", json!(call.id)),
        ("source", json!("it says so")),
    ] {
        assert_eq!(entry[member], value, "{member}");
    }
    assert!(owed(&machine.home, &call, &Watch::default()).unwrap().is_none(), "once");
}
