//! FL013: two steps of one name.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL013",
    title: "two steps of one name",
    level: Level::Error,
    safety: false,
    what: "Two acts, or two findings, with the same `id`.",
    why: "Results, history and the runbook are kept by that name: the second hides the first.",
    instead: "give each its own `id`",
    example: Example::Text(File::Definition, r#"id   = "sweep""#, r#"id   = "list""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut found = Vec::new();
    let acts = spec.act.iter().map(|a| a.id.as_str()).collect::<Vec<_>>();
    let findings = spec.finding.iter().map(|f| f.id.as_str()).collect::<Vec<_>>();
    for (table, ids) in [("act", acts), ("finding", findings)] {
        for (n, id) in ids.iter().enumerate() {
            if ids.iter().take(n).any(|before| before == id) {
                found.push(
                    subject.hit(&format!("{table}.{n}.id"), format!("a second {table} is called `{id}`")),
                );
            }
        }
    }
    found
}
