//! Segments: files named by the number of their first entry, twenty digits.

use crate::state::durable;
use memchr::memchr_iter;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// One file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The number its name promises for its first entry.
    pub first: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// The name of the segment that starts at `first`.
pub fn name(first: u64) -> String {
    format!("{first:020}.jsonl")
}

/// The segments in `folder` by number; other names are not segments.
///
/// # Errors
/// The system's.
pub fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(first) = entry.file_name().to_str().and_then(number) {
            segments.push(Segment { first, path: entry.path() });
        }
    }
    segments.sort_by_key(|s| s.first);
    Ok(segments)
}

/// How many of `lines` lines the first `size` bytes of the segment have, and where the last of them
/// ends.
///
/// # Errors
/// The system's.
pub(super) fn skip(segment: &Segment, size: u64, lines: u64) -> io::Result<(u64, u64)> {
    let file = durable::open_read(&segment.path)?;
    let (mut seen, mut at, mut end) = (0, 0, 0);
    let mut block = vec![0; 1 << 16];
    while seen < lines && at < size {
        let most = usize::try_from(size - at).unwrap_or(usize::MAX).min(block.len());
        let (bytes, _) = block.split_at_mut(most);
        file.read_exact_at(bytes, at)?;
        for feed in memchr_iter(b'\n', bytes).take(usize::try_from(lines - seen).unwrap_or(usize::MAX)) {
            seen += 1;
            end = at + u64::try_from(feed).unwrap_or(0) + 1;
        }
        at += u64::try_from(most).unwrap_or(0);
    }
    Ok((seen, end))
}

/// The number that names the segment at `path`.
pub(super) fn of(path: &Path) -> Option<u64> {
    number(path.file_name()?.to_str()?)
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".jsonl")?;
    // A number that no entry can have is still in the place of a segment, and is told as a gap.
    let number = || digits.parse().unwrap_or(u64::MAX);
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit())).then(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twenty_digits_name_a_segment() {
        assert_eq!(number(&name(1)), Some(1));
        assert_eq!(number(&format!("{}.jsonl", "9".repeat(20))), Some(u64::MAX));
        for bad in ["1.jsonl", "head", "0000000000000000000x.jsonl", "00000000000000000001.json"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
