//! Pins: what stands at a path, told by content.

use super::Unresolved;
use crate::call::{Digest, Identity, Pin};
use crate::canon::Hasher;
use crate::state::durable;
use std::fs::Metadata;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Files above this are told by length and last change: hashing them would take seconds.
const LARGE: u64 = 256 * 1024 * 1024;
/// Most entries of a folder that is pinned whole.
const ENTRIES: usize = 20_000;

/// What stands at `path`, without looking at content.
pub fn kind(path: &Path) -> Pin {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_file() => Pin::Some,
        Ok(meta) if meta.is_dir() => Pin::Folder,
        Ok(_) => Pin::Special,
        Err(_) => Pin::Absent,
    }
}

/// What stands at `path`, with its content, and its inode.
///
/// # Errors
/// [`Unresolved`] if it cannot be read or is too much.
pub fn content(path: &Path) -> Result<(Pin, Option<Identity>), Unresolved> {
    let Ok(meta) = path.symlink_metadata() else { return Ok((Pin::Absent, None)) };
    let pin = if meta.is_file() {
        file(path, &meta)?
    } else if meta.is_dir() {
        tree(path)?
    } else if meta.is_symlink() {
        let target = std::fs::read_link(path).map_err(|e| refused(path, &e))?;
        Pin::Link { target: target.to_string_lossy().into_owned() }
    } else {
        Pin::Special
    };
    Ok((pin, Some(identity(&meta))))
}

/// The inode of `meta`.
pub fn identity(meta: &Metadata) -> Identity {
    let mtime_ns = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
    Identity { dev: meta.dev(), ino: meta.ino(), bytes: meta.len(), mtime_ns }
}

fn file(path: &Path, meta: &Metadata) -> Result<Pin, Unresolved> {
    if meta.len() > LARGE {
        return Ok(Pin::Large { bytes: meta.len(), mtime_ns: identity(meta).mtime_ns.to_string() });
    }
    let (sha256, bytes) = hash(path).map_err(|e| refused(path, &e))?;
    Ok(Pin::File { sha256, bytes })
}

/// The hash and length of a regular file.
///
/// # Errors
/// The system's.
pub fn hash(path: &Path) -> std::io::Result<(Digest, u64)> {
    hash_of(path, &mut |_| {})
}

/// The same, of exactly the bytes that `each` is given.
fn hash_of(path: &Path, each: &mut dyn FnMut(&[u8])) -> std::io::Result<(Digest, u64)> {
    let mut file = durable::open_read(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((hasher.finish(), bytes));
        }
        let part = buffer.get(..n).unwrap_or_default();
        hasher.update(part);
        each(part);
        bytes += u64::try_from(n).unwrap_or(0);
    }
}

/// What the regular file at `path` is, and the bytes of which that was told if they are no more than
/// `most`: read once, so that both are of one content.
///
/// # Errors
/// [`Unresolved`] if it cannot be read.
pub fn content_and_bytes(path: &Path, most: usize) -> Result<(Pin, Option<Vec<u8>>), Unresolved> {
    let meta = path.symlink_metadata().map_err(|e| refused(path, &e))?;
    if meta.len() > LARGE {
        return Ok((file(path, &meta)?, None));
    }
    let mut kept = Some(Vec::new());
    let mut keep = |part: &[u8]| {
        kept = kept.take().filter(|all: &Vec<u8>| all.len() + part.len() <= most);
        if let Some(all) = &mut kept {
            all.extend_from_slice(part);
        }
    };
    let (sha256, bytes) = hash_of(path, &mut keep).map_err(|e| refused(path, &e))?;
    Ok((Pin::File { sha256, bytes }, kept))
}

/// A folder's digest over the sorted names, kinds and contents of all below it.
fn tree(path: &Path) -> Result<Pin, Unresolved> {
    let mut hasher = Hasher::default();
    let (mut entries, mut total) = (0, 0);
    for entry in walkdir::WalkDir::new(path).sort_by_file_name().min_depth(1) {
        let entry = entry.map_err(|e| Unresolved::Io(path.display().to_string(), e.to_string()))?;
        entries += 1;
        if entries > ENTRIES {
            return Err(Unresolved::TooMany(path.display().to_string(), ENTRIES));
        }
        let below = entry.path().strip_prefix(path).unwrap_or(entry.path());
        let (what, bytes) = if entry.file_type().is_file() {
            let meta =
                entry.metadata().map_err(|e| Unresolved::Io(path.display().to_string(), e.to_string()))?;
            total += meta.len();
            (serde_json::to_string(&file(entry.path(), &meta)?).unwrap_or_default(), meta.len())
        } else if entry.file_type().is_symlink() {
            (format!("link {}", std::fs::read_link(entry.path()).unwrap_or_default().display()), 0)
        } else {
            (format!("{:?}", entry.file_type().is_dir()), 0)
        };
        use std::os::unix::ffi::OsStrExt as _;
        for part in [below.as_os_str().as_bytes(), what.as_bytes(), bytes.to_string().as_bytes()] {
            hasher.update(part);
            hasher.update(b"\0");
        }
    }
    let entries = u64::try_from(entries).unwrap_or(0);
    Ok(Pin::Tree { sha256: hasher.finish(), entries, bytes: total })
}

fn refused(path: &Path, e: &std::io::Error) -> Unresolved {
    Unresolved::Io(path.display().to_string(), e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_changes_with_any_content_below_it_and_not_with_a_touch() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        let file = dir.path().join("sub/x");
        std::fs::write(&file, "one").unwrap();
        let before = content(dir.path()).unwrap().0;
        std::fs::write(&file, "one").unwrap();
        assert_eq!(content(dir.path()).unwrap().0, before);
        std::fs::write(&file, "two").unwrap();
        assert_ne!(content(dir.path()).unwrap().0, before);
        std::fs::write(&file, "one").unwrap();
        std::fs::rename(&file, dir.path().join("sub/y")).unwrap();
        assert_ne!(content(dir.path()).unwrap().0, before);
    }

    #[test]
    fn what_is_no_file_or_folder_is_special_and_what_is_not_there_absent() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert_eq!(content(&pipe).unwrap().0, Pin::Special);
        assert_eq!(content(&dir.path().join("none")).unwrap(), (Pin::Absent, None));
    }
}
