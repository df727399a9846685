//! FL004: the file name is no id.

use super::house::House;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;
use crate::call::LoopId;

pub(super) const RULE: Rule = Rule {
    id: "FL004",
    title: "the file name is no id",
    level: Level::Error,
    safety: false,
    what: "Files whose name is not lower-case letters, digits and dashes.",
    why: "The name becomes the id: a file name, a launchd label and a command argument. `loop list` does not see other names at all.",
    instead: "rename the files, as in `cert-watch.toml` and `cert-watch.md`",
    example: Example::Name("scan-filer", "Scan Filer"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    match LoopId::parse(&subject.name) {
        Ok(_) => Vec::new(),
        Err(e) => vec![subject.hit("", e.to_string())],
    }
}
