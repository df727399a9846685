//! FL316: a key that is new in every run.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::tokens::{expressions, named};
use crate::loops::names::sources;

pub(super) const RULE: Rule = Rule {
    id: "FL316",
    title: "a key that is new in every run",
    level: Level::Error,
    safety: false,
    what: "A `key` of a finding, or a `dedupe` of an act, with the run, the day or a count in it.",
    why: "Each run then finds a new thing, tells of it, or does it once more.",
    instead: "name the thing and the step, as in `cert:{{ item.host }}`",
    example: Example::Text(
        File::Definition,
        r#"key      = "stuck:{{ item.item.path }}""#,
        r#"key      = "stuck:{{ item.item.path }}:{{ run.id }}""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut found = Vec::new();
    for used in sources(spec) {
        let key = used.path.starts_with("finding") && used.path.ends_with(".key");
        if !key && !used.path.ends_with(".dedupe") {
            continue;
        }
        let names = house.engine.names(used.source, used.expression).unwrap_or_default();
        let changing = |n: &&String| {
            n.starts_with("run.")
                || *n == "run"
                || CHANGING.iter().any(|end| n.rsplit('.').next() == Some(end))
        };
        let counts = expressions(used.source, false)
            .into_iter()
            .any(|e| named(e).0.iter().any(|f| ["length", "count", "sum"].contains(f)));
        let what = names.iter().find(changing).map(String::as_str).or(counts.then_some("a count"));
        found.extend(what.map(|what| {
            subject.hit(&used.path, format!("{}: `{what}` is another in every run", used.place))
        }));
    }
    found
}

/// Members that count days or things.
const CHANGING: &[&str] = &["days_left", "age", "age_days", "age_hours", "days", "now", "today", "count"];
