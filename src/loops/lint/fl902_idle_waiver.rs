//! FL902: a waiver that excuses nothing.

use super::RULES;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::waiver::Waiver;

pub(super) const RULE: Rule = Rule {
    id: "FL902",
    title: "a waiver that excuses nothing",
    level: Level::Warning,
    safety: false,
    what: "A waiver for a rule that finds nothing where the waiver counts.",
    why: "It would hide the next real hit.",
    instead: "remove it",
    example: Example::Text(
        File::Definition,
        "format   = 1\n",
        "# fl: allow FL103 because the night is quiet here until 2099-01-01\nformat   = 1\n",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let idle = |w: &&Waiver| {
        let rule = RULES.iter().find(|r| r.id == w.rule && !r.safety && r.id != RULE.id);
        w.whole() && rule.is_some_and(|r| !(r.find)(subject, house).iter().any(|hit| w.covers(hit)))
    };
    let idle = subject.waivers.iter().filter(idle);
    idle.map(|w| Hit {
        file: File::Definition,
        line: w.line,
        message: format!("{} finds nothing here", w.rule),
    })
    .collect()
}
