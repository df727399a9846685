//! FL311: a default invents a target.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::taint::is_target;
use super::tokens::{expressions, named};
use crate::loops::names::strings;

pub(super) const RULE: Rule = Rule {
    id: "FL311",
    title: "a default invents a target",
    level: Level::Warning,
    safety: false,
    what: "A `default('…')` in an argument that says what is touched or reached.",
    why: "Where the value is missing, the call goes somewhere that nobody chose.",
    instead: "leave the default out: what is missing then stops the plan",
    example: Example::Text(
        File::Definition,
        r#"args = { path = "{{ config.folder }}", glob"#,
        r#"args = { path = "{{ config.folder | default('/tmp') }}", glob"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let gathers = spec.gather.iter().map(|(n, g)| (format!("gather.{n}"), &g.args));
    let acts = spec.act.iter().enumerate().map(|(n, a)| (format!("act.{n}"), &a.args));
    let mut found = Vec::new();
    for (path, args) in gathers.chain(acts) {
        for (at, source) in strings(args) {
            let argument = at.trim_start_matches('.').split('.').next().unwrap_or_default();
            let defaults = expressions(source, false)
                .into_iter()
                .any(|e| named(e).0.iter().any(|f| ["default", "d"].contains(f)));
            if defaults && is_target(argument) {
                found.push(subject.hit(
                    &format!("{path}.args{at}"),
                    format!("`{argument}` falls back on a default: {}", shown(source)),
                ));
            }
        }
    }
    found
}
