//! Expressions as words and signs: enough to see which filters they name and what they compare.

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A name, with its members: `item.path`.
    Word(&'a str),
    /// A text, without its quotes.
    Text(&'a str),
    /// A number.
    Number(&'a str),
    /// Anything else.
    Sign(&'a str),
}

/// The tokens of an expression.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let token = if first.is_whitespace() {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        } else if first == '\'' || first == '"' {
            let inner = rest.get(1..).unwrap_or_default();
            let end = closing(inner, first);
            rest = inner.get(end + 1..).unwrap_or_default();
            found.push(Token::Text(inner.get(..end).unwrap_or(inner)));
            continue;
        } else if first.is_alphabetic() || first == '_' {
            (Token::Word as fn(_) -> _, span(rest, |c| c.is_alphanumeric() || c == '_' || c == '.'))
        } else if first.is_ascii_digit() {
            (Token::Number as fn(_) -> _, span(rest, |c| c.is_ascii_digit() || c == '.'))
        } else {
            let two = rest.get(..2).filter(|two| ["==", "!=", "<=", ">=", "//"].contains(two));
            (Token::Sign as fn(_) -> _, two.map_or(first.len_utf8(), str::len))
        };
        let (text, after) = rest.split_at_checked(token.1.max(1)).unwrap_or((rest, ""));
        found.push((token.0)(text));
        rest = after;
    }
    found
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|(_, c)| !belongs(*c)).map_or(text.len(), |(at, _)| at)
}

fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

/// The expressions of a source: itself, or what stands in its braces.
pub fn expressions(source: &str, is_expression: bool) -> Vec<&str> {
    if is_expression {
        return vec![source];
    }
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min() {
        let inner = rest.get(at + 2..).unwrap_or_default();
        let end = [inner.find("}}"), inner.find("%}")].into_iter().flatten().min().unwrap_or(inner.len());
        found.push(inner.get(..end).unwrap_or_default());
        rest = inner.get(end + 2..).unwrap_or_default();
    }
    found
}

/// Filters of an expression in their order, and tests.
pub fn named(expression: &str) -> (Vec<&str>, Vec<&str>) {
    let tokens = tokens(expression);
    let (mut filters, mut tests) = (Vec::new(), Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        let after = |n: usize| tokens.get(at + n).copied();
        match (token, after(1), after(2)) {
            (Token::Sign("|"), Some(Token::Word(name)), _) => filters.push(name),
            (Token::Word("is"), Some(Token::Word("not")), Some(Token::Word(name)))
            | (Token::Word("is"), Some(Token::Word(name)), _) => tests.push(name),
            (Token::Word("selectattr" | "rejectattr"), ..) => {
                if let (Some(Token::Sign(",")), Some(Token::Text(name))) = (after(3), after(4)) {
                    tests.push(name);
                }
            }
            (Token::Word("select" | "reject"), Some(Token::Sign("(")), Some(Token::Text(name))) => {
                tests.push(name)
            }
            (Token::Word("map"), Some(Token::Sign("(")), Some(Token::Text(name))) => filters.push(name),
            _ => {}
        }
    }
    (filters, tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_tests_are_found_and_texts_are_not_words() {
        let source = "a.b | selectattr('x y', 'gt', 1) | map('trim') | join(\"| nope\") if c is not defined";
        assert_eq!(named(source), (vec!["selectattr", "map", "trim", "join"], vec!["gt", "defined"]));
    }

    #[test]
    fn braces_are_taken_apart_and_nothing_is_lost_at_the_ends() {
        assert_eq!(
            expressions("x {{ a }} {% if b %}y{% endif %}{{ c", false),
            [" a ", " if b ", " endif ", " c"]
        );
        assert_eq!(expressions("{{ a }}", true), ["{{ a }}"]);
        assert_eq!(
            tokens("'a\\'b' 1.5<=é|"),
            [
                Token::Text("a\\'b"),
                Token::Number("1.5"),
                Token::Sign("<="),
                Token::Word("é"),
                Token::Sign("|"),
            ]
        );
        assert!(tokens("'open").len() == 1 && tokens("").is_empty());
    }
}
