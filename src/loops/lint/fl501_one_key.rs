//! FL501: one key for all items.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL501",
    title: "one key for all items",
    level: Level::Error,
    safety: false,
    what: "A finding with `for_each` whose key does not name the item.",
    why: "A hundred things are one alert, and the hundred and first is none.",
    instead: "put what names the thing into the key, as in `cert:{{ item.host }}`",
    example: Example::Text(
        File::Definition,
        r#"key      = "stuck:{{ item.item.path }}""#,
        r#"key      = "stuck""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let named = |source: &str| {
        let names = house.engine.names(source, false).unwrap_or_default();
        names.iter().any(|n| n.split('.').next() == Some("item"))
    };
    let bad = spec.finding.iter().enumerate().filter(|(_, f)| f.for_each.is_some() && !named(&f.key));
    bad.map(|(n, f)| {
        subject.hit(&format!("finding.{n}.key"), format!("finding `{}` has one key for all its items", f.id))
    })
    .collect()
}
