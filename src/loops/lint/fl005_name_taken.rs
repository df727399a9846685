//! FL005: the name of a shipped loop.

use super::house::House;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL005",
    title: "the name of a shipped loop",
    level: Level::Error,
    safety: false,
    what: "An own loop that has the name of one that ships with fleet.",
    why: "Two files with one id would share state, locks and history.",
    instead: "give it another name",
    example: Example::Name("scan-filer", "neighbour-1"),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let taken = !subject.shipped && house.all.iter().any(|s| s.shipped && s.name == subject.name);
    if taken { vec![subject.hit("", format!("`{}` ships with fleet", subject.name))] } else { Vec::new() }
}
