//! What an IMAP server says, as values. Pure: what does not read is nothing, and nesting has an end.

/// Deepest nesting that is read.
const DEEPEST: usize = 24;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word, a number, a flag, or `BODY[…]`.
    Atom(String),
    /// A quoted text, or a literal.
    Text(Vec<u8>),
    /// What stands in parentheses.
    List(Vec<Self>),
}

impl Value {
    /// The word, if it is one.
    pub fn atom(&self) -> Option<&str> {
        if let Self::Atom(word) = self { Some(word) } else { None }
    }

    /// The number, if it is one.
    pub fn number<N: std::str::FromStr>(&self) -> Option<N> {
        self.atom()?.parse().ok()
    }

    /// Whether it is this word, whatever its case.
    pub fn is(&self, word: &str) -> bool {
        self.atom().is_some_and(|atom| atom.eq_ignore_ascii_case(word))
    }
}

/// The values of a whole answer, whose literals stand in it; none if it does not read.
pub fn values(bytes: &[u8]) -> Option<Vec<Value>> {
    let mut reader = Reader { rest: bytes };
    let values = reader.values(0)?;
    reader.rest.is_empty().then_some(values)
}

/// How many bytes follow the line, if it announces a literal.
pub fn announced(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let at = inner.iter().rposition(|b| *b == b'{')?;
    let digits = inner.get(at + 1..)?;
    let plain = !digits.is_empty() && digits.len() <= 12 && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn values(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut found = Vec::new();
        loop {
            match self.rest {
                [] | [b')', ..] => return Some(found),
                [b' ', rest @ ..] => self.rest = rest,
                [b'(', rest @ ..] => {
                    self.rest = rest;
                    let inner = (depth < DEEPEST).then(|| self.values(depth + 1))??;
                    self.rest = self.rest.strip_prefix(b")")?;
                    found.push(Value::List(inner));
                }
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    found.push(Value::Text(self.quoted()?));
                }
                [b'{', ..] => found.push(Value::Text(self.literal()?)),
                _ => found.push(Value::Atom(self.word()?)),
            }
        }
    }

    fn quoted(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Some(text);
                }
                [b'\\', c, rest @ ..] | [c, rest @ ..] => {
                    text.push(*c);
                    self.rest = rest;
                }
                [] => return None,
            }
        }
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let end = memchr::memchr(b'\r', self.rest)?;
        let n = announced(self.rest.get(..end)?)?;
        let rest = self.rest.get(end..)?.strip_prefix(b"\r\n")?;
        let (text, rest) = rest.split_at_checked(n)?;
        self.rest = rest;
        Some(text.to_vec())
    }

    /// A word; what stands in square brackets belongs to it, spaces and parentheses included.
    fn word(&mut self) -> Option<String> {
        let (mut end, mut within) = (0, false);
        for b in self.rest {
            match b {
                b'[' => within = true,
                b']' => within = false,
                b' ' | b'(' | b')' | b'"' if !within => break,
                _ => {}
            }
            end += 1;
        }
        let (word, rest) = self.rest.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.rest = rest;
        Some(String::from_utf8_lossy(word).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(text: &str) -> Value {
        Value::Atom(text.into())
    }

    #[test]
    fn an_answer_is_read_with_its_texts_and_lists() {
        let read = values(
            b"* 3 FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER.FIELDS (FROM TO)] {5}\r\na)\"\r\n X \"q\\\"\")",
        );
        let inner = vec![
            atom("UID"),
            atom("7"),
            atom("FLAGS"),
            Value::List(vec![atom("\\Seen")]),
            atom("BODY[HEADER.FIELDS (FROM TO)]"),
            Value::Text(b"a)\"\r\n".to_vec()),
            atom("X"),
            Value::Text(b"q\"".to_vec()),
        ];
        assert_eq!(read, Some(vec![atom("*"), atom("3"), atom("FETCH"), Value::List(inner)]));
    }

    #[test]
    fn what_lies_about_its_length_or_never_ends_does_not_read() {
        let deep = [b"(".repeat(100_000), b")".repeat(100_000)].concat();
        for bad in [&b"* (a"[..], b"a)", b"\"a", b"{9}\r\nabc", b"{99999999999999}\r\n", b"{-1}\r\na", &deep]
        {
            assert_eq!(values(bad), None, "{:?}", bad.get(..20));
        }
        assert_eq!(announced(b"* 1 FETCH (BODY[] {310}"), Some(310));
        for none in ["a {}", "a {x}", "a {3", "a {3} ", "a {9999999999999}"] {
            assert_eq!(announced(none.as_bytes()), None, "{none}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_said_is_read_or_not(bytes in proptest::collection::vec(0_u8..=255, 0..200)) {
            let _ = values(&bytes);
        }
    }
}
