//! FL001: the file is no TOML.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Form;
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL001",
    title: "the file is no TOML",
    level: Level::Error,
    safety: false,
    what: "A definition that is not UTF-8 text of at most 256 KiB in TOML, or that says the same key or table twice.",
    why: "A loop that does not load is a loop that silently stopped.",
    instead: "mend the line; TOML takes each key and each `[table]` once",
    example: Example::Text(
        File::Definition,
        "[let]\n",
        r#"[gather.here]
tool = "files_list"

[let]
"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    match &subject.form {
        Form::NotToml(line, why) => vec![Hit { file: File::Definition, line: *line, message: why.clone() }],
        Form::Missing | Form::Misread(..) | Form::Foreign(_) | Form::NoSchedule(..) | Form::Read(_) => {
            Vec::new()
        }
    }
}
