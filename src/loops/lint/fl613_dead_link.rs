//! FL613: a link that leads nowhere.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL613",
    title: "a link that leads nowhere",
    level: Level::Error,
    safety: false,
    what: "A relative link in the runbook to a file that no loop has.",
    why: "A link that does not resolve is found at night.",
    instead: "link to the definition or runbook of a loop that is there, or drop it",
    example: Example::Text(
        File::Runbook,
        "## Purpose\n",
        "## Purpose\nSee [the loop](../loops/gone.toml).\n",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let mut found = Vec::new();
    for (n, line) in subject.page().lines().enumerate() {
        for (at, _) in line.match_indices("](") {
            let target = line.get(at + 2..).and_then(|rest| rest.split(')').next()).unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let local = !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:");
            let known = |s: &Subject| {
                file.strip_suffix(".toml").or_else(|| file.strip_suffix(".md")) == Some(s.name.as_str())
            };
            if local && !known(subject) && !house.all.iter().any(known) {
                found.push(Hit::page(n + 1, format!("`{target}` is not there")));
            }
        }
    }
    found
}
