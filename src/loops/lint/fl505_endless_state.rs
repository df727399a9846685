//! FL505: a memory without bound.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL505",
    title: "a memory without bound",
    level: Level::Error,
    safety: false,
    what: "A state that keeps nothing, or more than 100000 entries.",
    why: "State is read and written whole in each run.",
    instead: "set `max` to what the loop needs to tell new from old",
    example: Example::Text(File::Definition, "max  = 5000", "max  = 5000000"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let bad = spec.state.iter().filter(|(_, s)| s.max == 0 || s.max > 100_000);
    bad.map(|(name, s)| {
        subject.hit(&format!("state.{name}.max"), format!("`max` is {}: expected 1 to 100000", s.max))
    })
    .collect()
}
