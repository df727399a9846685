//! FL009: a category of its own.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL009",
    title: "a category of its own",
    level: Level::Error,
    safety: false,
    what: "A category that no list knows.",
    why: "Lists and digests are grouped by category; one that is misspelt is a group that nobody reads.",
    instead: "write one of: backup, calendar, dev, files, finance, git, governance, mail, models, news, notes, photos, security, system, web",
    example: Example::Text(File::Definition, r#"category = "files""#, r#"category = "misc""#),
    find,
};

/// All of them.
pub(super) const CATEGORIES: &[&str] = &[
    "backup",
    "calendar",
    "dev",
    "files",
    "finance",
    "git",
    "governance",
    "mail",
    "models",
    "news",
    "notes",
    "photos",
    "security",
    "system",
    "web",
];

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    if CATEGORIES.contains(&spec.category.as_str()) {
        return Vec::new();
    }
    vec![subject.hit("category", format!("there is no category {}", shown(&spec.category)))]
}
