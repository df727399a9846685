//! Segments: files named by the number of their first entry, twenty digits.

use std::io;
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

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".jsonl")?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twenty_digits_name_a_segment() {
        assert_eq!(number(&name(1)), Some(1));
        for bad in ["1.jsonl", "head", "0000000000000000000x.jsonl", "00000000000000000001.json"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
