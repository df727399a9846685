//! FL307: text from outside chooses the target.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::taint::{Taint, is_target};
use crate::loops::names::strings;

pub(super) const RULE: Rule = Rule {
    id: "FL307",
    title: "text from outside chooses the target",
    level: Level::Error,
    safety: true,
    what: "Text that somebody else wrote (of a mail, a page, a file) in an argument that says what is touched or reached: a path, an address, a recipient, a command.",
    why: "Who wrote the text would choose the target. The gate would ask at most; it cannot know whose choice it was.",
    instead: "let it choose among what the owner wrote, as in `selectattr('to', 'in', config.people) | map(attribute='to')`; in content and text it may stand",
    example: Example::Text(
        File::Definition,
        r#"path = "{{ config.folder }}/filed/list.txt""#,
        r#"path = "{{ config.folder }}/{{ known | map(attribute='content') | first }}""#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let taint = Taint::of(spec, house);
    let gathers = spec.gather.iter().map(|(n, g)| {
        (format!("gather.{n}"), format!("[gather.{n}]"), &g.tool, &g.args, g.for_each.as_deref())
    });
    let acts = spec.act.iter().enumerate().map(|(n, a)| {
        (format!("act.{n}"), format!("act `{}`", a.id), &a.tool, &a.args, a.for_each.as_deref())
    });
    let mut found = Vec::new();
    for (path, place, tool, args, for_each) in gathers.chain(acts) {
        let taint = taint.with_item(for_each, house);
        for (at, source) in strings(args) {
            let argument = at.trim_start_matches('.').split('.').next().unwrap_or_default();
            if is_target(argument) && taint.reaches(source, false, house) {
                let message = format!(
                    "{place}: text from outside reaches `{argument}` of {tool} by way of {}",
                    shown(source)
                );
                found.push(subject.hit(&format!("{path}.args{at}"), message));
            }
        }
    }
    found
}
