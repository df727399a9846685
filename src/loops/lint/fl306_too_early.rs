//! FL306: a result before the act.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::{Used, sources};

pub(super) const RULE: Rule = Rule {
    id: "FL306",
    title: "a result before the act",
    level: Level::Error,
    safety: false,
    what: "A look at `acts` in a gather, [let], act, or finding of the plan.",
    why: r#"The plan is fixed before anything is done; only findings with `stage = "after"`, checks, commits and the summary come later."#,
    instead: r#"set `stage = "after"`, or move it to a [[check]]"#,
    example: Example::Text(
        File::Definition,
        r#"stage    = "after"
"#,
        "",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let early = |used: &Used<'_>| {
        let names = house.engine.names(used.source, used.expression).unwrap_or_default();
        !used.acts && names.iter().any(|n| n.split('.').next() == Some("acts"))
    };
    let bad = sources(spec).into_iter().filter(early);
    bad.map(|u| subject.hit(&u.path, format!("{}: there are no results yet", u.place))).collect()
}
