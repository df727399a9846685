//! FL609: no command that pauses it.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL609",
    title: "no command that pauses it",
    level: Level::Error,
    safety: false,
    what: "A section Pause without `fleet loop pause ID` and `fleet loop resume ID`.",
    why: "At night one copies a command; one does not look it up.",
    instead: "write both commands with the id of the loop",
    example: Example::Text(
        File::Runbook,
        "`fleet loop pause scan-filer --for 7d`, and `fleet loop resume scan-filer` before its time.",
        "Disable the loop, and enable it again when the scanner is back.",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(section) = part(subject.page(), "Pause") else { return Vec::new() };
    let missing = ["pause", "resume"].map(|verb| format!("fleet loop {verb} {}", subject.name));
    let missing = missing.iter().filter(|command| !section.body.contains(command.as_str()));
    missing.map(|command| Hit::page(section.line, format!("it does not name `{command}`"))).collect()
}
