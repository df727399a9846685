//! FL006: the purpose says nothing.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL006",
    title: "the purpose says nothing",
    level: Level::Error,
    safety: false,
    what: "A title of less than two words, or a purpose of less than eight or of words that fit any loop.",
    why: "It is what a person reads in the list, in the plan and when asked to approve.",
    instead: "say in one sentence what the loop does to what, and for what",
    example: Example::Text(
        File::Definition,
        "Files scanned invoices by year, keeps a list of what was filed, and offers empty scans for the trash",
        "This loop does various checks",
    ),
    find,
};

/// Words that fit any loop.
const EMPTY: &[&str] = &["various", "stuff", "things", "does checks", "some tasks", "lorem", "…"];

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let words = |text: &str| text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count();
    let lower = spec.purpose.to_lowercase();
    let mut found = Vec::new();
    if words(&spec.title) < 2 && spec.title.chars().count() < 8 {
        found.push(subject.hit("title", format!("{} is no title", shown(&spec.title))));
    }
    if words(&spec.purpose) < 8 {
        found.push(subject.hit("purpose", format!("{} is no purpose", shown(&spec.purpose))));
    } else if let Some(word) = EMPTY.iter().find(|w| lower.contains(**w)) {
        found.push(subject.hit("purpose", format!("`{word}` says nothing")));
    }
    found
}
