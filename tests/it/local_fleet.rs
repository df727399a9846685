//! fleet's own state, asked and tidied through the gate.

use crate::harness::World;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

#[test]
fn what_matters_now_is_what_the_commands_show() {
    let world = World::new();
    let all = world.fleet(&["loop", "register", "--all", "--json"]);
    assert_eq!(all.code, 0, "{all:?}");
    std::fs::write(world.at("a"), "x").unwrap();
    let id = world.waits("files_trash", json!({"paths": [world.at("a")]}));
    assert_eq!(world.fleet(&["breaker", "trip", "family:web", "--reason", "test"]).code, 0);
    let said = world.done("fleet_status", json!({}));
    assert_eq!(
        (&said["approvals"][0]["id"], &said["approvals"][0]["tool"]),
        (&json!(id), &json!("files_trash"))
    );
    assert_eq!((&said["kill"], &said["approvals"][0]["risk"]), (&json!(false), &json!("HIGH")));
    let breakers = world.fleet(&["breaker", "list", "--json"]).json();
    assert_eq!(said["breakers"], breakers);
    let ceilings = world.fleet(&["ceiling", "list", "--json"]).json();
    let taken = |value: &Value| -> Vec<Value> {
        value.as_array().unwrap().iter().map(|c| json!([c["ceiling"], c["limit"], c["used"]])).collect()
    };
    assert!(!taken(&ceilings).is_empty());
    assert_eq!(taken(&said["ceilings"]), taken(&ceilings));
    let listed = world.fleet(&["loop", "list", "--json"]).json();
    let rows = |value: &Value| -> Vec<(Value, Value)> {
        value.as_array().unwrap().iter().map(|r| (r["id"].clone(), r["state"].clone())).collect()
    };
    assert_eq!(rows(&said["loops"]), rows(&listed));
    assert_eq!(said["overdue"], json!([]));
    world.verify();
}

#[test]
fn a_loop_whose_slot_passed_is_overdue() {
    let world = World::new();
    assert_eq!(world.fleet(&["loop", "register", "--all"]).code, 0);
    let folders = std::fs::read_dir(world.data().join("loops")).unwrap();
    for folder in folders.map(|e| e.unwrap().path()) {
        let path = folder.join("registered.json");
        let mut record: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        record["at"] = "2020-01-01T00:00:00Z".into();
        std::fs::write(path, record.to_string()).unwrap();
    }
    let said = world.done("fleet_status", json!({"sections": ["loops", "overdue"]}));
    let late = said["overdue"].as_array().unwrap().len();
    assert!(late > 0 && late == said["loops"].as_array().unwrap().len(), "{said}");
}

#[test]
fn the_log_is_asked_in_parts_that_join() {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    for _ in 0..7 {
        world.done("files_read", json!({"path": world.at("a")}));
    }
    world.done("files_list", json!({"path": world.w()}));
    let mut seen = Vec::new();
    let mut seq = json!(1);
    while !seq.is_null() {
        let part = world.done("fleet_audit_query", json!({"tool": "files_read", "seq": seq, "limit": 3}));
        seen.extend(part["entries"].as_array().unwrap().clone());
        seq = part["next_seq"].clone();
    }
    let expected: Vec<Value> = world.log().into_iter().filter(|e| e["tool"] == "files_read").collect();
    assert_eq!((seen.len(), &seen), (7, &expected));
    let none = world.done("fleet_audit_query", json!({"decision": "block", "since": "24h"}));
    assert_eq!(none["entries"], json!([]));
    let (code, reply) = world.call("fleet_audit_query", json!({"since": "yesterday"}));
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("expected a time"), "{reply}");
}

#[test]
fn what_is_not_whole_fails_and_the_first_bad_entry_is_named() {
    let world = World::new();
    let whole = world.done("fleet_check", json!({"what": ["chain", "registry", "policy"]}));
    assert_eq!((&whole["ok"], &whole["parts"]["chain"]["first_bad"]), (&json!(true), &Value::Null));
    std::fs::set_permissions(world.config(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let (code, reply) = world.call("fleet_check", json!({"what": ["self"]}));
    assert!(code == 1 && reply.to_string().contains("written by others"), "{reply}");
    for _ in 0..3 {
        world.done("files_list", json!({"path": world.w()}));
    }
    let text = std::fs::read_to_string(world.segment()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    // Two lines change places; the newest one stays, since the gate looks at that itself.
    lines.swap(1, 2);
    std::fs::write(world.segment(), lines.join("\n") + "\n").unwrap();
    let (code, reply) = world.call("fleet_check", json!({"what": ["chain"]}));
    assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{reply}");
    let chain = &reply["result"]["parts"]["chain"];
    assert_eq!((&chain["ok"], &chain["first_bad"]["seq"]), (&json!(false), &json!(2)), "{reply}");
}

#[test]
fn tidying_moves_what_is_old_and_a_veto_moves_it_back() {
    let world = World::new();
    let path = world.at("n");
    world.done("files_write", json!({"path": path, "content": "one"}));
    let old = world.done("files_write", json!({"path": path, "content": "two", "mode": "replace"}));
    let new = world.done("files_write", json!({"path": path, "content": "three", "mode": "replace"}));
    let undo = world.data().join("undo");
    let (old, new) = (undo.join(old["undo"].as_str().unwrap()), undo.join(new["undo"].as_str().unwrap()));
    let aged = SystemTime::now() - Duration::from_secs(40 * 86_400);
    std::fs::File::options().write(true).open(&old).unwrap().set_modified(aged).unwrap();
    let log = std::fs::read(world.segment()).unwrap();
    let told = world.done("fleet_maintain", json!({"what": "rotate", "keep_days": 30}));
    let moved = told["moved"].as_array().unwrap();
    assert_eq!((moved.len(), &told["freed"]), (1, &json!(3)));
    assert!(
        !old.exists()
            && new.exists()
            && std::fs::read_to_string(moved[0].as_str().unwrap()).unwrap() == "one"
    );
    assert!(std::fs::read(world.segment()).unwrap().starts_with(&log));
    let seq = world.log().iter().rev().find(|e| e["kind"] == "call.done").unwrap()["seq"].to_string();
    let ran = world.fleet(&["veto", &seq, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(old.exists() && new.exists());
    assert_eq!(world.fleet(&["veto", &seq, "--json"]).code, 1);
    world.verify();
}

#[test]
fn requests_whose_time_is_over_are_closed() {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    world.waits("files_trash", json!({"paths": [world.at("a")]}));
    let short = world.call("fleet_maintain", json!({"what": "rotate", "keep_days": 1}));
    assert_eq!(short.0, 2, "{}", short.1);
    let args = json!({"what": "compact_state"}).to_string();
    let later = ["tool", "call", "fleet_maintain", "--args", &args, "--json"];
    let ran = world.fleet_at("+2d", &later);
    assert_eq!((ran.code, &ran.json()["result"]["expired"]), (0, &json!(1)), "{ran:?}");
    let copy = ran.json()["result"]["copies"][0].as_str().unwrap().to_owned();
    assert!(std::fs::read_to_string(copy).unwrap().contains("files_trash"));
    assert_eq!(world.count("approval.expired"), 1);
}
