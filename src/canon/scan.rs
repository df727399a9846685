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
pub fn canonical_members<'a>(open: &'a [u8], see: &mut impl FnMut(&'a [u8], &'a [u8])) -> bool {
    // What is not plain ASCII is looked for in all bytes at once, which the compiler does many at a time.
    let ascii = !open.iter().fold(false, |odd, b| odd | (b.wrapping_sub(0x20) >= 0x60));
    if !ascii && (open.iter().any(|b| *b < 0x20) || std::str::from_utf8(open).is_err()) {
        return false;
    }
    let scan = Scan { bytes: open, ascii, at: 0 };
    let end = scan.eat(b'{').and_then(|scan| scan.members(1, see));
    end.is_some_and(|scan| scan.at == open.len())
}

/// A place in the bytes. It is handed on by value, which keeps it in registers: what comes next should
/// not wait for memory.
#[derive(Clone, Copy)]
struct Scan<'a> {
    bytes: &'a [u8],
    /// Every byte is printable ASCII (or DEL, which JSON does not escape).
    ascii: bool,
    at: usize,
}

impl<'a> Scan<'a> {
    #[inline(always)]
    fn peek(self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn skip(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }

    #[inline(always)]
    fn eat(self, byte: u8) -> Option<Self> {
        (self.peek()? == byte).then(|| self.skip(1))
    }

    /// At least one member, up to a closing brace or the end of the bytes.
    fn members(self, depth: usize, see: &mut impl FnMut(&'a [u8], &'a [u8])) -> Option<Self> {
        let (mut scan, mut before) = (self, None::<Name<'a>>);
        loop {
            let (after, name) = scan.name()?;
            if before.is_some_and(|b| b.order(name) != Ordering::Less) {
                return None;
            }
            before = Some(name);
            let value = after.eat(b':')?;
            scan = value.value(depth)?;
            see(name.text, scan.bytes.get(value.at..scan.at)?);
            match scan.peek() {
                Some(b',') => scan = scan.skip(1),
                Some(b'}') | None => return Some(scan),
                Some(_) => return None,
            }
        }
    }

    #[inline(always)]
    fn name(self) -> Option<(Self, Name<'a>)> {
        let (end, escapes) = self.string()?;
        let text = self.bytes.get(self.at..end.at)?;
        let plain = !escapes && (self.ascii || text.is_ascii());
        let after = self.bytes.get(self.at + 1..)?;
        Some((end, Name { text, begins: plain.then(|| beginning(after, text.len() - 2)) }))
    }

    #[inline(always)]
    fn value(self, depth: usize) -> Option<Self> {
        match self.peek()? {
            b'"' => self.string().map(|(scan, _)| scan),
            b'-' | b'0'..=b'9' => self.integer(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.nested(depth),
        }
    }

    /// An object or an array.
    fn nested(self, depth: usize) -> Option<Self> {
        let opening = self.peek()?;
        if depth >= DEEPEST {
            return None;
        }
        let mut scan = self.skip(1);
        match opening {
            b'{' => {
                if scan.peek()? != b'}' {
                    scan = scan.members(depth + 1, &mut |_, _| {})?;
                }
                scan.eat(b'}')
            }
            b'[' => {
                if scan.peek()? != b']' {
                    scan = scan.value(depth + 1)?;
                    while scan.peek()? == b',' {
                        scan = scan.skip(1).value(depth + 1)?;
                    }
                }
                scan.eat(b']')
            }
            _ => None,
        }
    }

    fn word(self, word: &[u8]) -> Option<Self> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| self.skip(word.len()))
    }

    fn integer(self) -> Option<Self> {
        let negative = self.eat(b'-');
        let mut scan = negative.unwrap_or(self);
        let start = scan.at;
        let mut value = 0_u64;
        while let Some(digit @ b'0'..=b'9') = scan.peek() {
            value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            scan = scan.skip(1);
        }
        let digits = scan.at - start;
        let leading_zero = self.bytes.get(start) == Some(&b'0');
        let good = digits > 0 && value <= SAFE && !(leading_zero && (digits > 1 || negative.is_some()));
        good.then_some(scan)
    }

    /// A string; whether it has escapes.
    #[inline(always)]
    fn string(self) -> Option<(Self, bool)> {
        let stop = self.eat(b'"')?.stop();
        match stop.peek()? {
            b'"' => Some((stop.skip(1), false)),
            _ => stop.escaped().map(|scan| (scan, true)),
        }
    }

    /// The rest of a string, from its first backslash.
    fn escaped(self) -> Option<Self> {
        let mut scan = self;
        while scan.peek()? != b'"' {
            scan = scan.skip(1).escape()?.stop();
        }
        Some(scan.skip(1))
    }

    /// What follows a backslash: the short form where there is one, else four digits.
    fn escape(self) -> Option<Self> {
        match self.peek()? {
            b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r' => Some(self.skip(1)),
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5)?;
                let short = matches!(digits, b"0008" | b"0009" | b"000a" | b"000c" | b"000d");
                let control = matches!(digits, [b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f']);
                (control && !short).then(|| self.skip(5))
            }
            _ => None,
        }
    }

    /// At the next quote or backslash, or at the end; eight bytes at a time.
    #[inline(always)]
    fn stop(self) -> Self {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        while let Some((next, after)) = rest.split_first_chunk() {
            let stops = stops(u64::from_le_bytes(*next));
            if stops != 0 {
                let at = self.bytes.len() - rest.len() + (stops.trailing_zeros() / 8) as usize;
                return Self { at, ..self };
            }
            rest = after;
        }
        Self { at: self.bytes.len() - rest.len() + plain(rest), ..self }
    }
}

/// How many of the last bytes stand before a quote or backslash.
#[inline(never)]
fn plain(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| **b != b'"' && **b != b'\\').count()
}

/// The high bit of each byte of `word` that is a quote or a backslash, and of none before the first.
const fn stops(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let zero = quote.wrapping_sub(ONES) & !quote | slash.wrapping_sub(ONES) & !slash;
    zero & (ONES << 7)
}

/// The first eight bytes of a name that `bytes` begin with and that is `length` long, as a number; zeros
/// if there are fewer.
#[inline(always)]
fn beginning(bytes: &[u8], length: usize) -> u64 {
    let word = u64::from_be_bytes(bytes.first_chunk().map_or_else(|| padded(bytes), |word| *word));
    match length {
        0..8 => word & !(u64::MAX >> (8 * length)),
        _ => word,
    }
}

#[inline(never)]
fn padded(bytes: &[u8]) -> [u8; 8] {
    let mut word = [0; 8];
    word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    word
}

/// A member's name as written, quotes included.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a [u8],
    /// Its [`beginning`], if it is ASCII without escapes, so that its bytes sort as its UTF-16 units do.
    begins: Option<u64>,
}

impl Name<'_> {
    fn order(self, other: Self) -> Ordering {
        let (Some(begins), Some(others)) = (self.begins, other.begins) else {
            return self.spelt().cmp(&other.spelt());
        };
        // No byte of a name is zero, so different beginnings sort as the names do. Else without the
        // closing quote, which would sort a name after its own extension.
        let bare = |name: &Self| name.text.len().saturating_sub(1);
        begins.cmp(&others).then_with(|| self.text.get(..bare(&self)).cmp(&other.text.get(..bare(&other))))
    }

    fn spelt(self) -> Vec<u16> {
        serde_json::from_slice::<String>(self.text).unwrap_or_default().encode_utf16().collect()
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

        /// Around eight bytes, where names are compared in another way, and with strings of any length.
        #[test]
        fn names_and_strings_of_any_length_are_judged_as_the_slow_way_does(
            names in prop::collection::vec("[a-b\u{7f}\u{fb33}\u{1f600}\"]{0,3}[a !]{0,7}", 1..5),
            text in "[a-c\"\\\\\n\u{e9}]{0,40}",
            sorted in any::<bool>(),
        ) {
            let mut names = names;
            if sorted {
                names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
                names.dedup();
            }
            let quoted = |text: &String| canonical(&serde_json::Value::from(text.as_str())).unwrap();
            let members: Vec<_> = names.iter().map(|n| format!("{}:{}", quoted(n), quoted(&text))).collect();
            let object = format!("{{{}}}", members.join(","));
            prop_assert_eq!(scans(object.as_bytes()), slow(object.as_bytes()));
            prop_assert!(!sorted || scans(object.as_bytes()), "{}", object);
        }
    }
}
