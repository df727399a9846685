//! FL509: a setting that nobody can set.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL509",
    title: "a setting that nobody can set",
    level: Level::Error,
    safety: false,
    what: "A setting whose `about` says nothing, that is required without an `example`, or required with a default.",
    why: "A loop that is not set up must say how to set it up; a default makes the demand empty.",
    instead: "write `about` as what the owner decides there, and give an example that can be copied",
    example: Example::Text(
        File::Definition,
        r#"about    = "The folder that the scanner writes to"
example  = "~/Scans""#,
        r#"about    = "The folder that the scanner writes to""#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, setting) in &spec.config {
        let mut hit = |key: &str, why: &str| {
            found.push(subject.hit(&format!("config.{name}.{key}"), format!("setting `{name}` {why}")));
        };
        if setting.about.split_whitespace().count() < 2 {
            hit("about", "is not explained");
        }
        if setting.required && setting.example.is_none() {
            hit("required", "is required, and shows no example");
        }
        if setting.required && setting.default.is_some() {
            hit("default", "is required, and has a default");
        }
    }
    found
}
