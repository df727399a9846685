//! The chain, pure over bytes: sealing a payload into a line, and reading a line's link.

use crate::call::Digest;
use crate::canon::{Hasher, sha256};
use std::fmt::Write as _;

/// Longest line, with its line feed. DESIGN: a line is at most 256 KiB.
pub const LONGEST: usize = 256 * 1024;

/// Bytes after the last digit of `prev`: `","hash":"` + 64 digits + `"}`.
const AFTER_PREV: usize = 10 + 64 + 2;

/// A SHA-256 in lower-case hex, as it stands in a line.
pub type Hex = [u8; 64];

/// What a line says about its place in the chain. Nothing is copied: verifying reads a billion bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its number, from 1.
    pub seq: u64,
    /// The hash it says its predecessor has.
    pub prev: &'a Hex,
    /// The hash it says it has.
    pub hash: &'a Hex,
    /// The bytes that `hash` covers.
    covered: &'a [u8],
    /// The payload without its closing brace.
    pub payload: &'a [u8],
}

impl Link<'_> {
    /// Whether the hash that the line states is the one that its bytes have.
    pub fn sound(&self) -> bool {
        hex_of(self.covered) == *self.hash
    }

    /// The stated hash as a value; none if it is not 64 lower-case hex digits.
    pub fn digest(&self) -> Option<Digest> {
        digest(self.hash)
    }
}

/// `hex` as a value; none if it is not 64 lower-case hex digits.
pub fn digest(hex: &Hex) -> Option<Digest> {
    Digest::parse(std::str::from_utf8(hex).ok()?).ok()
}

fn hex_of(bytes: &[u8]) -> Hex {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish_hex()
}

/// The longest line, without line feed, that [`seal`] makes of a payload of so many bytes.
pub const fn longest(payload: usize) -> usize {
    const DIGITS: usize = 20;
    // Its closing brace comes last.
    payload - 1 + ",\"seq\":".len() + DIGITS + ",\"prev\":\"".len() + 64 + AFTER_PREV
}

/// The line, without line feed, that carries `payload` (a canonical JSON object with at least one
/// member) as entry `seq` after `prev`; and its hash.
pub fn seal(payload: &str, seq: u64, prev: &Digest) -> (String, Digest) {
    let open = payload.strip_suffix('}').unwrap_or(payload);
    let mut line = String::with_capacity(open.len() + 200);
    // Writing to a String cannot fail.
    let _ = write!(line, "{open},\"seq\":{seq},\"prev\":\"{prev}");
    let hash = sha256(line.as_bytes());
    let _ = write!(line, "\",\"hash\":\"{hash}\"}}");
    (line, hash)
}

/// Reads the fixed end of `line` (without line feed). None if it is not of the form that [`seal`]
/// writes.
pub fn link(line: &[u8]) -> Option<Link<'_>> {
    let digits = |hex: &Hex| hex.iter().fold(true, |all, b| all & matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    ends(line).filter(|link| digits(link.prev) && digits(link.hash))
}

/// The same without looking whether both hashes are hex digits: for who compares them with hashes that
/// are.
pub(super) fn ends(line: &[u8]) -> Option<Link<'_>> {
    let covered = line.len().checked_sub(AFTER_PREV)?;
    let (covered, tail) = line.split_at_checked(covered)?;
    let hash = tail.strip_prefix(b"\",\"hash\":\"")?.strip_suffix(b"\"}")?;
    let (rest, prev) = covered.split_last_chunk()?;
    let rest = rest.strip_suffix(b",\"prev\":\"")?;
    let digits = rest.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (rest, number) = rest.split_at_checked(rest.len().checked_sub(digits)?)?;
    let payload = rest.strip_suffix(b",\"seq\":")?;
    if !payload.starts_with(b"{\"") || number.is_empty() || number.starts_with(b"0") {
        return None;
    }
    let seq = number.iter().try_fold(0_u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')))?;
    Some(Link { seq, prev, hash: hash.try_into().ok()?, covered, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::canonical;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_sealed_line_reads_back_and_one_changed_byte_shows() {
        let prev = sha256(b"before");
        let (line, hash) = seal("{\"a\":1}", 7, &prev);
        let read = link(line.as_bytes()).unwrap();
        assert_eq!((read.seq, digest(read.prev), read.digest()), (7, Some(prev), Some(hash)));
        assert!(read.sound());
        assert_eq!(read.payload, b"{\"a\":1");
        let edited = line.replace("\"a\":1", "\"a\":2");
        assert!(!link(edited.as_bytes()).unwrap().sound());
    }

    #[test]
    fn no_number_makes_a_longer_line_than_is_said() {
        let (line, _) = seal("{\"a\":1}", u64::MAX, &crate::canon::zero());
        assert_eq!(longest("{\"a\":1}".len()), line.len());
    }

    #[test]
    fn the_worked_example_of_the_manual_holds() {
        let (line, hash) = seal("{\"kind\":\"x\"}", 1, &crate::canon::zero());
        assert_eq!(hash, sha256(&line.as_bytes()[..line.len() - 76]));
        assert_eq!(line.len() - 76, line.find("\",\"hash\"").unwrap());
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_seen(text in "\\PC{0,60}", seq in 1_u64..1_000_000, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let prev = sha256(text.as_bytes());
            let payload = canonical(&json!({"kind": text})).unwrap();
            let (line, hash) = seal(&payload, seq, &prev);
            let mut bytes = line.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let seen = match link(&bytes) {
                None => true,
                Some(l) => !l.sound() || l.digest() != Some(hash),
            };
            prop_assert!(seen);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = link(&bytes);
        }
    }
}
