//! FL407: text from outside, and no hostile world.

use super::house::House;
use super::recorded::named;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;
use super::taint::Taint;
use crate::loops::names::strings;

pub(super) const RULE: Rule = Rule {
    id: "FL407",
    title: "text from outside, and no hostile world",
    level: Level::Warning,
    safety: false,
    what: "A loop whose acts take text that somebody else wrote, without a recorded world `hostile` that marks what must not get through.",
    why: "What a loop does with a hostile text is seen before it happens, or when it happens.",
    instead: "record fixtures/ID/hostile: a world.json in whose results somebody tries, with the tries listed as `hostile`, and its plan.json",
    example: Example::NoWorld("hostile"),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let (Some(spec), Some(_)) = (subject.spec(), &subject.fixtures) else { return Vec::new() };
    if let Some((fixture, world)) = named(subject, "hostile") {
        let told = |mark: &String| world.calls.iter().any(|c| c.result.iter().any(|r| holds(r, mark)));
        let idle = world.hostile.iter().find(|mark| !told(mark));
        if world.hostile.is_empty() {
            let message = format!("`{}/world.json` lists nothing as `hostile`", fixture.shown);
            return vec![subject.hit("act", message)];
        }
        let hit = |mark| {
            let message = format!("`{}/world.json` lists `{mark}`, and no result holds it", fixture.shown);
            subject.hit("act", message)
        };
        return idle.map(hit).into_iter().collect();
    }
    let taint = Taint::of(spec, house);
    let reached = spec.act.iter().position(|act| {
        let taint = taint.with_item(act.for_each.as_deref(), house);
        strings(&act.args).iter().any(|(_, source)| taint.reaches(source, false, house))
    });
    let hit = |n: usize| {
        let id = spec.act.get(n).map_or("", |a| a.id.as_str());
        subject.hit(
            &format!("act.{n}"),
            format!("act `{id}` takes text from outside, and no world `hostile` shows how"),
        )
    };
    reached.map(hit).into_iter().collect()
}

/// Whether a text anywhere in `value` holds `mark`.
pub(super) fn holds(value: &serde_json::Value, mark: &str) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains(mark),
        serde_json::Value::Array(items) => items.iter().any(|v| holds(v, mark)),
        serde_json::Value::Object(members) => members.iter().any(|(k, v)| k.contains(mark) || holds(v, mark)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
    }
}
