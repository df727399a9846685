//! FL602: a section that says nothing.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::{SECTIONS, parts};

pub(super) const RULE: Rule = Rule {
    id: "FL602",
    title: "a section that says nothing",
    level: Level::Error,
    safety: false,
    what: "A section of less than five words, or one that only tells the reader to look into it.",
    why: "A stub passes for a page until the night on which it is needed.",
    instead: "write what is to be seen, what it means and what to do",
    example: Example::Text(
        File::Runbook,
        "Scans that were moved stay moved; the others stay where they were.\n1. Read the reason: `fleet loop show scan-filer` prints the last run.\n2. Look whether the scanner's folder is still mounted.",
        "Investigate the issue.",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let text = subject.page();
    let mut found = Vec::new();
    for section in parts(text, "## ", 0).iter().filter(|s| SECTIONS.contains(&s.title)) {
        let lower = section.body.to_lowercase();
        let words = section.body.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count();
        // A loop without findings has no alerts to tell of, but says so.
        let mark = ["TODO", "FIXME", "TBD"].into_iter().find(|mark| section.body.contains(mark));
        if let Some(stub) = mark.or_else(|| STUBS.iter().copied().find(|stub| lower.contains(stub))) {
            found.push(Hit::page(
                section.line,
                format!("`## {}` says `{stub}`, which helps nobody", section.title),
            ));
        } else if words < 5 {
            found.push(Hit::page(section.line, format!("`## {}` says nothing", section.title)));
        }
    }
    found
}

/// What stubs say.
const STUBS: &[&str] = &[
    "investigate the issue",
    "to be written",
    "fill in",
    "write here",
    "lorem ipsum",
    "check the logs and fix",
    "contact the team",
    "replace this",
];
