//! Opening a folder without following any link: the path was resolved when it was judged, so a
//! link in it now means that somebody put it there since.
#![expect(clippy::disallowed_methods, reason = "hands open files")]

use rustix::fs::{Mode, OFlags, open, openat};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

/// The folder that holds `path`, and the name in it.
pub fn holding(path: &Path) -> io::Result<(OwnedFd, &OsStr)> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let parent = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok((folder(parent)?, name))
}

/// The folder `path`.
pub fn folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = open("/", flags, Mode::empty())?;
    for step in path.components() {
        match step {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => at = openat(&at, name, flags, Mode::empty())?,
            Component::ParentDir | Component::Prefix(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    Ok(at)
}

/// The regular file `name` in `folder`, for reading.
pub fn regular(folder: &OwnedFd, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(folder, name, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"))
    }
}

/// A new file `name` in `folder`.
pub fn create(folder: &OwnedFd, name: &OsStr, mode: u32) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Modes are 12 bits wide, and mode_t 16 on macOS.
    let mode = Mode::from_raw_mode((mode & 0o777) as rustix::fs::RawMode);
    Ok(File::from(openat(folder, name, flags, mode)?))
}

/// Makes names in `folder` durable.
pub fn sync(folder: OwnedFd) -> io::Result<()> {
    File::from(folder).sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_anywhere_on_the_way_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/sub")).unwrap();
        std::fs::write(root.join("real/sub/file"), "x").unwrap();
        symlink(root.join("real"), root.join("link")).unwrap();
        symlink(root.join("real/sub/file"), root.join("real/sub/alias")).unwrap();
        assert!(holding(&root.join("link/sub/file")).is_err());
        let (folder, _) = holding(&root.join("real/sub/file")).unwrap();
        assert!(regular(&folder, OsStr::new("file")).is_ok());
        assert!(regular(&folder, OsStr::new("alias")).is_err());
        assert!(create(&folder, OsStr::new("alias"), 0o600).is_err());
    }
}
