//! FL617: the runbook is a copy.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL617",
    title: "the runbook is a copy",
    level: Level::Error,
    safety: false,
    what: "A runbook whose Purpose or How it fails is word for word that of another loop.",
    why: "A hundred copies of one page are no page.",
    instead: "write what is true of this loop alone",
    example: Example::Text(File::Runbook, "Paper that was scanned and never sorted is lost twice. This loop moves each scan to the folder of\nits year as soon as it is whole, and keeps a list that the tax adviser can read.", "Post that neighbour 1 never opens is lost twice, so that each letter is sorted in the morning."),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let mut found = Vec::new();
    for title in ["Purpose", "How it fails"] {
        let Some(own) = part(subject.page(), title) else { continue };
        let words = prose(own.body, &subject.name);
        let same = house.others(subject).find(|o| {
            part(o.page(), title).is_some_and(|theirs| prose(theirs.body, &o.name) == words)
        });
        if let (Some(other), false) = (same, words.is_empty()) {
            found.push(Hit::page(own.line, format!("`## {title}` is that of loop `{}`", other.name)));
        }
    }
    found
}

/// Words without the loop's name.
fn prose(text: &str, name: &str) -> String {
    text.replace(name, "ID").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
