//! FL304: values that depend on each other in a circle.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::order;

pub(super) const RULE: Rule = Rule {
    id: "FL304",
    title: "values that depend on each other in a circle",
    level: Level::Error,
    safety: false,
    what: "A gather or [let] that needs itself, by way of others.",
    why: "Values are computed by reference; a circle has no first one.",
    instead: "break the circle",
    example: Example::Text(File::Definition, r#"scans = "gather.here"#, r#"scans = "fresh + gather.here"#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    match order(spec) {
        Err(e) if e.0.contains("circle") => vec![subject.hit("let", e.0)],
        Ok(_) | Err(_) => Vec::new(),
    }
}
