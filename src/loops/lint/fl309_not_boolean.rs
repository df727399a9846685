//! FL309: a condition that is not true or false.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use super::tokens::{Token, tokens};
use crate::loops::names::sources;
use crate::loops::spec::{Kind, Spec};

pub(super) const RULE: Rule = Rule {
    id: "FL309",
    title: "a condition that is not true or false",
    level: Level::Error,
    safety: false,
    what: "A `when` or `expr` that gives a list, a number or a text.",
    why: r#"Whoever reads it thinks of "is there any"; the run fails when it gets there, since only true and false are taken."#,
    instead: "compare it, as in `due | length > 0`",
    example: Example::Text(File::Definition, r#"when = "known | length > 0""#, r#"when = "known""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let condition = |path: &str| path.ends_with(".when") || path.ends_with(".expr");
    let bad = sources(spec)
        .into_iter()
        .filter(|u| u.expression && condition(&u.path) && !can_be_bool(u.source, spec, 0));
    bad.map(|u| subject.hit(&u.path, format!("{}: {} is neither true nor false", u.place, shown(u.source))))
        .collect()
}

/// Filters whose result is a list, a number or a text.
const VALUES: &[&str] = &[
    "list",
    "length",
    "count",
    "map",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "sort",
    "unique",
    "join",
    "sum",
    "clip",
    "sha8",
    "flatten",
    "settled",
    "by_extension",
    "clashing",
    "upper",
    "lower",
    "trim",
    "int",
    "float",
    "string",
];

/// Whether an expression can be true or false, as far as its outermost part tells.
fn can_be_bool(source: &str, spec: &Spec, deep: usize) -> bool {
    let (mut depth, mut last_filter, mut outer) = (0_usize, None, Vec::new());
    let tokens = tokens(source);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            Token::Sign("(" | "[" | "{") => {
                if depth == 0 {
                    outer.push(*token);
                }
                depth += 1;
            }
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Sign("==" | "!=" | "<" | ">" | "<=" | ">=")
            | Token::Word("not" | "in" | "is" | "and" | "or" | "if" | "true" | "false" | "True" | "False") => {
                return true;
            }
            Token::Sign("|") => last_filter = tokens.get(at + 1),
            Token::Word(_) | Token::Text(_) | Token::Number(_) | Token::Sign(_) => outer.push(*token),
        }
    }
    if let Some(Token::Word(filter)) = last_filter {
        return !VALUES.contains(filter);
    }
    match outer.as_slice() {
        [Token::Word(name)] => match (spec.lets.get(*name), name.strip_prefix("config.")) {
            (Some(value), _) if deep < 8 => can_be_bool(value, spec, deep + 1),
            (None, Some(setting)) => spec.config.get(setting).is_none_or(|s| s.kind == Kind::Bool),
            (Some(_), _) => true,
            (None, None) => {
                !["gather", "errors", "acts", "state", "config"]
                    .contains(&name.split('.').next().unwrap_or_default())
                    || name.split('.').count() > 2
            }
        },
        // In brackets anything can stand; a list cannot be true.
        [Token::Sign("("), ..] => true,
        [Token::Sign("[" | "{"), ..] | [Token::Text(_) | Token::Number(_), ..] => false,
        _ => true,
    }
}
