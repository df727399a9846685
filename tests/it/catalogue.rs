//! The list of tools against the catalogue that they are promised in: `cases/tools.tsv`.

use crate::harness::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Names, families, risks and effects, as they are promised.
fn promised() -> BTreeMap<&'static str, (&'static str, &'static str, &'static str)> {
    let lines = include_str!("cases/tools.tsv").lines().skip(1);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[0], (fields[1], fields[2], fields[3]))
        })
        .collect()
}

#[test]
fn every_tool_is_what_the_catalogue_promises() {
    let promised = promised();
    assert_eq!(promised.len(), 58);
    let world = World::new();
    let listed = world.fleet(&["tool", "list", "--json"]).json();
    let listed = listed.as_array().unwrap();
    let names: Vec<_> = listed.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for tool in listed {
        let name = tool["name"].as_str().unwrap();
        let (family, risk, effect) =
            promised.get(name).unwrap_or_else(|| panic!("no tool `{name}` was promised"));
        let said = [&tool["family"], &tool["risk"], &tool["effect"]];
        assert_eq!(said, [family, risk, effect].map(|word| &*Box::leak(Box::new(json!(word)))), "{name}");
        assert_eq!(tool["available"].as_bool(), Some(tool["why_unavailable"].is_null()), "{name}");
        assert_eq!(tool["input_schema"]["type"], "object", "{name}");
    }
}

#[test]
fn what_is_not_to_be_had_here_says_what_is_missing() {
    let world = World::new();
    let listed = world.fleet(&["tool", "list", "--json"]).json();
    let why = |name: &str| -> Value {
        listed.as_array().unwrap().iter().find(|t| t["name"] == name).unwrap()["why_unavailable"].clone()
    };
    if cfg!(target_os = "linux") {
        assert!(why("shortcuts_run").as_str().unwrap().contains("of macOS"), "{}", why("shortcuts_run"));
        let systemd = crate::harness::has("systemctl");
        assert_eq!(why("system_launchd").is_null(), systemd, "{}", why("system_launchd"));
    }
    assert_eq!(why("files_search"), Value::Null);
}

#[test]
fn every_example_comes_to_a_decision() {
    let world = World::new();
    for tool in fleet::tools::TOOLS {
        let card = tool.card();
        let said = world.fleet(&["policy", "check", card.name, "--args", card.example, "--json"]).json();
        let decision = said["decision"].as_str().unwrap();
        assert!(["allow", "ask", "block"].contains(&decision), "{}: {said}", card.name);
        assert!(!said["effects"].as_array().unwrap().is_empty(), "{}: {said}", card.name);
    }
}
