//! Reading a file.

use super::{Step, Trouble, WHOLE, folder};
use crate::call::{FileRead, Happened};
use crate::canon::sha256;
use std::io::Read as _;
use std::path::Path;

pub fn read(effect: &FileRead) -> Step {
    let path = effect.path.as_path();
    let whole = whole(path).map_err(|e| Trouble::io("read", &effect.path, &e))?;
    let size = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    let from = usize::try_from(effect.offset.min(size)).unwrap_or(whole.len());
    let until =
        usize::try_from(effect.offset.saturating_add(effect.max_bytes).min(size)).unwrap_or(whole.len());
    Ok(Happened::Read {
        path: effect.path.clone(),
        sha256: sha256(&whole),
        size,
        truncated: until < whole.len(),
        bytes: whole.get(from..until).unwrap_or_default().to_vec(),
    })
}

/// All of a regular file of at most 64 MiB, also if it grows meanwhile.
pub fn whole(path: &Path) -> std::io::Result<Vec<u8>> {
    let (folder, name) = folder::holding(path)?;
    let file = folder::regular(&folder, name)?;
    let too_large = || std::io::Error::new(std::io::ErrorKind::FileTooLarge, "is over 64 MiB");
    let long = file.metadata()?.len();
    if long > WHOLE {
        return Err(too_large());
    }
    // Room for all of it and for seeing its end: an empty buffer is filled 32 bytes at first.
    let mut bytes = Vec::with_capacity(usize::try_from(long).unwrap_or(0).saturating_add(64));
    file.take(WHOLE + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > WHOLE { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Pin, RealPath};

    fn effect(path: &Path, offset: u64, max_bytes: u64) -> FileRead {
        FileRead { path: RealPath::new(path).unwrap(), pin: Pin::Some, offset, max_bytes }
    }

    #[test]
    fn parts_are_cut_out_of_the_whole_and_hashed_as_the_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().join("x");
        std::fs::write(&path, "0123456789").unwrap();
        for (offset, most, expected, cut) in
            [(0, 100, "0123456789", false), (3, 4, "3456", true), (10, 5, "", false), (99, 5, "", false)]
        {
            let Happened::Read { bytes, sha256: hash, size, truncated, .. } =
                read(&effect(&path, offset, most)).unwrap()
            else {
                panic!("not a read")
            };
            assert_eq!((bytes.as_slice(), truncated, size), (expected.as_bytes(), cut, 10));
            assert_eq!(hash, sha256(b"0123456789"));
        }
    }

    #[test]
    fn a_sparse_giant_a_pipe_a_folder_and_nothing_are_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::File::create(root.join("giant")).unwrap().set_len(5 << 30).unwrap();
        std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
        for name in ["giant", "pipe", "", "none"] {
            assert!(read(&effect(&root.join(name), 0, 10)).is_err(), "{name}");
        }
    }
}
