//! FL508: a check that cannot fail.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL508",
    title: "a check that cannot fail",
    level: Level::Error,
    safety: false,
    what: "A check that is true whatever happened: a constant, a length of at least zero, a value compared with itself.",
    why: "It is a green light painted on.",
    instead: "check what would be different if the work had not been done",
    example: Example::Text(
        File::Definition,
        r#"expr = "acts.file | selectattr('status', 'eq', 'failed') | list | length == 0""#,
        r#"expr = "acts.file | length >= 0""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let constant = |source: &str| house.engine.names(source, true).is_ok_and(|names| names.is_empty());
    let at_least_zero = |source: &str| {
        source.ends_with("length>=0") || source.ends_with("count>=0") || source.ends_with("length>-1")
    };
    let same = |source: &str| source.split_once("==").is_some_and(|(a, b)| a == b);
    let bad = spec.check.iter().enumerate().filter(|(_, c)| {
        let tight: String = c.expr.split_whitespace().collect();
        constant(&c.expr) || at_least_zero(&tight) || same(&tight)
    });
    bad.map(|(n, c)| subject.hit(&format!("check.{n}.expr"), format!("{} is always true", shown(&c.expr))))
        .collect()
}
