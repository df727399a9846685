//! FL317: a slice hides its source.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::tokens::{Token, expressions, tokens};
use crate::loops::names::sources;

pub(super) const RULE: Rule = Rule {
    id: "FL317",
    title: "a slice hides its source",
    level: Level::Error,
    safety: true,
    what: "A slice such as `top[:3]`.",
    why: "Measured (minijinja 3.0.5): names in front of a slice are not seen, so neither order nor text from outside can be followed.",
    instead: "use `| batch`, `| first`, or a limit of the step that gathers",
    example: Example::Text(File::Definition, r#"for_each = "acts.file""#, r#"for_each = "acts.file[:3]""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let sliced = |source: &str| {
        let mut open = Vec::new();
        for token in tokens(source) {
            match token {
                Token::Sign(sign @ ("(" | "[" | "{")) => open.push(sign),
                Token::Sign(")" | "]" | "}") => {
                    let _ = open.pop();
                }
                Token::Sign(":") if open.last() == Some(&"[") => return true,
                Token::Sign(_) | Token::Word(_) | Token::Text(_) | Token::Number(_) => {}
            }
        }
        false
    };
    let bad =
        sources(spec).into_iter().filter(|u| expressions(u.source, u.expression).into_iter().any(sliced));
    bad.map(|u| subject.hit(&u.path, format!("{}: {} is a slice", u.place, shown(u.source)))).collect()
}
