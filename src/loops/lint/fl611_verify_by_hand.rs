//! FL611: nothing to verify by hand.

use super::commands::commands;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL611",
    title: "nothing to verify by hand",
    level: Level::Error,
    safety: false,
    what: "A section Verify by hand without `fleet run-loop ID --plan`, or without a command that does without fleet.",
    why: "When fleet itself is in doubt, a check through fleet proves nothing.",
    instead: "name the plan, and one command of the system",
    example: Example::Text(File::Runbook, "- `ls -la ~/Scans/filed`", "- `fleet loop show scan-filer`"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(section) = part(subject.page(), "Verify by hand") else { return Vec::new() };
    let commands = commands(section.body, section.line);
    let mut found = Vec::new();
    let plan = format!("fleet run-loop {} --plan", subject.name);
    if !section.body.contains(&plan) {
        found.push(Hit::page(section.line, format!("it does not name `{plan}`")));
    }
    if !commands.iter().any(|(_, c)| !c.starts_with("fleet ") && c.contains(' ')) {
        found.push(Hit::page(section.line, "every command goes through fleet"));
    }
    found
}
