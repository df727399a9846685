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
    example: Example::Text(
        File::Runbook,
        "Paper that was scanned and never sorted is lost twice. This loop moves each scan to the folder of\nits year as soon as it is whole, and keeps a list that the tax adviser can read.",
        "Post that neighbour 1 never opens is lost twice, so that each letter is sorted in the morning.",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let mut found = Vec::new();
    for (n, title) in ["Purpose", "How it fails"].into_iter().enumerate() {
        let own = subject.alike.prose.get(n).filter(|words| !words.is_empty());
        let same = house.others(subject).find(|o| own.is_some() && o.alike.prose.get(n) == own);
        found.extend(same.map(|other| {
            let line = part(subject.page(), title).map_or(1, |p| p.line);
            Hit::page(line, format!("`## {title}` is that of loop `{}`", other.name))
        }));
    }
    found
}
