//! FL302: braces in a bare expression.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::sources;

pub(super) const RULE: Rule = Rule {
    id: "FL302",
    title: "braces in a bare expression",
    level: Level::Error,
    safety: false,
    what: "Braces in `for_each`, `when`, `expr` or [let], which are expressions already.",
    why: "With braces they are a constant, or do not read at all.",
    instead: "take the braces away",
    example: Example::Text(
        File::Definition,
        r#"when     = "item.size > 0""#,
        r#"when     = "'{{ item.size }}' > '0'""#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let braced = |source: &str| ["{{", "}}", "{%", "%}"].iter().any(|b| source.contains(b));
    let bad = sources(spec).into_iter().filter(|u| u.expression && braced(u.source));
    bad.map(|u| {
        subject.hit(&u.path, format!("{}: {} is an expression, not a template", u.place, shown(u.source)))
    })
    .collect()
}
