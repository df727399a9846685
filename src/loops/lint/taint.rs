//! Where text from outside goes: by name, from the step that fetched it to the arguments of others.
//!
//! It follows names, not values, and errs to the careful side: a tool that is not on the short list
//! below fetches what others wrote, and an argument that is not known to be plain text is a target.

use super::house::House;
use super::tokens::{Token, expressions, tokens};
use crate::loops::spec::Spec;
use std::collections::BTreeSet;

/// Tools whose results are what this machine says of itself, not what somebody wrote.
const OWN: &[&str] = &["files_list", "fleet_check", "git_status"];
/// Arguments that are text for people, wherever they go.
const PLAIN: &[&str] =
    &["content", "text", "subject", "body", "title", "message", "detail", "summary", "note", "json"];
/// Filters after which a text is one of a list, below a folder, or no longer a text.
const GUARDS: &[&str] =
    &["in_list", "under", "safe_name", "public_url", "own_address", "slug", "sha8", "length"];

/// Whether an argument chooses what is touched or reached.
pub fn is_target(argument: &str) -> bool {
    !PLAIN.contains(&argument)
}

/// Names of values that hold text from outside.
pub struct Taint {
    names: BTreeSet<String>,
}

impl Taint {
    /// Follows the names of `spec`.
    pub fn of(spec: &Spec, house: &House) -> Self {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (name, gather) in &spec.gather {
            // A tool that does not exist is refused by a rule of its own.
            let known = crate::tools::find(&gather.tool).is_some();
            if known && !OWN.contains(&gather.tool.as_str()) {
                names.extend([format!("gather.{name}"), format!("errors.{name}")]);
            }
        }
        let mut taint = Self { names };
        // Each round reaches at least one more value, so there are at most as many as values.
        for _ in 0..=spec.lets.len() + spec.state.len() {
            let lets = spec.lets.iter().filter(|(_, s)| taint.reaches(s, true, house));
            let mut more: Vec<String> = lets.map(|(name, _)| name.clone()).collect();
            // What is remembered comes back in the next run.
            for commit in &spec.commit {
                let with = taint.with_item(Some(&commit.for_each), house);
                if [&commit.key, &commit.value].into_iter().any(|s| with.reaches(s, false, house)) {
                    more.push(format!("state.{}", commit.state));
                }
            }
            taint.names.extend(more);
        }
        taint
    }

    /// Whether text from outside comes out of a source; `item` is a name like the others.
    pub fn reaches(&self, source: &str, is_expression: bool, house: &House) -> bool {
        let whole = || house.engine.names(source, is_expression).is_ok_and(|names| self.any(&names));
        if !is_expression && source.contains("{%") {
            return whole();
        }
        expressions(source, is_expression).into_iter().any(|expression| {
            match house.engine.names(expression.trim(), true) {
                Ok(names) => {
                    let names = house.engine.names(&without_choices(expression), true).unwrap_or(names);
                    self.any(&names) && !guarded(expression)
                }
                // Taken apart wrongly, as braces inside a text are.
                Err(_) => whole(),
            }
        })
    }

    fn any(&self, names: &BTreeSet<String>) -> bool {
        names.iter().any(|name| self.holds(name))
    }

    /// The same with `item` out of the list `for_each`.
    pub fn with_item(&self, for_each: Option<&str>, house: &House) -> Self {
        let mut names = self.names.clone();
        if for_each.is_some_and(|list| self.reaches(list, true, house)) {
            names.insert("item".into());
        }
        Self { names }
    }

    /// `gather.page.text` is what `gather.page` is; `gather` alone is all of them.
    fn holds(&self, name: &str) -> bool {
        self.names.iter().any(|tainted| {
            let below = |of: &str, part: &str| {
                part.strip_prefix(of).is_some_and(|r| r.is_empty() || r.starts_with('.'))
            };
            below(tainted, name) || below(name, tainted)
        })
    }
}

/// The expression without the arguments of filters that only choose rows: they add no text.
fn without_choices(expression: &str) -> String {
    let mut text = String::new();
    // How deep the arguments are that are left out.
    let (mut before, mut out) = (None, 0_usize);
    for token in tokens(expression) {
        let choosing = matches!(before, Some(Token::Word("select" | "reject" | "selectattr" | "rejectattr")));
        before = Some(token);
        match token {
            Token::Sign("(") if out > 0 || choosing => out += 1,
            Token::Sign(")") if out > 0 => out -= 1,
            _ if out > 0 => {}
            Token::Text(inner) if inner.contains('\'') => text.push_str(&format!(" \"{inner}\"")),
            Token::Text(inner) => text.push_str(&format!(" '{inner}'")),
            Token::Word(word) | Token::Number(word) | Token::Sign(word) => text.push_str(&format!(" {word}")),
        }
    }
    text
}

/// A value and the filters it goes through, each with its arguments.
type Chain<'a> = Vec<(&'a str, &'a [Token<'a>])>;

/// Filters that pick out of a list and add nothing to it.
const PICK: &[&str] = &["list", "first", "last", "sort", "unique", "reverse"];

/// Whether what comes out is one of a list the owner wrote, or no text. The guard must hold for all of
/// the expression, and nothing may be added behind it.
fn guarded(expression: &str) -> bool {
    let tokens = tokens(expression);
    if compared(&tokens) {
        return true;
    }
    let Some(filters) = chain(&tokens) else { return false };
    let guard = match filters.last() {
        Some(("map", [Token::Text(name)])) | Some((name, _)) => GUARDS.contains(name),
        None => false,
    };
    guard || offered(&filters)
}

/// Whether the expression is one comparison: true or false comes out.
fn compared(tokens: &[Token<'_>]) -> bool {
    let (mut depth, mut one, mut found) = (0_usize, true, false);
    for token in tokens {
        match *token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Sign("==" | "!=" | "<" | ">" | "<=" | ">=") => found = true,
            Token::Sign("|") | Token::Text(_) | Token::Number(_) => {}
            Token::Sign(_) | Token::Word("if" | "else" | "or" | "and") => one = false,
            Token::Word(_) => {}
        }
    }
    one && found
}

/// The filters of an expression that is one value through filters, and nothing else.
fn chain<'a>(tokens: &'a [Token<'a>]) -> Option<Chain<'a>> {
    let mut parts: Vec<&[Token<'_>]> = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            Token::Sign("|") => {
                parts.push(tokens.get(from..at)?);
                from = at + 1;
            }
            Token::Sign(_) | Token::Word("if" | "else" | "or" | "and" | "not" | "in" | "is") => return None,
            Token::Word(_) | Token::Text(_) | Token::Number(_) => {}
        }
    }
    parts.push(tokens.get(from..)?);
    let filter = |part: &&'a [Token<'a>]| match **part {
        [Token::Word(name)] => Some((name, &[][..])),
        [Token::Word(name), Token::Sign("("), ref args @ .., Token::Sign(")")] => Some((name, args)),
        _ => None,
    };
    parts.iter().skip(1).map(filter).collect()
}

/// `selectattr('x', 'in', config.y) | map(attribute='x')`, `select('in', config.y)`: chosen among
/// what the owner wrote. The other members of such a row are not.
fn offered(filters: &[(&str, &[Token<'_>])]) -> bool {
    let own = |name: &str| name.starts_with("config.");
    let picks =
        |rest: &[(&str, &[Token<'_>])]| rest.iter().all(|(f, args)| PICK.contains(f) && args.is_empty());
    filters.iter().enumerate().any(|(at, filter)| {
        let rest = filters.get(at + 1..).unwrap_or_default();
        match *filter {
            ("select", [Token::Text("in"), Token::Sign(","), Token::Word(list)]) => own(list) && picks(rest),
            (
                "selectattr",
                [Token::Text(chosen), Token::Sign(","), Token::Text("in"), Token::Sign(","), Token::Word(list)],
            ) if own(list) => {
                let taken = |(f, args): &(&str, &[Token<'_>])| {
                    *f == "map"
                        && matches!(*args, [Token::Word("attribute"), Token::Sign("="), Token::Text(t)] if t == chosen)
                };
                let at = rest.iter().position(taken);
                let around = |at: usize| (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
                at.map(around).is_some_and(|(before, after)| picks(before) && picks(after))
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_must_hold_for_all_of_the_expression() {
        for (expression, is) in [
            ("item.from", false),
            ("item.from | sha8", true),
            ("item.from ~ (x | sha8)", false),
            ("item.from if x | length", false),
            ("item.from or x == 1", false),
            ("item.from == 'a'", true),
            ("(item.from ~ x) | sha8", true),
            ("item.from | clip(9)", false),
            ("rows | selectattr('to', 'in', config.people) | list", false),
            ("rows | selectattr('to', 'in', config.people) | map(attribute='to') | first", true),
            ("rows | selectattr('to', 'in', config.people) | map(attribute='from') | first", false),
            ("names | select('in', config.people) | first", true),
            ("names | select('in', gather.page.names) | first", false),
            ("names | select('in', config.people) | join(item.from)", false),
            ("item.from | replace('a', x | length)", false),
            ("item.from | replace('a', names | select('in', config.people) | first)", false),
            ("rows | selectattr('to', 'in', config.people) | list | map(attribute='to') | list", true),
            ("names | map('sha8') | list", false),
            ("names | map('sha8')", true),
            ("item.from | sha8 ~ item.to", false),
            ("item.from not in config.people", false),
        ] {
            assert_eq!(guarded(expression), is, "{expression}");
        }
    }

    #[test]
    fn what_only_chooses_adds_no_text() {
        let house = House::with(Vec::new());
        let taint = Taint { names: ["gather.page".to_owned()].into() };
        for (source, is) in [
            ("config.rows | selectattr('id', 'in', gather.page.ids | list) | list", false),
            (
                "config.rows | rejectattr('id', 'eq', (gather.page.ids)) | map(attribute='to') | join(gather.page.x)",
                true,
            ),
            ("select(gather.page.x)", false),
            ("gather.page.ids | select('eq', 1) | list", true),
            ("config.rows | select('in', ['(', gather.page.x]) | list ~ gather.page.y", true),
            ("'it\\'s' ~ gather.page.x", true),
        ] {
            assert_eq!(taint.reaches(source, true, &house), is, "{source}");
        }
    }

    #[test]
    fn braces_in_a_text_and_blocks_hide_nothing() {
        let house = House::with(Vec::new());
        let taint = Taint { names: ["item".to_owned()].into() };
        for (source, is) in [
            ("{{ item.from }}", true),
            ("{{ '}}' ~ item.from }}", true),
            ("{% for i in item.list %}{{ i }}{% endfor %}", true),
            ("{{ items.from }}", false),
            ("item", false),
        ] {
            assert_eq!(taint.reaches(source, false, &house), is, "{source}");
        }
    }
}
