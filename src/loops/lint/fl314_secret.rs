//! FL314: a secret in a file.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::state::Redactor;

pub(super) const RULE: Rule = Rule {
    id: "FL314",
    title: "a secret in a file",
    level: Level::Error,
    safety: true,
    what: "A text in the definition or the runbook that looks like a password, a key, a token or the address of a webhook.",
    why: "Both files are copied, shown and put on record.",
    instead: "name an account or a secret; its value lives in the secret store",
    example: Example::Text(
        File::Definition,
        r#"why  = "the list of what was filed""#,
        r#"why  = "key AKIAABCDEFGHIJKLMNOP""#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let redactor = Redactor::default();
    let mut found = Vec::new();
    let lines = |text: Option<&str>| -> Vec<usize> {
        let lines = text.unwrap_or_default().lines().enumerate();
        lines.filter(|(_, line)| redactor.finds(line)).map(|(n, _)| n + 1).collect()
    };
    let message = "something here looks like a secret";
    let definition = lines(subject.definition.text());
    found.extend(definition.into_iter().map(|line| Hit {
        file: File::Definition,
        line,
        message: message.into(),
    }));
    found.extend(lines(Some(subject.page())).into_iter().map(|line| Hit::page(line, message)));
    found
}
