//! FL301: an expression that does not read.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::tokens::{expressions, named};
use crate::loops::names::{Used, sources};

pub(super) const RULE: Rule = Rule {
    id: "FL301",
    title: "an expression that does not read",
    level: Level::Error,
    safety: false,
    what: "A template or expression with a mistake in it, or with a filter or test that does not exist.",
    why: "The template engine looks a filter up only when it gets there, so a slip in a rare branch waits for months.",
    instead: "mend the expression; fleet-loops(5) lists the filters",
    example: Example::Text(
        File::Definition,
        "item.item.name | clip(80) }} was",
        "item.item.name | clp(80) }} was",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut found = Vec::new();
    // Braces in an expression have a page of their own.
    let braced = |used: &Used<'_>| used.expression && used.source.contains("{{");
    for used in sources(spec).into_iter().filter(|used| !braced(used)) {
        if let Err(why) = house.engine.names(used.source, used.expression) {
            found.push(subject.hit(&used.path, format!("{}: {why}", used.place)));
            continue;
        }
        for expression in expressions(used.source, used.expression) {
            let (filters, tests) = named(expression);
            let filters = filters.into_iter().filter(|f| !house.engine.has_filter(f)).map(|f| ("filter", f));
            let tests = tests.into_iter().filter(|t| !house.engine.has_test(t)).map(|t| ("test", t));
            found.extend(filters.chain(tests).map(|(kind, name)| {
                subject.hit(&used.path, format!("{}: there is no {kind} `{name}`", used.place))
            }));
        }
    }
    found
}
