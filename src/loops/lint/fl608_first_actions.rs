//! FL608: an alert without first actions.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::{part, parts};

pub(super) const RULE: Rule = Rule {
    id: "FL608",
    title: "an alert without first actions",
    level: Level::Error,
    safety: false,
    what: "An alert that does not say what it means, or that has less than two numbered steps.",
    why: "Without both it is a heading, not a runbook.",
    instead: "say in a sentence what is so when it shows, and number the first steps",
    example: Example::Text(
        File::Runbook,
        "1. Compare the two files.\n2. Rename one of them; the next run moves it.",
        "1. Rename one of the two files.",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let text = subject.page();
    let Some(alerts) = part(text, "Alerts") else { return Vec::new() };
    let headings = parts(alerts.body, "### ", alerts.line);
    let mut found = Vec::new();
    for heading in headings {
        let step = |line: &&str| {
            line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        let lines: Vec<&str> = heading.body.lines().collect();
        let steps = lines.iter().filter(|l| step(l)).count();
        let meaning = lines.iter().take_while(|l| !step(l)).filter(|l| !l.starts_with("**Text:**"));
        let words: usize = meaning.map(|l| l.split_whitespace().count()).sum();
        if words < 5 {
            found
                .push(Hit::page(heading.line, format!("`### {}` does not say what it means", heading.title)));
        }
        if steps < 2 {
            found.push(Hit::page(
                heading.line,
                format!("`### {}` has {steps} numbered steps: expected two or more", heading.title),
            ));
        }
    }
    found
}
