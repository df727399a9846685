//! What looks like a credential, whoever issued it. Pure. A new service is one line of a table.

use std::ops::Range;

/// A credential that begins with fixed letters.
struct Shape {
    begins: &'static str,
    /// How many letters of [`Letters`] follow at least.
    least: usize,
    letters: Letters,
}

#[derive(Clone, Copy)]
enum Letters {
    /// `A-Z a-z 0-9 _ -`
    Word,
    /// The same, dots and slashes too.
    Path,
    /// Base64 of either alphabet, with its padding.
    Base64,
}

const fn word(begins: &'static str, least: usize) -> Shape {
    Shape { begins, least, letters: Letters::Word }
}

const SHAPES: &[Shape] = &[
    word("AKIA", 16),
    word("ASIA", 16),
    word("AIza", 30),
    word("ghp_", 30),
    word("gho_", 30),
    word("ghu_", 30),
    word("ghs_", 30),
    word("ghr_", 30),
    word("github_pat_", 22),
    word("glpat-", 20),
    word("gldt-", 20),
    word("xoxb-", 10),
    word("xoxp-", 10),
    word("xoxa-", 10),
    word("xoxr-", 10),
    word("xoxs-", 10),
    word("xapp-", 10),
    word("sk-", 20),
    word("sk_live_", 16),
    word("sk_test_", 16),
    word("rk_live_", 16),
    word("whsec_", 16),
    word("hf_", 30),
    word("npm_", 30),
    word("pypi-", 20),
    word("dop_v1_", 40),
    word("shpat_", 30),
    word("AGE-SECRET-KEY-1", 40),
    Shape { begins: "ya29.", least: 20, letters: Letters::Path },
    Shape { begins: "SG.", least: 30, letters: Letters::Path },
    Shape { begins: "eyJ", least: 40, letters: Letters::Path },
    Shape { begins: "hooks.slack.com/services/", least: 20, letters: Letters::Path },
    Shape { begins: "discord.com/api/webhooks/", least: 20, letters: Letters::Path },
    Shape { begins: "discordapp.com/api/webhooks/", least: 20, letters: Letters::Path },
    Shape { begins: "Bearer ", least: 16, letters: Letters::Base64 },
    Shape { begins: "bearer ", least: 16, letters: Letters::Base64 },
    Shape { begins: "Basic ", least: 12, letters: Letters::Base64 },
    Shape { begins: "basic ", least: 12, letters: Letters::Base64 },
];

/// Names whose value is a credential, before `=` or `:`.
const NAMED: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "secret_key",
    "private_key",
    "client_secret",
    "auth_token",
];

/// Names that end like one of these and hold no credential.
const INNOCENT: &[&str] = &[
    "page_token",
    "page-token",
    "next_token",
    "sync_token",
    "continuation_token",
    "csrf_token",
    "pad_token",
];

impl Letters {
    const fn has(self, byte: u8) -> bool {
        match self {
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Path => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'),
            Self::Base64 => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b'~')
            }
        }
    }
}

/// Where `text` holds what looks like a credential, in order and apart from each other.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match starting(text, at) {
            Some(range) => {
                at = range.end.max(at + 1);
                found.push(range);
            }
            None => at += 1,
        }
    }
    found
}

/// Whether `text` holds what can only be a credential: told by its own letters, or a value named as
/// one that is long and mixed as no word is.
pub(super) fn certain(text: &str) -> bool {
    find(text).into_iter().any(|range| sure(text, &range))
}

/// What `text` certainly holds, each with the rule that tells so. A password in an address stands where
/// nobody writes anything else.
pub(super) fn told(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let rows = find(text).into_iter().map(|range| (rule(text, &range), range));
    let holds = |rule: &str, range: &Range<usize>| {
        let value = text.get(range.clone()).unwrap_or_default();
        let real = value.len() >= 8 && !value.contains(['$', '{', '<', '*']) && !NAMED.contains(&value);
        if rule == IN_ADDRESS { real } else { sure(text, range) }
    };
    rows.filter(|(rule, range)| holds(rule, range)).map(|(rule, range)| (range, rule)).collect()
}

/// The rule of passwords in addresses.
const IN_ADDRESS: &str = "password-in-address";

fn sure(text: &str, range: &Range<usize>) -> bool {
    let value = text.get(range.clone()).unwrap_or_default();
    let by_name = starting(text, range.start).is_none_or(|own| own != *range);
    let before = text.get(..range.start).unwrap_or_default().trim_end_matches(['=', ':', ' ', '"', '\'']);
    // The longest of those names is enough.
    let from = before.char_indices().rev().nth(40).map_or(0, |(at, _)| at);
    let before = before.get(from..).unwrap_or_default().to_ascii_lowercase();
    let innocent = INNOCENT.iter().any(|name| before.ends_with(name));
    let has = |of: fn(&u8) -> bool| value.as_bytes().iter().any(of);
    let mixed = value.len() >= 16
        && value.bytes().all(|b| b.is_ascii_graphic())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic);
    !by_name || (mixed && !innocent)
}

/// The rule behind a find: how a token of that service begins, or what kind of credential it is.
fn rule(text: &str, range: &Range<usize>) -> &'static str {
    let value = text.get(range.clone()).unwrap_or_default();
    if value.starts_with("-----BEGIN ") {
        return "private-key";
    }
    if let Some(shape) = SHAPES.iter().find(|shape| value.starts_with(shape.begins)) {
        return shape.begins;
    }
    let before = text.get(..range.start).unwrap_or_default();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    if word.contains("://") && text.get(range.end..).is_some_and(|after| after.starts_with('@')) {
        return IN_ADDRESS;
    }
    match before {
        before if before.ends_with("earer ") => "bearer-token",
        before if before.ends_with("asic ") => "basic-credentials",
        before if before.trim_end_matches(['"', '\'', '\\', ' ']).ends_with(['=', ':']) => "named-value",
        _ => "other",
    }
}

/// The credential that is recognised at byte `at`.
fn starting(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.as_bytes().get(at..)?;
    let first = *rest.first()?;
    // Cheap first: most bytes begin nothing.
    if first == b':' {
        return in_address(text, at);
    }
    if first == b'-' && rest.starts_with(b"-----BEGIN ") {
        return key_block(text, at);
    }
    if !first.is_ascii_alphabetic() || within_word(text.as_bytes().get(..at).unwrap_or_default()) {
        return None;
    }
    let begins = |shape: &&Shape| shape.begins.as_bytes().first() == Some(&first);
    for shape in SHAPES.iter().filter(begins).filter(|s| rest.starts_with(s.begins.as_bytes())) {
        let after = rest.get(shape.begins.len()..)?;
        let length = after.iter().take_while(|b| shape.letters.has(**b)).count();
        if length >= shape.least {
            let from = if shape.begins.ends_with(' ') { at + shape.begins.len() } else { at };
            return Some(from..at + shape.begins.len() + length);
        }
    }
    named(text, at)
}

/// Whether a letter after `before` goes on a word. The end of `%3D`, or of an escape as `\n`, is none;
/// an underscore neither, since people build names with it.
fn within_word(before: &[u8]) -> bool {
    let word = before.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-');
    let escape = matches!(before, [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f']);
    let percent = matches!(before, [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    word && !escape && !percent
}

/// Most bytes of a name that are read from one place.
const LONGEST_NAME: usize = 64;

/// `name=value` or `"name": "value"`.
fn named(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    // Longer ones are looked at again after each of their underscores.
    let name = rest.bytes().take(LONGEST_NAME).take_while(|b| Letters::Word.has(*b)).count();
    if name == LONGEST_NAME {
        return None;
    }
    let after = rest.get(name..)?;
    let gap = after.trim_start_matches(quote).trim_start_matches(' ');
    // Cheap first: most words have no value.
    let gap = gap.strip_prefix(['=', ':'])?;
    if !is_named(rest.as_bytes().get(..name)?) {
        return None;
    }
    let gap = gap.trim_start_matches(' ').trim_start_matches(quote);
    let start = at + rest.len() - gap.len();
    let length = gap.find(|c: char| c.is_whitespace() || quote(c) || matches!(c, '&' | ',' | ';' | '}'));
    let length = length.unwrap_or(gap.len());
    (length >= 6).then(|| start..start + length)
}

const fn quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\')
}

/// Whether the value of a member of this name may be a credential because of it. Cheap, and says yes
/// too often.
pub(super) fn may_name(member: &str) -> bool {
    let member = member.trim_end_matches(' ').trim_end_matches(quote).as_bytes();
    NAMED.iter().any(|name| {
        let (_, end) = member.split_at(member.len().saturating_sub(name.len()));
        end.eq_ignore_ascii_case(name.as_bytes())
    })
}

/// Whether `word` is a name of the table, or ends with one: `DB_PASSWORD` is a password, too.
fn is_named(word: &[u8]) -> bool {
    NAMED.iter().any(|name| {
        let (before, end) = word.split_at(word.len().saturating_sub(name.len()));
        end.eq_ignore_ascii_case(name.as_bytes()) && matches!(before, [] | [.., b'_' | b'-'])
    })
}

/// The password in `scheme://user:password@host`.
fn in_address(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?.strip_prefix("://")?;
    let host = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#'));
    let (user, _) = rest.get(..host.unwrap_or(rest.len()))?.rsplit_once('@')?;
    let (name, password) = user.split_once(':')?;
    let start = at + 3 + name.len() + 1;
    (!password.is_empty()).then(|| start..start + password.len())
}

/// A private key, from its first line to its last or to the end.
fn key_block(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let (first, _) = rest.get("-----BEGIN ".len()..)?.split_once("-----")?;
    if !first.ends_with("PRIVATE KEY") && !first.ends_with("PRIVATE KEY BLOCK") {
        return None;
    }
    let last = format!("-----END {first}-----");
    let length = rest.find(&last).map_or(rest.len(), |end| end + last.len());
    Some(at..at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|r| &text[r]).collect()
    }

    // The examples are put together here, so that no scanner takes this file for a leak.
    #[test]
    fn what_looks_like_a_credential_is_found_and_nothing_else() {
        let long = "Ab3dEf7hIj1kLm5nOp9qRs2tUv6wXy0zAb3dEf7h";
        for shape in SHAPES.iter().filter(|s| !s.begins.ends_with(' ')) {
            let token = format!("{}{long}", shape.begins);
            let text = format!("curl -H 'x: {token}' host");
            assert_eq!(shown(&text), [token.as_str()], "{}", shape.begins);
            let within = format!("x{token}");
            assert!(shown(&within).is_empty(), "{within}");
        }
        let token = format!("ghp_{long}");
        for glued in ["x%3D", "x_", "{\"a\": \"\\n"] {
            assert_eq!(shown(&format!("{glued}{token}")), [token.as_str()], "{glued}");
        }
        assert_eq!(shown("password = hunter44"), ["hunter44"]);
        assert_eq!(shown(&format!("Authorization: Bearer {long}")), [long]);
        assert_eq!(shown("export DB_PASSWORD=hunter22 x"), ["hunter22"]);
        assert_eq!(shown(r#"{"api_key": "abcdef12"}"#), ["abcdef12"]);
        assert_eq!(shown("https://ada:s3cr:et@example.org/x?y@z"), ["s3cr:et"]);
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
        assert_eq!(shown(&format!("a {key} b")), [key]);
        assert_eq!(shown("-----BEGIN RSA PRIVATE KEY-----\ncut"), ["-----BEGIN RSA PRIVATE KEY-----\ncut"]);
    }

    #[test]
    fn what_logs_are_full_of_is_left_alone() {
        for plain in [
            "c431bf0b44f6feca748edfd549cac73b0a5ab92372068e8f807aa0eb4ad50085",
            "01m83shthfh5tmj6y15qed6snw",
            "/home/ada/Downloads/sk-8 plans/ghp_.txt",
            "https://example.org/a:b@c",
            "git@github.com:ada/site.git",
            "2026-11-21T15:17:14.000000Z",
            "the token is missing; password: none",
            "-----BEGIN CERTIFICATE-----",
            "tokens=12",
            "eyJ",
        ] {
            assert!(shown(plain).is_empty(), "{plain}: {:?}", shown(plain));
        }
    }

    #[test]
    fn what_can_only_be_a_credential_is_told_from_what_is_called_one() {
        let long = "Ab3dEf7hIj1kLm5nOp9qRs2tUv6wXy0zAb3dEf7h";
        for sure in [
            format!("https://example.com/?k=ghp_{long}"),
            format!("https://example.com/?api_key={long}"),
            format!("Authorization: Bearer {long}"),
            "-----BEGIN RSA PRIVATE KEY-----\ncut".to_owned(),
        ] {
            assert!(certain(&sure), "{sure}");
        }
        for word in [
            "your password: tomorrow".to_owned(),
            "token=abcdefghijklmnopqrst".to_owned(),
            format!("https://example.com/?page_token={long}"),
            "https://example.com/?q=secret+santa".to_owned(),
        ] {
            assert!(!certain(&word), "{word}");
        }
    }

    #[test]
    fn what_is_certain_is_told_with_its_rule() {
        let long = "Ab3dEf7hIj1kLm5nOp9qRs2tUv6wXy0zAb3dEf7h";
        for (text, expected) in [
            (format!("x ghp_{long}"), vec!["ghp_"]),
            (format!("key = AKIA{}", "A1".repeat(8)), vec!["AKIA"]),
            (format!("API_KEY=\"{long}\""), vec!["named-value"]),
            (format!("Authorization: Bearer {long}"), vec!["bearer-token"]),
            ("postgres://ada:s3cr3tWord@db/x".to_owned(), vec![IN_ADDRESS]),
            ("postgres://ada:${PASSWORD}@db/x http://a:password@x/".to_owned(), vec![]),
            ("-----BEGIN EC PRIVATE KEY-----\nAA".to_owned(), vec!["private-key"]),
            ("your password: tomorrow".to_owned(), vec![]),
        ] {
            assert_eq!(told(&text).into_iter().map(|(_, rule)| rule).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_through_without_a_panic(text in "(\\PC|://|:|@|-----BEGIN |=|token|Bearer ){0,30}") {
            let mut before = 0;
            for range in find(&text) {
                proptest::prop_assert!(range.start >= before && text.get(range.clone()).is_some());
                before = range.end;
            }
        }
    }
}
