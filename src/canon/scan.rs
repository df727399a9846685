//! Whether bytes are canonical JSON already, in one pass without building a value: verifying a log
//! asks this of every entry.

use super::write::SAFE;
use memchr::memchr2;

/// Deeper nesting is refused, as [`super::parse`] does.
const DEEPEST: usize = 127;

/// Shows `see` each top-level member (its name without quotes, its value as it is written) of the
/// canonical JSON object whose bytes are `open` and a closing brace. False if it is not canonical
/// JSON with at least one member: members by UTF-16 order and none twice, shortest escapes, no
/// spaces, integers within 2^53, UTF-8.
pub fn canonical_members<'a>(open: &'a [u8], see: &mut impl FnMut(&'a [u8], &'a [u8])) -> bool {
    let Some(rest) = open.strip_prefix(b"{") else { return false };
    // Bytes of most entries are all plain. Then a string ends at the next quote, whatever it is.
    let end = if plain(open) {
        members::<true>(rest, 1, see)
    } else if open.iter().all(|b| *b >= 0x20) && std::str::from_utf8(open).is_ok() {
        members::<false>(rest, 1, see)
    } else {
        None
    };
    end.is_some_and(<[u8]>::is_empty)
}

/// Whether every byte is printable ASCII (or DEL, which JSON does not escape) and no backslash.
pub(crate) fn plain(bytes: &[u8]) -> bool {
    const BLOCK: usize = 64;
    let odd = |block: &[u8]| {
        block.iter().fold(false, |odd, b| odd | (b.wrapping_sub(0x20) >= 0x60) | (*b == b'\\'))
    };
    // In blocks of a fixed length, which the compiler looks at many bytes at a time; the last one
    // overlaps the one before it.
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let last = bytes.last_chunk::<BLOCK>().map_or_else(|| odd(rest), |last| odd(last));
    !blocks.iter().fold(last, |any, block| any | odd(block))
}

/// At least one member; what follows the last of them is a closing brace or nothing.
fn members<'a, const PLAIN: bool>(
    mut rest: &'a [u8],
    depth: usize,
    see: &mut impl FnMut(&'a [u8], &'a [u8]),
) -> Option<&'a [u8]> {
    let (mut before, mut begun) = (None, 0);
    loop {
        let (name, after) = string::<PLAIN>(rest)?;
        let begins = beginning(rest.get(1..)?, name.len());
        // No byte of a name is zero, so different beginnings sort as plain names do.
        if (!PLAIN || begins <= begun) && !before.is_none_or(|before| in_order::<PLAIN>(before, name)) {
            return None;
        }
        (before, begun) = (Some(name), begins);
        let value = after.strip_prefix(b":")?;
        let after = end::<PLAIN>(value, depth)?;
        see(name, value.get(..value.len() - after.len())?);
        match after {
            [b',', more @ ..] => rest = more,
            [b'}', ..] | [] => return Some(after),
            _ => return None,
        }
    }
}

/// What follows the value that `value` begins with.
#[inline(always)]
fn end<const PLAIN: bool>(value: &[u8], depth: usize) -> Option<&[u8]> {
    match value {
        [b'"', ..] => string::<PLAIN>(value).map(|(_, rest)| rest),
        _ => no_string::<PLAIN>(value, depth),
    }
}

#[inline(never)]
fn no_string<const PLAIN: bool>(value: &[u8], depth: usize) -> Option<&[u8]> {
    match value {
        [b'-' | b'0'..=b'9', ..] => integer(value),
        [b't', ..] => value.strip_prefix(b"true"),
        [b'f', ..] => value.strip_prefix(b"false"),
        [b'n', ..] => value.strip_prefix(b"null"),
        _ if depth >= DEEPEST => None,
        [b'{', b'}', rest @ ..] | [b'[', b']', rest @ ..] => Some(rest),
        [b'{', rest @ ..] => members::<PLAIN>(rest, depth + 1, &mut |_, _| {})?.strip_prefix(b"}"),
        [b'[', rest @ ..] => {
            let mut rest = end::<PLAIN>(rest, depth + 1)?;
            while let [b',', more @ ..] = rest {
                rest = end::<PLAIN>(more, depth + 1)?;
            }
            rest.strip_prefix(b"]")
        }
        _ => None,
    }
}

fn integer(value: &[u8]) -> Option<&[u8]> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(length)?;
    let size = digits.iter().try_fold(0_u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')))?;
    let zero_before = digits.starts_with(b"0") && value.len() - rest.len() > 1;
    (length > 0 && size <= SAFE && !zero_before).then_some(rest)
}

/// The string that `bytes` begin with, without its quotes, and what follows it. The next quote (or
/// backslash) is looked for in eight bytes at a time.
#[inline(always)]
fn string<const PLAIN: bool>(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', text @ ..] = bytes else { return None };
    let mut rest = text;
    loop {
        let Some((next, after)) = rest.split_first_chunk() else { return careful(text, rest) };
        let word = u64::from_le_bytes(*next);
        let stops = if PLAIN { has(word, b'"') } else { has(word, b'"') | has(word, b'\\') };
        if stops == 0 {
            rest = after;
            continue;
        }
        let (_, end) = rest.split_at_checked((stops.trailing_zeros() / 8) as usize)?;
        let [b'"', after @ ..] = end else { return careful(text, end) };
        return Some((text.get(..text.len() - end.len())?, after));
    }
}

/// The same with escapes in it, or among the last bytes: `rest` is the part of `text` not looked at yet.
/// Each escape must be the short form where there is one, else four digits.
#[inline(never)]
fn careful<'a>(text: &'a [u8], mut rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    loop {
        rest = rest.get(memchr2(b'"', b'\\', rest)?..)?;
        rest = match rest {
            [b'"', after @ ..] => return Some((text.get(..text.len() - rest.len())?, after)),
            [b'\\', b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', rest @ ..]
            | [b'\\', b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', rest @ ..]
            | [b'\\', b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', rest @ ..] => rest,
            _ => return None,
        };
    }
}

/// The high bit of the first byte of `word` (the lowest one) that is `byte`, and of none before it.
pub(crate) const fn has(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let zero = word ^ (ONES * byte as u64);
    zero.wrapping_sub(ONES) & !zero & (ONES << 7)
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

/// Whether the name `before` sorts before `name`, by UTF-16 units. Those of plain ASCII are its bytes.
#[inline(never)]
fn in_order<const PLAIN: bool>(before: &[u8], name: &[u8]) -> bool {
    let bytes = |name: &[u8]| PLAIN || (name.is_ascii() && !name.contains(&b'\\'));
    if bytes(before) && bytes(name) { before < name } else { spelt(before) < spelt(name) }
}

fn spelt(name: &[u8]) -> Vec<u16> {
    let quoted = [b"\"", name, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).unwrap_or_default().encode_utf16().collect()
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
        assert_eq!(seen, [(&b"a"[..], &b"{\"x\":1}"[..]), (&b"b"[..], &b"\"t\""[..])]);
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
