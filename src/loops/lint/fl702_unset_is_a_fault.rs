//! FL702: without its optional settings it fails.

use super::house::House;
use super::recorded::{named, replayed};
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::replay::World;

pub(super) const RULE: Rule = Rule {
    id: "FL702",
    title: "without its optional settings it fails",
    level: Level::Error,
    safety: false,
    what: "A loop that fails in its quiet world when nothing is set that is not required.",
    why: "On a fresh machine the answer is a skip that says what to set, not an alarm.",
    instead: "give the setting a default that works, or make it `required`: then the run is skipped, with the line that sets it",
    example: Example::Text(
        File::Definition,
        "type     = \"path\"\nrequired = true",
        "type     = \"path\"\nrequired = false",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let (Some(spec), Some((_, world))) = (subject.spec(), named(subject, "quiet")) else {
        return Vec::new();
    };
    let mut bare = World { config: toml::Table::new(), ..world.clone() };
    for (name, setting) in spec.config.iter().filter(|(_, setting)| setting.required) {
        if let Some(value) = world.config.get(name) {
            bare.config.insert(name.clone(), value.clone());
        }
        let key = setting.from.as_ref().and_then(|f| f.strip_prefix("shared."));
        if key.is_none_or(|key| !world.shared.contains_key(key)) && !bare.config.contains_key(name) {
            return Vec::new();
        }
    }
    let needed = |key: &str| {
        spec.config.values().any(|s| s.required && s.from.as_deref() == Some(&format!("shared.{key}")))
    };
    bare.shared.retain(|key, _| needed(key));
    // With other settings it may ask other things: only what it says itself counts.
    let Some(Ok(replayed)) = replayed(subject, &bare) else { return Vec::new() };
    if !replayed.outcome.starts_with("failed:") {
        return Vec::new();
    }
    let message = format!("with nothing set that is not required: {}: {}", replayed.outcome, replayed.reason);
    vec![subject.hit("config", message)]
}
