//! FL701: no recorded worlds.

use super::house::House;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL701",
    title: "no recorded worlds",
    level: Level::Warning,
    safety: false,
    what: "A loop without the recorded worlds `quiet` (nothing to do) and `typical` (a day with work).",
    why: "A loop that was only tried on the live machine was tried once, on one day.",
    instead: "record fixtures/ID/quiet and fixtures/ID/typical beside the loop: what it is told in world.json, and `fleet run-loop ID --fixture DIR --json > DIR/plan.json`",
    example: Example::NoWorld("quiet"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let (Some(fixtures), Some(_)) = (&subject.fixtures, subject.spec()) else { return Vec::new() };
    let missing: Vec<_> =
        ["quiet", "typical"].into_iter().filter(|name| !fixtures.iter().any(|f| f.name == *name)).collect();
    let hit = || subject.hit("title", format!("not recorded: {}", missing.join(", ")));
    (!missing.is_empty()).then(hit).into_iter().collect()
}
