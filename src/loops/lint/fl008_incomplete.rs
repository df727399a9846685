//! FL008: not all files are there.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Document;
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL008",
    title: "not all files are there",
    level: Level::Error,
    safety: false,
    what: "A definition without a runbook, or a runbook or property list without a definition.",
    why: "A loop without a runbook cannot be answered at night; a property list without a loop waits for the next login.",
    instead: "write `ID.md` beside `ID.toml`, or remove what was left behind",
    example: Example::Gone(File::Runbook),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let gone = |document: &Document| matches!(document.text, Ok(None));
    let mut found = Vec::new();
    if gone(&subject.definition) {
        found.push(subject.hit("", "there is no definition of that name"));
    }
    match &subject.runbook.text {
        Ok(Some(_)) => {}
        Ok(None) => found.push(Hit::page(1, "there is no runbook of that name")),
        Err(why) => found.push(Hit::page(1, format!("the runbook {why}"))),
    }
    found
}
