//! FL206: a limit that is none.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL206",
    title: "a limit that is none",
    level: Level::Error,
    safety: true,
    what: "A limit of zero, or one so high that nothing reaches it: over an hour, 2000 items, 5000 calls or 500 changes.",
    why: "The limits are what a run that went wrong costs at most.",
    instead: "write the largest number that a busy day needs",
    example: Example::Text(File::Definition, "changes    = 40", "changes    = 100000"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let l = &spec.limits;
    let rows = [
        ("timeout_s", l.timeout_s as usize, 3600),
        ("items", l.items, 2000),
        ("tool_calls", l.tool_calls, 5000),
        ("changes", l.changes, 500),
    ];
    let bad = rows.into_iter().filter(|(name, value, most)| {
        // No changes is a promise where nothing acts, and FL209 elsewhere.
        *value > *most || (*value == 0 && *name != "changes")
    });
    bad.map(|(name, value, most)| {
        subject.hit(&format!("limits.{name}"), format!("`{name}` is {value}: expected 1 to {most}"))
    })
    .collect()
}
