//! FL610: an act without a way back.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL610",
    title: "an act without a way back",
    level: Level::Error,
    safety: false,
    what: "A section Undo that does not name an act of the loop.",
    why: "After the fact the only question is how to take it back, or that nobody can.",
    instead: "write a line for each act, with its id in backticks",
    example: Example::Text(File::Runbook, "- `sweep`: take the file", "- Take the file"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let Some(section) = part(subject.page(), "Undo") else { return Vec::new() };
    let missing = spec.act.iter().filter(|a| !section.body.contains(&format!("`{}`", a.id)));
    missing
        .map(|a| Hit::page(section.line, format!("it does not say how the act `{}` is taken back", a.id)))
        .collect()
}
