//! Locks are advisory locks on files, held by the kernel for the holder: a dead holder holds nothing.

use super::durable;
use fs2::FileExt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long until the second try; each later one waits twice as long, up to [`SLOWEST`].
const FIRST: Duration = Duration::from_micros(50);
/// The longest time between two tries.
const SLOWEST: Duration = Duration::from_millis(2);

/// A lock that was not had.
#[derive(Debug, thiserror::Error)]
pub enum Busy {
    /// Somebody else held it for the whole wait.
    #[error("`{path}` is held by another process (waited {waited:?}): try again later")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// The lock file cannot be opened.
    #[error("cannot open the lock `{path}`: {why}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
}

/// A held lock; released when dropped.
#[derive(Debug)]
#[must_use = "a lock that is not kept is released at once"]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock at `path`, waiting at most `wait`.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn acquire(path: &Path, wait: Duration) -> Result<Self, Busy> {
        let started = Instant::now();
        let file = durable::open_lock_file(path).map_err(|why| Busy::Io { path: path.into(), why })?;
        let mut pause = FIRST;
        loop {
            if try_exclusive(&file) {
                return Ok(Self { file });
            }
            if started.elapsed() >= wait {
                return Err(Busy::Held { path: path.into(), waited: wait });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(SLOWEST);
        }
    }

    /// Takes the lock on an open file, or gives the file back.
    ///
    /// # Errors
    /// The file, if somebody else holds the lock.
    pub fn on(file: File) -> Result<Self, File> {
        if try_exclusive(&file) { Ok(Self { file }) } else { Err(file) }
    }

    /// The locked file.
    pub const fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Unlocked by name, not by closing: a child that was just started may still hold a copy of
        // the descriptor for some milliseconds.
        let _ = FileExt::unlock(&self.file);
    }
}

/// Named in full, since the standard library has methods of the same name.
fn try_exclusive(file: &File) -> bool {
    FileExt::try_lock_exclusive(file).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_not_had_twice_and_a_dropped_one_is_free_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::acquire(&path, Duration::ZERO).unwrap();
        assert!(matches!(Lock::acquire(&path, Duration::from_millis(10)), Err(Busy::Held { .. })));
        drop(first);
        assert!(Lock::acquire(&path, Duration::ZERO).is_ok());
    }

    #[test]
    fn a_lock_in_a_folder_that_is_not_there_creates_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("no/lock");
        assert!(matches!(Lock::acquire(&path, Duration::ZERO), Err(Busy::Io { .. })));
        assert!(!path.exists());
    }
}
