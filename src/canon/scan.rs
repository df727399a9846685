//! Whether bytes are canonical JSON already, in one pass without building a value: verifying a log
//! asks this of every entry.

use super::write::SAFE;
use std::cmp::Ordering;

/// Deeper nesting is refused, as [`super::parse`] does.
const DEEPEST: usize = 127;

/// Shows `see` each top-level member (name and value as they are written, quotes included) of the
/// canonical JSON object whose bytes are `open` and a closing brace. False if it is not canonical
/// JSON with at least one member: members by UTF-16 order and none twice, shortest escapes, no
/// spaces, integers within 2^53, UTF-8.
pub fn canonical_members<'a>(open: &'a [u8], see: &mut dyn FnMut(&'a [u8], &'a [u8])) -> bool {
    // Control characters are looked for in all bytes at once, which the compiler does many at a time.
    let control = open.iter().fold(false, |any, b| any | (*b < 0x20));
    if control || std::str::from_utf8(open).is_err() {
        return false;
    }
    let mut scan = Scan { bytes: open, at: 0 };
    scan.eat(b'{').is_some() && scan.members(1, see).is_some() && scan.at == open.len()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// At least one member, up to a closing brace or the end of the bytes.
    fn members(&mut self, depth: usize, see: &mut dyn FnMut(&'a [u8], &'a [u8])) -> Option<()> {
        let mut before: Option<Name<'a>> = None;
        loop {
            let start = self.at;
            let escapes = self.string()?;
            let text = self.bytes.get(start..self.at)?;
            let name = Name { text, plain: !escapes && text.is_ascii() };
            if before.is_some_and(|b| b.order(name) != Ordering::Less) {
                return None;
            }
            before = Some(name);
            let name = text;
            self.eat(b':')?;
            let start = self.at;
            self.value(depth)?;
            see(name, self.bytes.get(start..self.at)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') | None => return Some(()),
                Some(_) => return None,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' => {
                self.at += 1;
                if depth >= DEEPEST {
                    return None;
                }
                if self.peek()? != b'}' {
                    self.members(depth + 1, &mut |_, _| {})?;
                }
                self.eat(b'}')
            }
            b'[' => {
                self.at += 1;
                if depth >= DEEPEST {
                    return None;
                }
                if self.peek()? != b']' {
                    self.value(depth + 1)?;
                    while self.peek()? == b',' {
                        self.at += 1;
                        self.value(depth + 1)?;
                    }
                }
                self.eat(b']')
            }
            b'-' | b'0'..=b'9' => self.integer(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn integer(&mut self) -> Option<()> {
        let negative = self.eat(b'-').is_some();
        let start = self.at;
        let mut value = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        let digits = self.at - start;
        let leading_zero = self.bytes.get(start) == Some(&b'0');
        let good = digits > 0 && value <= SAFE && !(leading_zero && (digits > 1 || negative));
        good.then_some(())
    }

    /// A string; whether it has escapes.
    fn string(&mut self) -> Option<bool> {
        self.eat(b'"')?;
        let mut escapes = false;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let plain = plain(rest);
            self.at += plain + 1;
            if *rest.get(plain)? == b'"' {
                return Some(escapes);
            }
            escapes = true;
            self.escape()?;
        }
    }

    /// What follows a backslash: the short form where there is one, else four digits.
    fn escape(&mut self) -> Option<()> {
        let code = self.peek()?;
        self.at += 1;
        match code {
            b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                let short = matches!(digits, b"0008" | b"0009" | b"000a" | b"000c" | b"000d");
                let control = matches!(digits, [b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f']);
                (control && !short).then_some(())
            }
            _ => None,
        }
    }
}

/// How many bytes stand before the first quote or backslash, eight at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The high bit of each byte that is zero, and of none before the first such byte.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let mut seen = 0;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return seen + (found.trailing_zeros() / 8) as usize;
        }
        seen += 8;
    }
    seen + rest.iter().take_while(|b| **b != b'"' && **b != b'\\').count()
}

/// A member's name as written, quotes included.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a [u8],
    /// ASCII without escapes, so that its bytes sort as its UTF-16 units do.
    plain: bool,
}

impl Name<'_> {
    fn order(self, other: Self) -> Ordering {
        // Without the closing quote, which would sort a name after its own extension.
        let bare = |name: &Self| name.text.len().saturating_sub(1);
        if self.plain && other.plain {
            return self.text.get(..bare(&self)).cmp(&other.text.get(..bare(&other)));
        }
        let spelt = |name: Self| -> Vec<u16> {
            serde_json::from_slice::<String>(name.text).unwrap_or_default().encode_utf16().collect()
        };
        spelt(self).cmp(&spelt(other))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{canonical, parse};
    use super::*;
    use proptest::prelude::*;

    fn scans(text: &[u8]) -> bool {
        text.strip_suffix(b"}").is_some_and(|open| canonical_members(open, &mut |_, _| {}))
    }

    /// What the slow way says: it parses, and is written the same.
    fn slow(text: &[u8]) -> bool {
        parse(text).is_ok_and(|value| {
            value.as_object().is_some_and(|o| !o.is_empty())
                && canonical(&value).is_ok_and(|c| c.as_bytes() == text)
        })
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        for good in [
            r#"{"a":1}"#,
            r#"{"a":[],"b":{},"c":[1,[2,{"x":null}]],"d":-5,"e":"\u0000\n\"\\\u001f"}"#,
            "{\"a\":1,\"aa\":2,\"\u{1f600}\":3,\"\u{fb33}\":4}",
            r#"{"a":9007199254740992}"#,
        ] {
            assert!(scans(good.as_bytes()) && slow(good.as_bytes()), "{good}");
        }
        for bad in [
            "{}",
            r#"{"a":1,"a":1}"#,
            r#"{"b":1,"a":1}"#,
            r#"{"a": 1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":01}"#,
            r#"{"a":-0}"#,
            r#"{"a":9007199254740993}"#,
            r#"{"a":99999999999999999999999}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\u000a"}"#,
            r#"{"a":"\u001F"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":tru}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":1,}"#,
            r#"{"a":1}}"#,
            r#"{"a":1"#,
            "{\"a\":\"\t\"}",
            "{\"\u{fb33}\":4,\"\u{1f600}\":3}",
        ] {
            assert!(!scans(bad.as_bytes()), "{bad}");
        }
        assert!(!scans(b"{\"a\":\"\xff\"}"));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!scans(deep.as_bytes()));
    }

    #[test]
    fn members_are_shown_as_they_are_written() {
        let mut seen = Vec::new();
        assert!(canonical_members(br#"{"a":{"x":1},"b":"t""#, &mut |name, value| seen.push((name, value))));
        assert_eq!(seen, [(&b"\"a\""[..], &b"{\"x\":1}"[..]), (&b"\"b\""[..], &b"\"t\""[..])]);
    }

    proptest! {
        #[test]
        fn the_scan_agrees_with_parsing_and_writing_again(
            text in r#"\{"a":[\[\]{}",:0-9a-c\\u\-. \PC]{0,24}\}"#
        ) {
            prop_assert_eq!(scans(text.as_bytes()), slow(text.as_bytes()));
        }
    }
}
