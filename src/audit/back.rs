//! Reading a log from its end: cost by what is asked for, not by the length of history.

use super::chain::{self, LONGEST};
use super::entry::Kind;
use super::fault::{LogError, io};
use super::log::Log;
use super::place::Place;
use super::segment::{self, Segment};
use crate::state::durable;
use memchr::memmem;
use serde_json::Value;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The first block holds the newest entries; whoever goes on wants many.
const FIRST: u64 = 8 * 1024;
const BLOCK: u64 = 64 * 1024;

/// A complete line and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub bytes: Vec<u8>,
    pub segment: PathBuf,
    pub offset: u64,
}

/// The newest `most` lines of the log in `folder`, oldest first, without line feeds. A last line
/// without its line feed was never acknowledged and is left out.
///
/// # Errors
/// The system's, or `InvalidData` for a line over the limit.
pub fn last_lines(folder: &Path, most: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    walk(folder, &mut |found| {
        lines.push(found.bytes);
        lines.len() < most
    })?;
    lines.reverse();
    Ok(lines)
}

impl Log {
    /// The newest entry of one of `kinds`, after number `after`, whose `member` is `value` (an id), and
    /// where it stands: cost by what came since.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn find_about(
        &self,
        (member, value): (&str, &str),
        after: u64,
        kinds: &[Kind],
    ) -> Result<Option<(Place, Value)>, LogError> {
        let is = |entry: &Value| {
            let says = |member: &str, value: &str| entry.get(member).and_then(Value::as_str) == Some(value);
            says(member, value) && kinds.iter().any(|kind| says("kind", kind.as_str()))
        };
        let id = memmem::Finder::new(value);
        let mut result = None;
        walk(&self.folder, &mut |found| {
            let Some(link) = chain::link(&found.bytes).filter(|link| link.seq > after) else { return false };
            // Most lines do not name it at all, and are not read.
            if id.find(&found.bytes).is_none() {
                return true;
            }
            let entry = serde_json::from_slice(&found.bytes).ok().filter(is);
            let place = || {
                let (seq, hash) = (link.seq, link.digest()?);
                Some(Place { seq, hash, segment: segment::of(&found.segment)?, offset: found.offset })
            };
            result = entry.and_then(|entry| Some((place()?, entry)));
            result.is_none()
        })
        .map_err(io("reading", &self.folder))?;
        Ok(result)
    }
}

/// Shows `see` each complete line from the newest back, until it answers false.
pub(super) fn walk(folder: &Path, see: &mut dyn FnMut(Found) -> bool) -> io::Result<()> {
    walk_segments(&segment::list(folder)?, see)
}

/// The same over these segments.
pub(super) fn walk_segments(segments: &[Segment], see: &mut dyn FnMut(Found) -> bool) -> io::Result<()> {
    for segment in segments.iter().rev() {
        let file = durable::open_read(&segment.path)?;
        let size = file.metadata()?.len();
        if !walk_file(&file, size, &segment.path, see)? {
            break;
        }
    }
    Ok(())
}

/// The same over the first `size` bytes of one open segment; false if `see` has had enough.
pub(super) fn walk_file(
    file: &File,
    size: u64,
    path: &Path,
    see: &mut dyn FnMut(Found) -> bool,
) -> io::Result<bool> {
    let mut start = size;
    let mut held: Vec<u8> = Vec::new();
    let mut complete = false;
    while start > 0 {
        let size = start.min(if start == size { FIRST } else { BLOCK });
        start -= size;
        let mut block = vec![0; usize::try_from(size).unwrap_or(0)];
        file.read_exact_at(&mut block, start)?;
        block.append(&mut held);
        held = block;
        while let Some(at) = held.iter().rposition(|b| *b == b'\n') {
            let after = held.split_off(at + 1);
            held.pop();
            let offset = start + u64::try_from(at).unwrap_or(0) + 1;
            if complete && !see(Found { bytes: after, segment: path.into(), offset }) {
                return Ok(false);
            }
            complete = true;
        }
        // Neither an entry nor what a crash leaves of one is longer, however far back its start is.
        if held.len() > LONGEST {
            let why = format!("`{}` has a line over 256 KiB", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
    }
    Ok(!complete || see(Found { bytes: held, segment: path.into(), offset: 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_across_blocks_and_segments_without_the_torn_one() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(100_000);
        std::fs::write(dir.path().join(segment::name(1)), format!("a\n{long}\n")).unwrap();
        std::fs::write(dir.path().join(segment::name(3)), "b\nc\ntorn").unwrap();
        let lines = |n| {
            last_lines(dir.path(), n)
                .unwrap()
                .into_iter()
                .map(|l| String::from_utf8(l).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(lines(2), ["b", "c"]);
        assert_eq!(lines(9), ["a", long.as_str(), "b", "c"]);
        let mut offsets = Vec::new();
        walk(dir.path(), &mut |f| {
            offsets.push(f.offset);
            true
        })
        .unwrap();
        assert_eq!(offsets, [2, 0, 2, 0]);
    }
}
