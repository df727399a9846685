//! Syncing, after the append lock was let go: one process syncs for all whose entries stand in the
//! file by then. What was synced is published in `head`, so nobody waits for a sync that was done.

use super::LogError;
use super::chain::{self, LONGEST};
use super::head::{Head, HeadFile};
use crate::call::Digest;
use crate::state::{Busy, Home, Lock, durable};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a process waits for somebody else's sync.
const WAIT: Duration = Duration::from_secs(30);
/// How often it looks. A blocking lock would be taken again by the one who just had it.
const LOOK: Duration = Duration::from_micros(500);

/// An entry that is written and waits for its sync.
pub(super) struct Written<'a> {
    pub log: &'a str,
    pub seq: u64,
    pub hash: &'a Digest,
    /// The segment it stands in, and the byte after its line.
    pub file: &'a File,
    pub end: u64,
    /// The head of its log, as it was open when the entry was written.
    pub head: &'a HeadFile,
}

/// Where syncs are arranged.
#[derive(Debug, Clone)]
pub(super) struct Syncs {
    folder: PathBuf,
    lock: PathBuf,
    failed: PathBuf,
}

impl Syncs {
    pub(super) fn of(home: &Home) -> Self {
        Self { folder: home.audit(), lock: home.audit_sync(), failed: home.audit_failed() }
    }

    /// The lock under which syncs are done and `head` is written.
    pub(super) fn lock(&self) -> &Path {
        &self.lock
    }

    /// The file that tells of a failed sync.
    pub(super) fn failed(&self) -> &Path {
        &self.failed
    }

    /// Refuses a log of which a sync failed: the system may show entries that never reached the disk.
    pub(super) fn sound(&self) -> Result<(), LogError> {
        match self.failed.symlink_metadata() {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(why) => Err(LogError::Io { doing: "looking at", path: self.failed.clone(), why }),
            Ok(_) => Err(LogError::Broken {
                folder: self.folder.clone(),
                why: format!(
                    "a sync to the disk failed earlier (`{}` says when): look at the disk, then run \
                     `fleet audit repair`",
                    self.failed.display()
                ),
            }),
        }
    }

    /// Remembers that a sync failed. The pages count as clean then, and the next sync would succeed
    /// without having written them, so nobody goes on from here.
    pub(super) fn mark_failed(&self, why: &std::io::Error) {
        let text = format!("{}: {why}\n", crate::state::clock::stamp(crate::state::clock::now()));
        if durable::write(&self.failed, text.as_bytes()).is_err() {
            // A disk that fails one sync may fail this one: the name alone stops everybody until the
            // machine starts anew, and then what the disk has is what is read.
            let _ = durable::create_new(&self.failed);
        }
    }

    /// Returns once `written` is on the disk, by whoever's sync.
    pub(super) fn settle(&self, written: &Written<'_>) -> Result<(), LogError> {
        let busy = |why| Busy::Io { path: self.lock.clone(), why };
        let mut lock = durable::open_lock_file(&self.lock).map_err(busy)?;
        let started = Instant::now();
        loop {
            lock = match Lock::on(lock) {
                Ok(_held) => return self.lead(written),
                Err(lock) => lock,
            };
            std::thread::sleep(LOOK);
            if written.head.steady().is_ok_and(|head| covers(&head, written)) {
                return Ok(());
            }
            if started.elapsed() > WAIT {
                return Err(Busy::Held { path: self.lock.clone(), waited: WAIT }.into());
            }
        }
    }

    /// Under the sync lock: unless somebody did it meanwhile, syncs the segment and publishes the newest
    /// entry that this covered, which must have been complete before the sync began.
    fn lead(&self, written: &Written<'_>) -> Result<(), LogError> {
        // Another stands there if the log was closed since, or if somebody put it there.
        let other = (!written.head.is_of(&self.folder))
            .then(|| HeadFile::open(&self.folder).map_err(std::io::Error::from));
        let head = other.as_ref().map_or(Ok(written.head), Result::as_ref);
        let published = head.ok().and_then(HeadFile::held);
        // The log was closed since the entry was written: its head lies elsewhere, and this is another's.
        let closed = published.as_ref().is_some_and(|h| h.log != written.log);
        if published.as_ref().is_some_and(|h| covers(h, written)) {
            return Ok(());
        }
        self.sound()?;
        let (seq, hash) = newest_in(written).unwrap_or_else(|| (written.seq, written.hash.clone()));
        if let Err(why) = written.file.sync_data() {
            self.mark_failed(&why);
            return Err(LogError::Io { doing: "syncing", path: self.folder.clone(), why });
        }
        if closed || published.is_some_and(|h| h.seq >= seq) {
            return Ok(());
        }
        let path = super::head::path(&self.folder);
        let io = |why| LogError::Io { doing: "writing", path: path.clone(), why };
        let head = head.map_err(|e| io(std::io::Error::new(e.kind(), e.to_string())))?;
        head.write(&Head { log: written.log.to_owned(), seq, hash }).map_err(io)
    }
}

/// Whether what `head` says was synced covers the entry. Another log's head says nothing about it.
fn covers(head: &Head, written: &Written<'_>) -> bool {
    let other = head.log != written.log || (head.seq == written.seq && head.hash != *written.hash);
    !other && head.seq >= written.seq
}

/// The newest complete entry in the file, if others wrote after this one. A line feed is written
/// last, so a line that has one is whole.
fn newest_in(written: &Written<'_>) -> Option<(u64, Digest)> {
    let size = written.file.metadata().ok()?.len();
    if size <= written.end {
        return None;
    }
    let most = u64::try_from(LONGEST).ok()?;
    let start = size.saturating_sub(most * 2).max(written.end);
    let mut bytes = vec![0; usize::try_from(size - start).ok()?];
    written.file.read_exact_at(&mut bytes, start).ok()?;
    let upto = bytes.iter().rposition(|b| *b == b'\n')?;
    let line = bytes.get(..upto)?.rsplit(|b| *b == b'\n').next()?;
    let link = chain::link(line).filter(|l| l.sound() && l.seq > written.seq)?;
    Some((link.seq, link.digest()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::end::End;
    use crate::audit::{Against, Entry, Kind, Log, Signer, verify};

    #[test]
    fn a_sync_that_comes_after_its_log_was_closed_leaves_the_successors_head_alone() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(home.data()).unwrap();
        let log = Log::of(&home);
        let _ = log.create().unwrap();
        for _ in 0..3 {
            let _ = log.append(&Entry::new(Kind::CallDone)).unwrap();
        }
        let end = End::look(&home.audit()).unwrap();
        let signer = Signer::of(&home).unwrap();
        let closed = log.archive(&home, &signer, |entry| entry).unwrap().folder.unwrap();
        Syncs::of(&home).settle(&end.written()).unwrap();
        for folder in [home.audit(), closed] {
            let report = verify(&folder, &Against::default());
            assert!(report.ok, "{report:?}");
        }
        let _ = log.append(&Entry::new(Kind::CallDone)).unwrap();
    }
}
