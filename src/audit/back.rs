//! Reading a log from its end: cost by what is asked for, not by the length of history.

use super::chain::LONGEST;
use super::segment;
use crate::state::durable;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

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

/// Shows `see` each complete line from the newest back, until it answers false.
pub(super) fn walk(folder: &Path, see: &mut dyn FnMut(Found) -> bool) -> io::Result<()> {
    for segment in segment::list(folder)?.into_iter().rev() {
        if !walk_file(&segment.path, see)? {
            break;
        }
    }
    Ok(())
}

fn walk_file(path: &Path, see: &mut dyn FnMut(Found) -> bool) -> io::Result<bool> {
    let mut file = durable::open_read(path)?;
    let mut start = file.metadata()?.len();
    let mut held: Vec<u8> = Vec::new();
    let mut complete = false;
    while start > 0 {
        let size = start.min(BLOCK);
        start -= size;
        let mut block = vec![0; usize::try_from(size).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
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
