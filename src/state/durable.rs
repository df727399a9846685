//! Writes that survive: temporary file, fsync, rename, fsync of the folder.
//!
//! On macOS `sync_all` issues `F_FULLFSYNC`. What remains: after a failed fsync the page cache may
//! still read back good, so a failed write here is reported and never retried on the same file.
#![expect(clippy::disallowed_methods, reason = "the one place in this room that writes files")]

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Puts `bytes` at `path`, whole or not at all, mode 0600.
///
/// # Errors
/// The system's; the old content then stands.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path)?;
    let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// The same with mode 0644, for what the system's own programs read.
///
/// # Errors
/// The system's; the old content then stands.
pub fn write_shared(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path)?;
    let mode = std::fs::Permissions::from_mode(0o644);
    let mut temporary = tempfile::Builder::new().prefix(".new-").permissions(mode).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    // Whatever the umask says: launchd takes no other.
    temporary.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Puts `bytes` at `path` if nothing stands there, mode 0600.
///
/// # Errors
/// `AlreadyExists`, or the system's.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path)?;
    let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// An empty file at `path` that nobody else made, mode 0600; not synced.
///
/// # Errors
/// `AlreadyExists`, or the system's.
pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Opens `path` for reading and writing as a lock file, and makes it if the folder is there.
///
/// # Errors
/// The system's.
pub fn open_lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Opens the regular file `path` for appending; makes nothing and follows no link.
///
/// # Errors
/// The system's, or `InvalidInput` if it is not a regular file.
pub fn open_append(path: &Path) -> io::Result<File> {
    open_append_known(path).map(|(file, _)| file)
}

/// The same, with what the system says of the file.
///
/// # Errors
/// As [`open_append`].
pub fn open_append_known(path: &Path) -> io::Result<(File, Metadata)> {
    regular(OpenOptions::new().read(true).append(true).custom_flags(no_follow()).open(path)?)
}

/// Opens the regular file `path` for reading; follows no link and hangs on no pipe.
///
/// # Errors
/// The system's, or `InvalidInput` if it is not a regular file.
pub fn open_read(path: &Path) -> io::Result<File> {
    open_read_known(path).map(|(file, _)| file)
}

/// The same, with what the system says of the file.
///
/// # Errors
/// As [`open_read`].
pub fn open_read_known(path: &Path) -> io::Result<(File, Metadata)> {
    regular(OpenOptions::new().read(true).custom_flags(no_follow()).open(path)?)
}

/// The whole of the small file at `path`, as files of state are that are replaced whole.
///
/// # Errors
/// The system's, `InvalidInput` if it is not a regular file, `FileTooLarge` above 1 MiB.
pub fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    super::small::whole(open_read(path)?, 0, 1 << 20)
}

/// Opens the regular file `path` for writing in place; makes nothing and follows no link.
///
/// # Errors
/// The system's, or `InvalidInput` if it is not a regular file.
pub fn open_in_place(path: &Path) -> io::Result<File> {
    open_in_place_known(path).map(|(file, _)| file)
}

/// The same, with what the system says of the file.
///
/// # Errors
/// As [`open_in_place`].
pub fn open_in_place_known(path: &Path) -> io::Result<(File, Metadata)> {
    regular(OpenOptions::new().read(true).write(true).custom_flags(no_follow()).open(path)?)
}

/// Removes the file at `path`; a file that is not there is no error.
///
/// # Errors
/// The system's.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives the file at `from` the name `to` if nothing has it; not synced.
///
/// # Errors
/// `AlreadyExists`, or the system's.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

/// Gives the file at `from` the name `to`, in the same folder; not synced.
///
/// # Errors
/// The system's.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Lets two folders change places in one step; not synced.
///
/// # Errors
/// The system's; a file system that cannot do it says so.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Makes the folder `path` and those above it, mode 0700, and syncs its parent.
///
/// # Errors
/// The system's.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    sync_folder(parent(path)?)
}

/// Removes a scratch folder with everything in it.
///
/// # Errors
/// The system's.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes names in `folder` durable.
///
/// # Errors
/// The system's.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn parent(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

const fn no_follow() -> i32 {
    (rustix::fs::OFlags::NOFOLLOW.bits() | rustix::fs::OFlags::NONBLOCK.bits()).cast_signed()
}

fn regular(file: File) -> io::Result<(File, Metadata)> {
    let meta = file.metadata()?;
    if meta.is_file() {
        Ok((file, meta))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_or_a_pipe_in_place_of_a_file_is_refused_and_does_not_hang() {
        let dir = tempfile::tempdir().unwrap();
        let (link, pipe, folder) =
            (dir.path().join("link"), dir.path().join("pipe"), dir.path().join("folder"));
        std::fs::write(dir.path().join("file"), b"x").unwrap();
        std::os::unix::fs::symlink(dir.path().join("file"), &link).unwrap();
        std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        std::fs::create_dir(&folder).unwrap();
        for path in [&link, &pipe, &folder] {
            assert!(open_read(path).is_err() && read_small(path).is_err(), "{path:?}");
            assert!(open_in_place(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn what_is_small_is_read_and_what_is_not_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(read_small(&path).unwrap().len(), 1 << 20);
        std::fs::write(&path, vec![b'x'; (1 << 20) + 1]).unwrap();
        assert_eq!(read_small(&path).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn create_does_not_replace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, b"three").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"three");
    }
}
