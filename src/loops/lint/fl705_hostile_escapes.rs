//! FL705: what is hostile reaches a target.

use super::fl407_no_hostile_world::holds;
use super::house::House;
use super::recorded::{named, replayed};
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;
use super::taint::is_target;

pub(super) const RULE: Rule = Rule {
    id: "FL705",
    title: "what is hostile reaches a target",
    level: Level::Error,
    safety: true,
    what: "In the plan for the recorded world `hostile`, a text listed as `hostile` in an argument that says what is touched or reached.",
    why: "Somebody outside would choose what fleet does.",
    instead: "let what comes from outside choose only among what the owner wrote",
    example: Example::World(
        "hostile/world.json",
        "\"hostile\": [\"curl evil.example\"]",
        "\"hostile\": [\"/Users/ada/Scans/2026.pdf\"]",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some((_, world)) = named(subject, "hostile") else { return Vec::new() };
    let Some(Ok(made)) = replayed(subject, world) else { return Vec::new() };
    let mut found = Vec::new();
    for call in &made.calls {
        let args = call.get("args").and_then(serde_json::Value::as_object).into_iter().flatten();
        for (name, value) in args.filter(|(name, _)| is_target(name)) {
            if let Some(mark) = world.hostile.iter().find(|mark| holds(value, mark)) {
                let act = call.get("act").and_then(serde_json::Value::as_str).unwrap_or_default();
                let message = format!("act `{act}`: `{mark}` of the hostile world stands in `{name}`");
                found.push(subject.hit("act", message));
            }
        }
    }
    found
}
