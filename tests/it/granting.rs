//! From a person's yes to the act: everything is asked again, and nothing but that yes is a grant.

use crate::harness::World;
use fleet::call::{ApprovalId, Call};
use fleet::gate::{self, ApprovalError, Grant, Person, Said, Verdict};
use fleet::state::Home;
use serde_json::{Value, json};

fn append(world: &World, name: &str) -> Value {
    json!({"argv": ["sh", "-c", "echo x >> $1", "x", world.at(name)], "write_roots": [world.w()]})
}

/// The home of `world`, for a person who decides in this process and does nothing more.
fn inside(world: &World) -> (Home, Person) {
    let home = Home::scratch(&world.root().join("fleet")).unwrap();
    let person = Person::of_scratch(&home).unwrap();
    (home, person)
}

fn decided(world: &World, id: &str) -> (Home, ApprovalId, Call) {
    let (home, person) = inside(world);
    let id = ApprovalId::parse(id).unwrap();
    let shown = gate::get(&home, &id).unwrap();
    let call = gate::decide(&home, Said::Yes(&shown), &person).unwrap().call();
    (home, id, call)
}

fn edit_policy(world: &World) {
    let path = world.config().join("policy.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    // The verdict stays what it was; the policy does not.
    std::fs::write(&path, text + "# edited\n").unwrap();
}

fn rows(world: &World) -> Vec<Value> {
    let text = std::fs::read_to_string(world.data().join("approvals.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn put(world: &World, rows: &[Value]) {
    let text: String = rows.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(world.data().join("approvals.jsonl"), text).unwrap();
}

#[test]
fn a_request_swapped_for_another_while_a_person_reads_is_not_what_they_say_yes_to() {
    let world = World::new();
    let seen = world.waits("shell_run", append(&world, "harmless"));
    let other = world.waits("shell_run", append(&world, "harmful"));
    let (home, person) = inside(&world);
    let id = ApprovalId::parse(&seen).unwrap();
    let shown = gate::get(&home, &id).unwrap();
    let mut put_in = rows(&world).into_iter().find(|row| row["id"] == other.as_str()).unwrap();
    put_in["id"] = json!(seen);
    put(&world, &[put_in]);
    assert!(gate::get(&home, &id).is_ok(), "the row agrees with itself");
    let refused = gate::decide(&home, Said::Yes(&shown), &person);
    assert!(matches!(refused, Err(ApprovalError::Edited(_))), "{refused:?}");
    assert_eq!((world.count("approval.decided"), rows(&world)[0]["state"].as_str()), (0, Some("waiting")));
}

#[test]
fn a_policy_edited_between_yes_and_act_makes_it_stale_although_it_would_still_ask() {
    let world = World::new();
    // This process is not the one whose canary was seen.
    world.unconfine();
    let id = world.waits("shell_run", append(&world, "out"));
    let (home, id, call) = decided(&world, &id);
    edit_policy(&world);
    let grant = Grant::take(&home, &id).unwrap();
    let Verdict::Shut(refusal) = gate::open(call, Some(grant), &home).unwrap() else {
        panic!("it went through")
    };
    assert!(refusal.reasons[0].message.contains("not those under which"), "{refusal:?}");
    assert_eq!((world.count("approval.stale"), world.count("call.intent")), (1, 0));
    assert_eq!(world.fleet(&["approve", id.as_str()]).code, 1, "a stale approval is closed");
    // The same asks again, under another id.
    assert_ne!(world.waits("shell_run", append(&world, "out")), id.as_str());
}

#[test]
fn the_same_without_an_edit_goes_through_once() {
    let world = World::new();
    let outside = world.root().join("outside");
    let id = world.waits("files_write", json!({"path": outside, "content": "x", "mode": "append"}));
    let (home, id, call) = decided(&world, &id);
    let grant = || Grant::take(&home, &id);
    let (one, two, other) = (grant().unwrap(), grant().unwrap(), grant().unwrap());
    let Verdict::Open(permit) = gate::open(call.clone(), Some(one), &home).unwrap() else {
        panic!("refused")
    };
    // A second process that has the grant, too: while the first acts, and afterwards.
    assert!(gate::open(call.clone(), Some(two), &home).is_err_and(|e| e.to_string().contains("under way")));
    let done = fleet::effects::perform(permit, &home).record(&home).unwrap();
    assert!(done.failed.is_none());
    std::fs::remove_file(&outside).unwrap();
    let Verdict::Shut(refusal) = gate::open(call, Some(other), &home).unwrap() else { panic!("twice") };
    assert!(refusal.reasons[0].message.contains("was used already"), "{refusal:?}");
    assert!(grant().is_err() && !outside.exists());
    assert_eq!((world.count("approval.spent"), world.count("call.intent")), (1, 1));
}

#[test]
fn a_brake_holds_an_approval_and_a_later_yes_is_under_the_policy_of_then() {
    let world = World::new();
    let id = world.waits("shell_run", append(&world, "out"));
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 5);
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.contains("is approved and not carried out yet"), "{shown}");
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    edit_policy(&world);
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(std::fs::read_to_string(world.at("out")).unwrap(), "x\n");
    let log = world.log();
    let policies: Vec<_> =
        log.iter().filter(|e| e["kind"] == "approval.decided").map(|e| e["policy"].clone()).collect();
    assert!(policies.len() == 2 && policies[0] != policies[1] && policies[0].is_string(), "{policies:?}");
    assert_eq!(world.count("approval.spent"), 1);
}

#[test]
fn what_cannot_be_judged_any_more_is_stale_and_not_held() {
    let world = World::new();
    std::fs::write(world.at("old"), "x").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("old")]}));
    std::fs::remove_file(world.at("old")).unwrap();
    assert!(world.process("mkfifo", &[&world.at("old")]).status().unwrap().success());
    assert_ne!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!((world.count("approval.stale"), world.count("call.intent")), (1, 0));
}

#[test]
fn a_line_forged_beside_a_true_approval_or_copied_under_another_id_is_no_grant() {
    let world = World::new();
    let a = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    let b = world.waits("shell_run", append(&world, "out"));
    let (home, a, _) = decided(&world, &a);
    let genuine = rows(&world).into_iter().find(|r| r["id"] == a.as_str()).unwrap();
    let waiting = rows(&world).into_iter().find(|r| r["id"] == b.as_str()).unwrap();
    let mut forged = waiting.clone();
    forged["state"] = json!("approved");
    forged["decided"] = genuine["decided"].clone();
    let mut copied = genuine.clone();
    copied["id"] = json!(b);
    // The true row's decision with the other's call, under the true id.
    let mut swapped = waiting.clone();
    for name in ["id", "state", "decided"] {
        swapped[name] = genuine[name].clone();
    }
    let b = ApprovalId::parse(&b).unwrap();
    for (what, row, id) in [("forged", &forged, &b), ("copied", &copied, &b), ("swapped", &swapped, &a)] {
        put(&world, std::slice::from_ref(row));
        let refused = Grant::take(&home, id).unwrap_err();
        assert!(refused.to_string().contains("is not what its entry in the log says"), "{what}: {refused}");
    }
    put(&world, &[genuine]);
    assert!(Grant::take(&home, &a).is_ok());
}

#[test]
fn an_id_that_nothing_waits_under_is_a_failure_and_what_is_no_id_is_usage() {
    let world = World::new();
    for (id, code) in [("zzzzz", 1), ("z", 2), ("../x", 2), ("--all", 2)] {
        assert_eq!(world.fleet(&["approve", id]).code, code, "{id}");
        assert_eq!(world.fleet(&["deny", id, "--reason", "x"]).code, code, "{id}");
    }
    assert_eq!(world.fleet(&["approval", "show", "zzzzz"]).code, 1);
}
