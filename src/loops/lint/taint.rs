//! Where text from outside goes: by name, from the step that fetched it to the arguments of others.
//!
//! It follows names, not values, and errs to the careful side: a tool that is not on the short list
//! below fetches what others wrote, and an argument that is not known to be plain text is a target.

use super::house::House;
use super::tokens::{Token, expressions, named, tokens};
use crate::loops::spec::Spec;
use std::collections::BTreeSet;

/// Tools whose results are what this machine says of itself, not what somebody wrote.
const OWN: &[&str] = &["files_list", "git_status"];
/// Arguments that are text for people, wherever they go.
const PLAIN: &[&str] =
    &["content", "text", "subject", "body", "title", "message", "detail", "summary", "note", "stdin", "json"];
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
            if !OWN.contains(&gather.tool.as_str()) {
                names.extend([format!("gather.{name}"), format!("errors.{name}")]);
            }
        }
        let mut taint = Self { names };
        // Each round reaches at least one more value, so there are at most as many as values.
        for _ in 0..=spec.lets.len() {
            let more: Vec<_> = spec.lets.iter().filter(|(_, s)| taint.reaches(s, true, house)).collect();
            taint.names.extend(more.into_iter().map(|(name, _)| name.clone()));
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
                Ok(names) => self.any(&names) && !guarded(expression),
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

/// Whether what comes out is one of a list the loop offers, or no text: the guard must hold for all
/// of the expression, not for its last part.
fn guarded(expression: &str) -> bool {
    let tokens = tokens(expression);
    let (filters, _) = named(expression);
    let (one_chain, compared) = shape(&tokens);
    one_chain && (filters.last().is_some_and(|f| GUARDS.contains(f)) || compared || offered(&tokens))
}

/// Whether the expression is one value through filters, and whether it is a comparison of two.
fn shape(tokens: &[Token<'_>]) -> (bool, bool) {
    let (mut depth, mut one_chain, mut compared) = (0_usize, true, false);
    for token in tokens {
        match *token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Sign("==" | "!=" | "<" | ">" | "<=" | ">=") => compared = true,
            Token::Sign("|") | Token::Text(_) | Token::Number(_) => {}
            Token::Sign(_) | Token::Word("if" | "else" | "or" | "and") => one_chain = false,
            Token::Word(_) => {}
        }
    }
    (one_chain, compared)
}

/// `selectattr('x', 'in', config.y) | map(attribute='x')`, `select('in', config.y)`: chosen among
/// what the owner wrote. The other members of such a row are not.
fn offered(tokens: &[Token<'_>]) -> bool {
    let own =
        |token: Option<&Token<'_>>| matches!(token, Some(Token::Word(name)) if name.starts_with("config."));
    tokens.iter().enumerate().any(|(at, token)| {
        let after = |n: usize| tokens.get(at + n);
        match token {
            Token::Word("select") => after(2) == Some(&Token::Text("in")) && own(after(4)),
            Token::Word("selectattr") if after(4) == Some(&Token::Text("in")) && own(after(6)) => {
                let Some(Token::Text(chosen)) = after(2) else { return false };
                let taken = [
                    Token::Word("map"),
                    Token::Sign("("),
                    Token::Word("attribute"),
                    Token::Sign("="),
                    Token::Text(chosen),
                ];
                tokens.windows(taken.len()).any(|w| w == taken)
            }
            Token::Word(_) | Token::Text(_) | Token::Number(_) | Token::Sign(_) => false,
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
        ] {
            assert_eq!(guarded(expression), is, "{expression}");
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
