//! FL010: a format of another time.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Form;
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL010",
    title: "a format of another time",
    level: Level::Error,
    safety: false,
    what: "A `format` that this fleet does not know.",
    why: "What is not understood is refused, not guessed.",
    instead: "write `format = 1`, or use the fleet that the loop was written for",
    example: Example::Text(File::Definition, "format   = 1", "format   = 2"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    match &subject.form {
        Form::Foreign(format) => vec![subject.hit("format", format!("format {format} is not 1"))],
        Form::Missing | Form::NotToml(..) | Form::Misread(..) | Form::NoSchedule(..) | Form::Read(_) => {
            Vec::new()
        }
    }
}
