//! FL607: the words of an alert differ.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::{part, parts};

pub(super) const RULE: Rule = Rule {
    id: "FL607",
    title: "the words of an alert differ",
    level: Level::Error,
    safety: false,
    what: "A `**Text:**` line under an alert that is not the finding's title, letter for letter.",
    why: "People search the page for the words they see.",
    instead: "copy the finding's `title`, or drop the line",
    example: Example::Text(
        File::Runbook,
        "**Text:** `{{ item.item.name | clip(80) }} could not be read`",
        "**Text:** `a scan could not be read`",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let text = subject.page();
    let Some(alerts) = part(text, "Alerts") else { return Vec::new() };
    let headings = parts(alerts.body, "### ", alerts.line);
    let mut found = Vec::new();
    for heading in headings {
        let Some(finding) = spec.finding.iter().find(|f| f.id == heading.title) else { continue };
        for (n, line) in heading.body.lines().enumerate() {
            let said = line.trim().strip_prefix("**Text:**").map(|said| said.trim().trim_matches('`'));
            if said.is_some_and(|said| said != finding.title) {
                found.push(Hit::page(
                    heading.line + n + 1,
                    format!("the title of `{}` is `{}`", finding.id, finding.title),
                ));
            }
        }
    }
    found
}
