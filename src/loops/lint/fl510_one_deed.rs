//! FL510: one deed for all items.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL510",
    title: "one deed for all items",
    level: Level::Error,
    safety: false,
    what: "An act with `for_each` whose `dedupe` does not name the item.",
    why: "The first item is done; for the others it counts as done before, for a month.",
    instead: "put what names the thing into `dedupe`, or leave it out: tool and arguments are then the name",
    example: Example::Text(
        File::Definition,
        r#"dedupe   = "{{ item.path }}:{{ item.mtime }}""#,
        r#"dedupe   = "file""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let named = |source: &str| {
        let names = house.engine.names(source, false).unwrap_or_default();
        names.iter().any(|n| n.split('.').next() == Some("item"))
    };
    let bad =
        spec.act.iter().enumerate().filter(|(_, a)| {
            a.for_each.is_some() && a.dedupe.as_deref().is_some_and(|source| !named(source))
        });
    bad.map(|(n, a)| {
        subject.hit(&format!("act.{n}.dedupe"), format!("act `{}` has one name for all its deeds", a.id))
    })
    .collect()
}
