//! FL903: a waiver for a safety rule.

use super::RULES;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL903",
    title: "a waiver for a safety rule",
    level: Level::Error,
    safety: true,
    what: "A waiver for a rule that takes none.",
    why: "A safety rule that can be talked out of is none.",
    instead: "mend what the rule finds",
    example: Example::Text(
        File::Definition,
        "format   = 1\n",
        "# fl: allow FL307 because the sender is known until 2099-01-01\nformat   = 1\n",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let bad = subject.waivers.iter().filter(|w| RULES.iter().any(|r| r.id == w.rule && r.safety));
    bad.map(|w| Hit { file: File::Definition, line: w.line, message: format!("{} is a safety rule", w.rule) })
        .collect()
}
