//! Entries of a kind look alike: what an entry has outside its strings and numbers is mostly what one
//! before it had. Canonical JSON stays canonical JSON when a plain string in it is replaced by another,
//! or a number by another; so who has judged one entry need not take the next one apart again.

use super::line::Sound;
use crate::canon::{has, plain};

/// So many kinds of entries are remembered.
const MOST: usize = 16;
/// Payloads above this are not.
const LONGEST: usize = 4096;
/// Any number of so many digits is within 2^53.
const DIGITS: usize = 15;

/// Payloads that were judged, without what stood in their strings and numbers. One core's.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Vec<Shape>,
    /// Which one fitted last, and which is forgotten next.
    last: usize,
    oldest: usize,
}

#[derive(Debug)]
struct Shape {
    /// What stands before each value, and the value's place.
    pieces: Vec<(Vec<u8>, Value)>,
    /// What stands after the last one.
    end: Vec<u8>,
    /// Which one came after it before.
    next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// A string that is the entry's stamp.
    Ts,
    /// A string that is the log's id.
    Log,
    Text,
    Number,
}

impl Shapes {
    /// What there is to know of `payload` (without its closing brace), if it is like one that was learned.
    #[inline]
    pub(super) fn sound<'a>(&mut self, payload: &'a [u8]) -> Option<Sound<'a>> {
        if payload.len() > LONGEST || !plain(payload) {
            return None;
        }
        let likely = self.known.get(self.last).map_or(0, |shape| shape.next);
        match self.known.get(likely).and_then(|shape| shape.fits(payload)) {
            Some(sound) => {
                self.last = likely;
                Some(sound)
            }
            None => self.another(payload),
        }
    }

    #[inline(never)]
    fn another<'a>(&mut self, payload: &'a [u8]) -> Option<Sound<'a>> {
        let mut all = self.known.iter().enumerate();
        let (found, sound) = all.find_map(|(n, shape)| Some((n, shape.fits(payload)?)))?;
        self.came(found);
        Some(sound)
    }

    /// Remembers `payload`, which was judged to be canonical with names that an entry may have.
    pub(super) fn learn(&mut self, payload: &[u8], sound: &Sound<'_>) {
        let text = |value: &[u8]| value.is_empty() || value.starts_with(b"\"");
        if payload.len() > LONGEST || !plain(payload) || !text(sound.ts) || !text(sound.log) {
            return;
        }
        let Some(shape) = Shape::of(payload) else { return };
        let at = if self.known.len() < MOST { self.known.len() } else { self.oldest };
        match self.known.get_mut(at) {
            Some(forgotten) => *forgotten = shape,
            None => self.known.push(shape),
        }
        self.oldest = (at + 1) % MOST;
        self.came(at);
    }

    fn came(&mut self, next: usize) {
        if let Some(before) = self.known.get_mut(self.last) {
            before.next = next;
        }
        self.last = next;
    }
}

impl Shape {
    /// The shape of a plain canonical `payload`.
    fn of(payload: &[u8]) -> Option<Self> {
        let (mut pieces, mut piece, mut depth) = (Vec::new(), Vec::new(), 0_usize);
        let mut name: &[u8] = b"";
        let mut rest = payload;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            piece.push(*byte);
            match byte {
                b'"' => {
                    let (text, end) = after.split_at_checked(quote(after)?)?;
                    if end.starts_with(b"\":") {
                        // A name.
                        piece.extend_from_slice(text);
                        piece.extend_from_slice(b"\":");
                        name = if depth == 1 { text } else { b"" };
                        rest = end.get(2..)?;
                        continue;
                    }
                    let value = match name {
                        b"ts" => Value::Ts,
                        b"log" => Value::Log,
                        _ => Value::Text,
                    };
                    pieces.push((std::mem::take(&mut piece), value));
                    piece.push(b'"');
                    rest = end.get(1..)?;
                }
                b'0'..=b'9' if !matches!(piece.as_slice(), [.., b'-', _]) => {
                    piece.pop();
                    pieces.push((std::mem::take(&mut piece), Value::Number));
                    rest = after.get(digits(after)..)?;
                }
                b'0'..=b'9' => {
                    // Zero has no sign, so what follows one stays as it is.
                    let (number, end) = after.split_at_checked(digits(after))?;
                    piece.extend_from_slice(number);
                    rest = end;
                }
                b'{' | b'[' => (depth, name) = (depth + 1, b""),
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        Some(Self { pieces, end: piece, next: 0 })
    }

    /// Whether the plain `payload` has this shape.
    fn fits<'a>(&self, payload: &'a [u8]) -> Option<Sound<'a>> {
        let mut sound = Sound { ts: b"", log: b"" };
        let mut rest = payload;
        for (piece, value) in &self.pieces {
            let before = rest;
            rest = rest.strip_prefix(piece.as_slice())?;
            let length = if *value == Value::Number { number(rest)? } else { quote(rest)? };
            rest = rest.get(length..)?;
            // With its quotes; the first is the last byte of the piece.
            let quoted = || before.get(piece.len() - 1..piece.len() + length + 1);
            match value {
                Value::Ts => sound.ts = quoted()?,
                Value::Log => sound.log = quoted()?,
                Value::Text | Value::Number => {}
            }
        }
        (rest == self.end).then_some(sound)
    }
}

/// How many digits a number begins with that is one whatever it is.
fn number(bytes: &[u8]) -> Option<usize> {
    let length = digits(bytes);
    let zero = bytes.first() == Some(&b'0');
    ((1..=DIGITS).contains(&length) && (!zero || length == 1)).then_some(length)
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// How many bytes stand before the next quote; eight are looked at at a time.
#[inline]
fn quote(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        let quotes = has(u64::from_le_bytes(*word), b'"');
        if quotes != 0 {
            return Some(bytes.len() - rest.len() + (quotes.trailing_zeros() / 8) as usize);
        }
        rest = after;
    }
    Some(bytes.len() - rest.len() + rest.iter().position(|b| *b == b'"')?)
}
