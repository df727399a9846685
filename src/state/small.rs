//! Files that others made, read whole: capped, and hanging on no pipe and no device.
#![expect(clippy::disallowed_methods, reason = "opened for reading alone")]

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The bytes of the regular file at `path`, also by way of a link.
///
/// # Errors
/// The system's; `InvalidInput` if it is not a regular file, `FileTooLarge` over `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    whole(file, about.len(), most)
}

/// All of an open file that is to be small and says that it is `long`.
pub(super) fn whole(file: std::fs::File, long: u64, most: u64) -> io::Result<Vec<u8>> {
    // Room for all that it holds, and for what `/proc` does not tell the length of: read at once, where
    // an empty buffer is filled 32 bytes at first.
    let mut bytes =
        Vec::with_capacity(usize::try_from(long.min(most)).unwrap_or(0).max(1024).saturating_add(64));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("over {most} bytes")));
    }
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As [`read`]; `InvalidData` if it is not UTF-8.
pub fn text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

/// The same; nothing where there is no such file.
///
/// # Errors
/// As [`read`], but for `NotFound`.
pub fn read_if_there(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    match read(path, most) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_regular_file_is_read_and_nothing_hangs() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), b"12345").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("endless")).unwrap();
        std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        let told = |name: &str, most| read_if_there(&at(name), most).map_err(|e| e.kind());
        assert_eq!(told("file", 5), Ok(Some(b"12345".to_vec())));
        assert_eq!(told("link", 5), Ok(Some(b"12345".to_vec())));
        assert_eq!(told("none", 5), Ok(None));
        assert_eq!(told("file/below", 5), Ok(None));
        assert_eq!(told("file", 4), Err(io::ErrorKind::FileTooLarge));
        for name in ["pipe", "endless", ""] {
            assert_eq!(told(name, 5), Err(io::ErrorKind::InvalidInput), "{name}");
        }
    }
}
