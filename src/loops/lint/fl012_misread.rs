//! FL012: a key is missing or has no meaning.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Form;
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL012",
    title: "a key is missing or has no meaning",
    level: Level::Error,
    safety: false,
    what: "A key that must be there and is not, or a value of a type or word that the format does not have.",
    why: "What does not read is refused, not guessed.",
    instead: "mend the line as the message says",
    example: Example::Text(
        File::Definition,
        r#"severity = "warn"
title    = "{{ item.item.name | clip(80) }} could"#,
        r#"severity = "loud"
title    = "{{ item.item.name | clip(80) }} could"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    match &subject.form {
        Form::Misread(line, why) if !why.starts_with("unknown field") => {
            vec![Hit { file: File::Definition, line: *line, message: why.clone() }]
        }
        Form::Misread(..)
        | Form::Missing
        | Form::NotToml(..)
        | Form::Foreign(_)
        | Form::NoSchedule(..)
        | Form::Read(_) => Vec::new(),
    }
}
