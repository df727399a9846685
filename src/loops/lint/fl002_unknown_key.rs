//! FL002: a key that is not known.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Form;
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL002",
    title: "a key that is not known",
    level: Level::Error,
    safety: false,
    what: "A key or table that the format does not have.",
    why: "A misspelt key is a setting that is not there: the loop runs with the default instead.",
    instead: "write one of the keys that the message lists",
    example: Example::Text(File::Definition, r#"on_error = "skip_item""#, r#"on_eror = "skip_item""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    match &subject.form {
        Form::Misread(line, why) if why.starts_with("unknown field") => {
            vec![Hit { file: File::Definition, line: *line, message: why.clone() }]
        }
        // The schedule is read by itself, after the rest.
        Form::NoSchedule(why, _) if why.contains("unknown field") => {
            vec![subject.hit("schedule", why.clone())]
        }
        Form::Misread(..)
        | Form::Missing
        | Form::NotToml(..)
        | Form::Foreign(_)
        | Form::NoSchedule(..)
        | Form::Read(_) => Vec::new(),
    }
}
