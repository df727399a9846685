//! FL011: others may write the file.

use super::house::House;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL011",
    title: "others may write the file",
    level: Level::Error,
    safety: true,
    what: "A definition, runbook or folder that the group or everybody may write.",
    why: "Whoever can write the file decides what runs with your accounts as soon as you register it again.",
    instead: "`chmod go-w` the file and its folder",
    example: Example::Mode(0o644, 0o666),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let open = |mode: Option<u32>| mode.filter(|mode| mode & 0o022 != 0).map(|mode| mode & 0o777);
    let mut found = Vec::new();
    if let Some(mode) = open(subject.definition.mode) {
        found.push(subject.hit("", format!("others than you may write it: mode {mode:o}")));
    }
    if let Some(mode) = open(subject.runbook.mode) {
        found.push(Hit::page(1, format!("others than you may write it: mode {mode:o}")));
    }
    // A folder in which only the owner of a file may replace it is enough.
    if let Some(mode) = open(subject.folder_mode.filter(|mode| mode & 0o1000 == 0)) {
        found.push(subject.hit("", format!("others than you may write its folder: mode {mode:o}")));
    }
    found
}
