//! JSON lines: one fact a line. Small files are rewritten whole, growing ones get one write a line.

use super::durable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Appends one line to `path` and syncs it; makes the file if it is missing. The caller holds the
/// lock that guards the file. A short write is taken back.
///
/// # Errors
/// The system's; nothing of the line then stands.
pub fn append<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    if !path.exists() {
        match durable::create(path, b"") {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
    }
    let mut file = durable::open_append(path)?;
    let before = file.metadata()?.len();
    if let Err(e) = file.write_all(&line).and_then(|()| file.sync_data()) {
        file.set_len(before)?;
        return Err(e);
    }
    Ok(())
}

/// All values of `path`; a missing file has none. A last line without its line feed was never
/// acknowledged and is left out; any other line that does not read is an error.
///
/// # Errors
/// The system's, or `InvalidData` naming the line.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let mut text = Vec::new();
    match durable::open_read(path) {
        Ok(mut file) => file.read_to_end(&mut text)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut values = Vec::new();
    for (at, line) in text.split_inclusive(|b| *b == b'\n').enumerate() {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        let value = serde_json::from_slice(line).map_err(|e| {
            io::Error::new(io::ErrorKind::InvalidData, format!("`{}` line {}: {e}", path.display(), at + 1))
        })?;
        values.push(value);
    }
    Ok(values)
}

/// The newest `most` values of `path`, oldest first: cost by what is asked for, not by its length. A
/// missing file has none; a last line without its line feed was never acknowledged.
///
/// # Errors
/// As [`read`].
pub fn tail<T: DeserializeOwned>(path: &Path, most: usize) -> io::Result<Vec<T>> {
    let file = match durable::open_read(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut from = file.metadata()?.len();
    let mut text: Vec<u8> = Vec::new();
    // One line feed more than lines: it ends the line before them.
    while from > 0 && memchr::memchr_iter(b'\n', &text).count() <= most {
        let block = from.min(BLOCK);
        from -= block;
        let mut bytes = vec![0; usize::try_from(block).unwrap_or_default()];
        file.read_exact_at(&mut bytes, from)?;
        bytes.append(&mut text);
        text = bytes;
    }
    let mut lines: Vec<&[u8]> =
        text.split_inclusive(|b| *b == b'\n').filter_map(|line| line.strip_suffix(b"\n")).collect();
    if from > 0 && !lines.is_empty() {
        // Perhaps only the end of one.
        let _ = lines.remove(0);
    }
    let keep = lines.len().saturating_sub(most);
    let value = |line: &&[u8]| {
        serde_json::from_slice(line)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {e}", path.display())))
    };
    lines.iter().skip(keep).map(value).collect()
}

/// What is read at once from the end.
const BLOCK: u64 = 64 * 1024;

/// Replaces all values of `path`.
///
/// # Errors
/// The system's; the old values then stand.
pub fn rewrite<T: Serialize>(path: &Path, values: &[T]) -> io::Result<()> {
    let mut text = Vec::new();
    for value in values {
        serde_json::to_writer(&mut text, value)?;
        text.push(b'\n');
    }
    durable::write(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_out_and_a_broken_middle_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        append(&path, &1).unwrap();
        append(&path, &2).unwrap();
        assert_eq!(read::<u8>(&path).unwrap(), [1, 2]);
        std::fs::write(&path, b"1\n2\n3").unwrap();
        assert_eq!(read::<u8>(&path).unwrap(), [1, 2]);
        std::fs::write(&path, b"1\nx\n3\n").unwrap();
        assert!(read::<u8>(&path).unwrap_err().to_string().contains("line 2"));
        assert!(read::<u8>(&dir.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn the_newest_values_are_read_from_the_end_whatever_the_blocks_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        assert_eq!(tail::<u32>(&path, 3).unwrap(), [0; 0]);
        let rows: Vec<String> = (0..400).map(|n| format!("{n:0>width$}", width = n % 700 + 1)).collect();
        let text: String = rows.iter().map(|r| format!("\"{r}\"\n")).collect();
        assert!(text.len() > BLOCK as usize);
        std::fs::write(&path, format!("{text}\"torn")).unwrap();
        for most in [0, 1, 3, 250, 399, 400, 500] {
            assert_eq!(
                tail::<String>(&path, most).unwrap(),
                rows[rows.len().saturating_sub(most)..],
                "{most}"
            );
        }
        std::fs::write(&path, b"x\n1\n2\n").unwrap();
        assert_eq!(tail::<u32>(&path, 2).unwrap(), [1, 2]);
        assert!(tail::<u32>(&path, 3).is_err());
    }
}
