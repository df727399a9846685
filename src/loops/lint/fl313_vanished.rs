//! FL313: items that failed vanish.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::sources;
use crate::loops::spec::GatherError;

pub(super) const RULE: Rule = Rule {
    id: "FL313",
    title: "items that failed vanish",
    level: Level::Error,
    safety: false,
    what: r#"A gather with `on_error = "skip_item"` whose `errors.NAME` nothing looks at."#,
    why: "A run that read nothing at all would report success.",
    instead: "raise a [[finding]] for each of `errors.NAME`, or count them in a [[check]]",
    example: Example::Text(
        File::Definition,
        r#"for_each = "errors.words"
key      = "unreadable:{{ item.item.path }}""#,
        r#"for_each = "fresh"
key      = "unreadable:{{ item.path }}""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let looked = |name: &str| {
        sources(spec)
            .iter()
            .filter(|u| {
                u.path.starts_with("finding") || u.path.starts_with("check") || u.path.starts_with("let")
            })
            .any(|u| {
                let names = house.engine.names(u.source, u.expression).unwrap_or_default();
                names.iter().any(|n| {
                    n == "errors"
                        || n.strip_prefix("errors.").is_some_and(|n| n.split('.').next() == Some(name))
                })
            })
    };
    let skipping =
        spec.gather.iter().filter(|(name, g)| g.on_error == GatherError::SkipItem && !looked(name));
    skipping
        .map(|(name, _)| {
            subject.hit(
                &format!("gather.{name}.on_error"),
                format!("no finding or check looks at `errors.{name}`"),
            )
        })
        .collect()
}
