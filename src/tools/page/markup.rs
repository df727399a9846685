//! Markup as tokens, in the way browsers read it where that matters for text. Each byte is looked at
//! a fixed number of times.

use std::borrow::Cow;

/// Elements whose content is not markup.
const RAW: &[&str] =
    &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"];
/// Attributes of one tag that are looked at.
const ATTRIBUTES: usize = 64;
/// Longest name of a character.
const ENTITY: usize = 33;
/// Names of characters that HTML has without `;`.
const SHORT: &str = "\
    AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute \
    Icirc Igrave Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc \
    Ugrave Uuml Yacute aacute acirc acute aelig agrave amp aring atilde auml brvbar ccedil cedil cent \
    copy curren deg divide eacute ecirc egrave eth euml frac12 frac14 frac34 gt iacute icirc iexcl \
    igrave iquest iuml laquo lt macr micro middot nbsp not ntilde oacute ocirc ograve ordf ordm oslash \
    otilde ouml para plusmn pound quot raquo reg sect shy sup1 sup2 sup3 szlig thorn times uacute ucirc \
    ugrave uml uuml yacute yen yuml";

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text, with characters still written by name.
    Text(&'a str),
    /// The start of an element, its name in lower case.
    Start(String, Attributes<'a>),
    /// The end of one.
    End(String),
    /// The content of an element that holds no markup, with that element's name.
    Raw(&'static str, &'a str),
}

/// The attributes of a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Attributes<'a> {
    /// The value of the first attribute of this name.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| decoded(value, true))
    }
}

/// The tokens of a page.
pub struct Tokens<'a> {
    rest: &'a str,
    raw: Option<&'static str>,
    /// Elements whose end is nowhere in what is left: looked for once.
    endless: Vec<&'static str>,
}

impl<'a> Tokens<'a> {
    /// Of `page`.
    pub const fn of(page: &'a str) -> Self {
        Self { rest: page, raw: None, endless: Vec::new() }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Up to and with the first `end`, or all.
    fn through(&mut self, end: &str) {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(at);
    }

    /// The content of `name` up to its end.
    fn raw(&mut self, name: &'static str) -> Token<'a> {
        let mut from = 0;
        while let Some(at) = self.rest.get(from..).and_then(|r| r.find("</")).map(|at| from + at) {
            let after = self.rest.get(at + 2..).unwrap_or_default();
            let named = after.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name));
            let ends = |c: char| c.is_ascii_whitespace() || c == '>' || c == '/';
            if named && after.get(name.len()..).is_none_or(|r| r.is_empty() || r.starts_with(ends)) {
                return Token::Raw(name, self.take(at));
            }
            from = at + 2;
        }
        self.endless.push(name);
        Token::Raw(name, self.take(self.rest.len()))
    }

    /// What stands at a `<`, if it is markup.
    fn tag(&mut self) -> Option<Token<'a>> {
        let after = self.rest.get(1..).unwrap_or_default();
        if after.starts_with("!--") {
            let closed = after.get(3..).unwrap_or_default();
            // `<!-->` and `<!--->` are comments, too.
            if closed.starts_with('>') || closed.starts_with("->") {
                self.through(">");
            } else {
                self.take(4);
                self.through("-->");
            }
            return Some(Token::Text(""));
        }
        if after.starts_with(['!', '?']) || after.starts_with("</") {
            self.through(">");
            return Some(Token::Text(""));
        }
        let (end, after) = match after.strip_prefix('/') {
            Some(after) => (true, after),
            None => (false, after),
        };
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            if end {
                self.through(">");
                return Some(Token::Text(""));
            }
            return None;
        }
        self.take(if end { 2 } else { 1 });
        let name = self.word(|c| c.is_ascii_whitespace() || c == '/' || c == '>').to_ascii_lowercase();
        let attributes = self.attributes();
        if end {
            return Some(Token::End(name));
        }
        self.raw = RAW.iter().copied().find(|raw| *raw == name);
        Some(Token::Start(name, attributes))
    }

    fn word(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(ends).unwrap_or(self.rest.len()))
    }

    /// Reads through the `>` of a tag.
    fn attributes(&mut self) -> Attributes<'a> {
        let mut found = Vec::new();
        loop {
            self.word(|c| !(c.is_ascii_whitespace() || c == '/'));
            if self.rest.is_empty() || self.rest.starts_with('>') {
                self.take(1);
                return Attributes(found);
            }
            // A name may begin with `=`.
            let begins = usize::from(self.rest.starts_with('='));
            let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
            let length = self.rest.get(begins..).and_then(|r| r.find(ends)).map(|at| at + begins);
            let name = self.take(length.unwrap_or(self.rest.len()));
            let spaces = self.rest.len() - self.rest.trim_ascii_start().len();
            let mut value = "";
            if self.rest.get(spaces..).is_some_and(|r| r.starts_with('=')) {
                self.take(spaces + 1);
                self.word(|c| !c.is_ascii_whitespace());
                value = match self.rest.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        self.take(1);
                        let value = self.word(|c| c == quote);
                        self.take(1);
                        value
                    }
                    _ => self.word(|c| c.is_ascii_whitespace() || c == '>'),
                };
            }
            if found.len() < ATTRIBUTES {
                found.push((name, value));
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take()
            && !self.endless.contains(&name)
        {
            return Some(self.raw(name));
        }
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with('<') {
            if let Some(token) = self.tag() {
                return Some(token);
            }
            return Some(Token::Text(self.take(1)));
        }
        Some(Token::Text(self.word(|c| c == '<')))
    }
}

/// `text` with characters that are written by name or number as themselves.
pub fn unescaped(text: &str) -> Cow<'_, str> {
    decoded(text, false)
}

/// The same. In an attribute a name without `;` is one of the old ones, and no `=`, letter or digit
/// follows: addresses have `&copy=1`.
fn decoded(text: &str, attribute: bool) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = from.get(1..).unwrap_or_default();
        let end = name.bytes().take(ENTITY).position(|b| !(b.is_ascii_alphanumeric() || b == b'#'));
        let end = end.unwrap_or_else(|| name.len().min(ENTITY));
        let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
        let named = !name.starts_with('#') && !after.starts_with(';');
        let word = attribute && named && (after.starts_with('=') || !SHORT.split(' ').any(|n| n == name));
        match character(name).filter(|_| !word) {
            Some(character) => {
                out.push_str(&character);
                rest = after.strip_prefix(';').unwrap_or(after);
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return quick_xml::escape::resolve_html5_entity(name).map(Cow::Borrowed);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let code = code.ok()?;
    // Numbers of the old Windows page are meant as its characters.
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        return Some(encoding_rs::WINDOWS_1252.decode(&[byte]).0.into_owned().into());
    }
    char::from_u32(code).filter(|c| *c != '\0').map(|c| c.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(name: &str, attributes: &[(&'static str, &'static str)]) -> Token<'static> {
        Token::Start(name.into(), Attributes(attributes.to_vec()))
    }

    fn tokens(page: &str) -> Vec<Token<'_>> {
        Tokens::of(page).filter(|t| *t != Token::Text("")).collect()
    }

    #[test]
    fn tags_attributes_comments_and_raw_text_are_told_apart() {
        assert_eq!(
            tokens("a<A HREF='x>y' b=c d e = \"f\"/>b<!-- <p> --></a >c < d"),
            [
                Token::Text("a"),
                start("a", &[("HREF", "x>y"), ("b", "c"), ("d", ""), ("e", "f")]),
                Token::Text("b"),
                Token::End("a".into()),
                Token::Text("c "),
                Token::Text("<"),
                Token::Text(" d"),
            ]
        );
        assert_eq!(
            tokens("<script>if (a<b) '</scripts>'</SCRIPT >x<!-->y<!DOCTYPE html>z<?xml?></>"),
            [
                start("script", &[]),
                Token::Raw("script", "if (a<b) '</scripts>'"),
                Token::End("script".into()),
                Token::Text("x"),
                Token::Text("y"),
                Token::Text("z"),
            ]
        );
    }

    #[test]
    fn characters_by_name_and_number_are_read_once() {
        for (text, read) in [
            ("a &amp; b &lt;p&gt; &#x41;&#66;", "a & b <p> AB"),
            ("&amp;lt; &nosuch; & &; &#0; &#xfffffff;", "&lt; &nosuch; & &; &#0; &#xfffffff;"),
            ("&eacute;&hellip;&#150;&nbsp;", "\u{e9}\u{2026}\u{2013}\u{a0}"),
        ] {
            assert_eq!(unescaped(text), read, "{text}");
        }
    }

    #[test]
    fn names_of_characters_end_in_attributes_as_they_do_in_browsers() {
        let page = "<a href='?a=1&copy=2&lt=3&amp;b&#61;4&copy5&hellip&amp6&AMP c&para'>&copy 1";
        let Some(Token::Start(_, attributes)) = Tokens::of(page).next() else { panic!("no start") };
        assert_eq!(
            attributes.get("href").as_deref(),
            Some("?a=1&copy=2&lt=3&b=4&copy5&hellip&amp6& c\u{b6}")
        );
        assert_eq!(unescaped("&copy 1"), "\u{a9} 1");
    }

    #[test]
    fn what_never_ends_is_read_in_one_pass() {
        for piece in
            ["<", "<a ", "<a b=\"", "<!--", "<script>", "</script", "&", "<a b='c' ", "<p/", "=", "<title>"]
        {
            let page = piece.repeat(100_000);
            assert!(Tokens::of(&page).count() <= 100_001 * 2, "{piece}");
            assert!(!unescaped(&page).is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_page_is_read_to_its_end(page in "(\\PC|[<>/!&\"'= ]|<!--|-->|<script>|</script>|&amp;){0,60}") {
            let _ = Tokens::of(&page).count();
        }
    }
}
