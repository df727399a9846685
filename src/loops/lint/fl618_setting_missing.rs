//! FL618: a setting that the runbook does not explain.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL618",
    title: "a setting that the runbook does not explain",
    level: Level::Error,
    safety: false,
    what: "A setting that the section What it touches does not name, by its own name or the shared one.",
    why: "Who tunes the loop must not have to read TOML.",
    instead: "name it there in backticks, as `config.NAME`",
    example: Example::Text(File::Runbook, "`config.years` says which years", "the settings say which years"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let Some(section) = part(subject.page(), "What it touches") else { return Vec::new() };
    let told = |name: &str, from: Option<&str>| {
        [format!("`config.{name}`"), format!("`{name}`")].iter().any(|t| section.body.contains(t.as_str()))
            || from.is_some_and(|from| section.body.contains(&format!("`{from}`")))
    };
    let missing = spec.config.iter().filter(|(name, s)| !told(name, s.from.as_deref()));
    missing
        .map(|(name, _)| Hit::page(section.line, format!("it does not name the setting `config.{name}`")))
        .collect()
}
