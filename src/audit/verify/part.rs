//! One part of a segment, judged without knowing what stands before it: the work of one core.

use super::line::{self, Flaw, Mark};
use super::shape::Shapes;
use super::{TAMPER, unreadable};
use crate::audit::chain::{Hex, LONGEST};
use crate::state::durable;
use memchr::memchr;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Bytes of one part. Each core holds one part and one line.
pub(super) const PART: u64 = 1 << 20;
/// Bytes that are read first to find the end of a part's last line.
const NEXT: usize = 8 * 1024;

/// Lines that begin in `from..to` of a segment that is read up to `size`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub from: u64,
    pub to: u64,
    pub size: u64,
    /// Whether a line begins at `from` for certain.
    pub at_line: bool,
}

/// What a part is, whatever stands before it.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// What its first line says of its place.
    pub first: Option<(u64, Hex)>,
    /// Where its first line begins.
    pub start: u64,
    /// Sound lines up to the first fault, and the hash of the last.
    pub count: u64,
    pub last: Option<Hex>,
    /// Byte after the last sound line.
    pub end: u64,
    /// The first fault within.
    pub fault: Option<Trouble>,
    /// First and last stamp, and the lines (from 0) before which the clock went back.
    pub stamps: Option<(Vec<u8>, Vec<u8>)>,
    pub back: Vec<u64>,
    /// The log's id as its first entry has it, quotes included.
    pub log: Option<Vec<u8>>,
}

impl Part {
    /// A part of which nothing is known.
    pub(super) fn unjudged(from: u64) -> Self {
        let fault = Some(Trouble::Flaw(("unreadable", "environment")));
        Self { start: from, end: from, fault, ..Self::default() }
    }
}

/// Why the line after the sound ones is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is not what it must be.
    Flaw(Flaw),
    /// It has no line feed: torn, or cut.
    Unfinished,
}

/// What a core keeps from one part to the next.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The bytes of the part.
    bytes: Vec<u8>,
    shapes: Shapes,
}

/// Judges the lines that begin in `range`.
pub(super) fn judge(path: &Path, range: Range, marks: &[Mark], kept: &mut Kept) -> Part {
    let mut part = Part { start: range.from, end: range.from, ..Part::default() };
    let read = durable::open_read(path).and_then(|file| {
        let (bytes, start) = read(&file, range, &mut kept.bytes)?;
        let mut judge = |line: &[u8], part: &mut Part| one(line, marks, &mut kept.shapes, part);
        if lines(bytes, start, range, &mut judge, &mut part) == End::TooLong {
            part.fault = Some(too_long(&file, part.end, range.size)?);
        }
        Ok(())
    });
    if let Err(e) = read {
        part.fault = Some(Trouble::Flaw(unreadable(path, &e)));
    }
    part
}

/// How looking through a part ended.
#[derive(PartialEq, Eq)]
enum End {
    /// All of it was looked at, or a fault is noted.
    Said,
    /// A line begins that is longer than any entry.
    TooLong,
}

/// What the line is that begins at `from` and is longer than any entry: one that ends as an entry does,
/// garbage, or the end of the file. It is looked through in small blocks.
fn too_long(file: &File, from: u64, size: u64) -> std::io::Result<Trouble> {
    const BLOCK: usize = 1 << 16;
    let mut block = vec![0; BLOCK];
    let mut at = from;
    while at < size {
        let most = usize::try_from(size - at).unwrap_or(BLOCK).min(BLOCK);
        let (bytes, _) = block.split_at_mut(most);
        file.read_exact_at(bytes, at)?;
        if let Some(feed) = memchr(b'\n', bytes) {
            // The end of a line tells whether it is an entry; any beginning of one does for the rest.
            let mut line = b"{\"".to_vec();
            line.resize(2 + 300, 0);
            let (_, tail) = line.split_at_mut(2);
            file.read_exact_at(tail, at + u64::try_from(feed).unwrap_or(0) - 300)?;
            let entry = line::link(&line).is_ok();
            return Ok(Trouble::Flaw((if entry { "line_too_long" } else { "format" }, TAMPER)));
        }
        at += u64::try_from(most).unwrap_or(0);
    }
    Ok(Trouble::Unfinished)
}

/// The bytes from the first line that begins in the range to the end of the last that does, and where
/// they begin.
fn read<'a>(file: &File, range: Range, held: &'a mut Vec<u8>) -> std::io::Result<(&'a [u8], u64)> {
    let Range { from, to, size, at_line } = range;
    // One byte earlier: a line begins at `from` if a line feed stands before it.
    let early = if at_line { from } else { from.saturating_sub(1) };
    held.resize(usize::try_from(to.min(size).saturating_sub(early)).unwrap_or(0), 0);
    file.read_exact_at(held, early)?;
    let mut before = 0;
    if !at_line && from > 0 {
        let Some(feed) = memchr(b'\n', held) else { return Ok((&[], from)) };
        before = feed + 1;
    }
    let start = early + u64::try_from(before).unwrap_or(0);
    if before > 0 && start >= to {
        return Ok((&[], start));
    }
    // The last line may go on beyond the range: most a little, one as far as a line can be long.
    for more in [NEXT, LONGEST] {
        let (at, first) = (early + u64::try_from(held.len()).unwrap_or(0), held.len());
        if at >= size || held.last() == Some(&b'\n') {
            break;
        }
        held.resize(first + usize::try_from(size - at).unwrap_or(more).min(more), 0);
        let (_, rest) = held.split_at_mut(first);
        file.read_exact_at(rest, at)?;
        if let Some(feed) = memchr(b'\n', rest) {
            held.truncate(first + feed + 1);
        }
    }
    Ok((held.get(before..).unwrap_or_default(), start))
}

fn lines(
    bytes: &[u8],
    start: u64,
    range: Range,
    judge: &mut impl FnMut(&[u8], &mut Part) -> Result<(), Flaw>,
    part: &mut Part,
) -> End {
    part.start = start;
    part.end = start;
    let mut rest = bytes;
    while !rest.is_empty() && part.end < range.to {
        let feed = memchr(b'\n', rest.get(..rest.len().min(LONGEST)).unwrap_or(rest));
        let Some((line, after)) = feed.and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?))) else {
            if rest.len() >= LONGEST {
                return End::TooLong;
            }
            part.fault = Some(Trouble::Unfinished);
            return End::Said;
        };
        if let Err(flaw) = judge(line, part) {
            part.fault = Some(Trouble::Flaw(flaw));
            return End::Said;
        }
        part.end += u64::try_from(line.len()).unwrap_or(0) + 1;
        rest = after;
    }
    End::Said
}

fn one(line: &[u8], marks: &[Mark], shapes: &mut Shapes, part: &mut Part) -> Result<(), Flaw> {
    let link = line::ends(line)?;
    // Of a line that is not even of the form, that is what is said.
    let form = |flaw| line::link(line).err().unwrap_or(flaw);
    match (&part.first, &part.last) {
        (Some((first, _)), Some(before)) => follows(&link, first + part.count, before).map_err(form)?,
        _ => part.first = line::link(line).map(|link| Some((link.seq, *link.prev)))?,
    }
    let sound = line::judge(link, marks, shapes).map_err(form)?;
    if link.seq == 1 {
        part.log = Some(sound.log.to_vec());
    }
    match &mut part.stamps {
        None => part.stamps = Some((sound.ts.to_vec(), sound.ts.to_vec())),
        Some((_, before)) => {
            if later(before, sound.ts) && part.back.len() < 20 {
                part.back.push(part.count);
            }
            before.clear();
            before.extend_from_slice(sound.ts);
        }
    }
    part.count += 1;
    part.last = Some(*link.hash);
    Ok(())
}

/// Whether the line is entry `seq` after the one of hash `before`.
pub(super) fn follows(link: &crate::audit::chain::Link<'_>, seq: u64, before: &Hex) -> Result<(), Flaw> {
    place(link.seq, seq)?;
    if link.prev == before { Ok(()) } else { Err(("prev_mismatch", TAMPER)) }
}

/// Whether an entry that says it is `seq` stands where `expected` belongs.
pub(super) const fn place(seq: u64, expected: u64) -> Result<(), Flaw> {
    if seq > expected {
        Err(("seq_gap", TAMPER))
    } else if seq < expected {
        Err(("seq_repeat", TAMPER))
    } else {
        Ok(())
    }
}

/// Whether the stamp `a` is later than `b`. Stamps of the length that fleet writes sort as text.
pub(super) fn later(a: &[u8], b: &[u8]) -> bool {
    if a.len() == b.len() && a.len() == 29 && a.ends_with(b"Z\"") && b.ends_with(b"Z\"") {
        return a > b;
    }
    let read = |stamp: &[u8]| -> Option<jiff::Timestamp> {
        serde_json::from_slice::<String>(stamp).ok().and_then(|t| crate::state::clock::read(&t))
    };
    match (read(a), read(b)) {
        (Some(a), Some(b)) => a > b,
        _ => false,
    }
}
