//! FL209: acts that may change nothing.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL209",
    title: "acts that may change nothing",
    level: Level::Error,
    safety: true,
    what: "A loop with an [[act]] and `changes = 0`.",
    why: "Each run would leave all it planned for the next, which does the same.",
    instead: "raise `changes`, or drop the act",
    example: Example::Text(File::Definition, "changes    = 40", "changes    = 0"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    if spec.act.is_empty() || spec.limits.changes > 0 {
        return Vec::new();
    }
    vec![subject.hit("limits.changes", "it acts, and may make no change")]
}
