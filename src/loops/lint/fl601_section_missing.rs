//! FL601: a section of the runbook is missing.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::{SECTIONS, parts};

pub(super) const RULE: Rule = Rule {
    id: "FL601",
    title: "a section of the runbook is missing",
    level: Level::Error,
    safety: false,
    what: "A runbook without one of its seven sections, or with them in another order.",
    why: "At night the eye finds what stands where it always stands.",
    instead: "write the sections Purpose, What it touches, Alerts, How it fails, Pause, Undo, Verify by hand, in this order",
    example: Example::Text(File::Runbook, "## Undo\n", "## Taking it back\n"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let text = subject.page();
    if text.is_empty() {
        return Vec::new();
    }
    let found: Vec<_> = parts(text, "## ", 0);
    let mut missing = Vec::new();
    let mut after = 0;
    for section in SECTIONS {
        match found.iter().position(|s| s.title == section) {
            None => missing.push(Hit::page(1, format!("there is no section `## {section}`"))),
            Some(at) if at < after => {
                let line = found.get(at).map_or(1, |s| s.line);
                missing.push(Hit::page(line, format!("`## {section}` is not in its place")));
            }
            Some(at) => after = at,
        }
    }
    missing
}
