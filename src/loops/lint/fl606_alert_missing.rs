//! FL606: an alert that the runbook does not know.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::{part, parts};

pub(super) const RULE: Rule = Rule {
    id: "FL606",
    title: "an alert that the runbook does not know",
    level: Level::Error,
    safety: false,
    what: "A finding without a heading of its id under Alerts, or a heading for a finding that there is not.",
    why: "The reader looks for the word that the alert has.",
    instead: "write one `### ID` for each finding, and none besides",
    example: Example::Text(File::Runbook, "### stuck\n", "### clogged\n"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let text = subject.page();
    let Some(alerts) = part(text, "Alerts") else { return Vec::new() };
    let headings = parts(alerts.body, "### ", alerts.line);
    let known = |id: &str| spec.finding.iter().any(|f| f.id == id);
    let missing = spec.finding.iter().filter(|f| !headings.iter().any(|h| h.title == f.id));
    let missing =
        missing.map(|f| Hit::page(alerts.line, format!("there is no `### {}` for that finding", f.id)));
    let strange = headings.iter().filter(|h| !known(h.title));
    missing.chain(strange.map(|h| Hit::page(h.line, format!("no finding is called `{}`", h.title)))).collect()
}
