//! Closing a log and starting its successor: a damaged one by repair, a sound one to archive it. The
//! two change places in one step, so that there is a log at every instant.

use super::begin::begin;
use super::checkpoint::Signer;
use super::end::End;
use super::entry::{Entry, Kind};
use super::fault::io;
use super::head::Head;
use super::log::{Log, WAIT};
use super::place::Receipt;
use super::verify::{Against, Report};
use super::{LogError, verify};
use crate::state::{Home, Lock, durable};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What became of a log.
#[derive(Debug)]
pub struct Closed {
    /// Where the old log lies now; none if it was gone.
    pub folder: Option<PathBuf>,
    /// What verifying it said.
    pub report: Report,
    /// The entry that tells of it.
    pub receipt: Receipt,
}

/// Why a log was not closed.
#[derive(Debug, thiserror::Error)]
pub enum NotClosed {
    /// There is nothing to repair.
    #[error("the audit log is whole: there is nothing to repair")]
    Whole,
    /// Only a sound log is archived.
    #[error("the audit log is broken ({0}): only a sound log is archived; see `fleet audit repair`")]
    Broken(&'static str),
    /// The log or the system refused.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Log {
    /// Cuts a torn tail; moves any other damaged log away and starts a successor that names the last
    /// sound entry. `who` makes the entry that tells of it.
    ///
    /// # Errors
    /// [`NotClosed`]; the log then stands as it was.
    pub fn mend(&self, home: &Home, who: impl Fn(Entry) -> Entry) -> Result<Closed, NotClosed> {
        let lock = Lock::acquire(&self.lock, WAIT).map_err(LogError::from)?;
        let report = verify::verify(&self.folder, &Against::default());
        let failed = self.syncs.failed().symlink_metadata().is_ok();
        match &report.fault {
            None if !failed => return Err(NotClosed::Whole),
            // Every append cuts a torn tail and says so; this is one. A tail that is longer than what a
            // crash can leave of a line is not cut: that log is closed.
            Some(fault) if fault.class == "torn" && !failed && End::look(&self.folder).is_ok() => {
                drop(lock);
                let reason = "`audit repair`: a torn last line was cut off; nothing else was wrong";
                let receipt = self.append(&who(Entry::new(Kind::Repaired).with("reason", reason)))?;
                return Ok(Closed { folder: None, report, receipt });
            }
            _ => {}
        }
        let id = super::head::log_id(&self.folder).or_else(|| first_log(&self.folder));
        let after = report.head.as_ref().map(|hash| json!({"log": id, "seq": report.entries, "hash": hash}));
        let folder = self.replace(home, id, after)?;
        drop(lock);
        let fault = report.fault.as_ref().map_or_else(
            || "a sync of it had failed".to_owned(),
            |f| format!("{} at entry {}, byte {} of `{}`", f.kind, f.seq, f.offset, f.segment),
        );
        let reason = match &folder {
            Some(_) => format!("the log before this one was damaged and closed: {fault}"),
            None => "the log before this one was gone".to_owned(),
        };
        let receipt = self.append(&who(Entry::new(Kind::Repaired).with("reason", reason)))?;
        Ok(Closed { folder, report, receipt })
    }

    /// Moves the sound log away, with its checkpoint beside it, and starts a successor.
    ///
    /// # Errors
    /// [`NotClosed`]; the log then goes on as it was.
    pub fn archive(
        &self,
        home: &Home,
        signer: &Signer,
        who: impl Fn(Entry) -> Entry,
    ) -> Result<Closed, NotClosed> {
        let reason = "closed to be archived; its successor's first entry names this one";
        let receipt = self.append(&who(Entry::new(Kind::LogArchived).with("reason", reason)))?;
        let lock = Lock::acquire(&self.lock, WAIT).map_err(LogError::from)?;
        let report = verify::verify(&self.folder, &Against::default());
        if let Some(fault) = &report.fault {
            return Err(NotClosed::Broken(fault.kind));
        }
        let end = End::look(&self.folder)?;
        // Some may still wait for their sync: the checkpoint speaks of what is on the disk.
        end.file.sync_data().map_err(io("syncing", &end.path))?;
        let head = Head { log: end.log, seq: end.seq, hash: end.hash };
        let path = self.folder.join("checkpoint");
        durable::write(&path, signer.sign(&head).as_bytes()).map_err(io("writing", &path))?;
        let after = json!({"log": head.log, "seq": head.seq, "hash": head.hash});
        let folder = self.replace(home, Some(head.log), Some(after))?;
        drop(lock);
        Ok(Closed { folder, report, receipt })
    }

    /// Signs the log's end. The note is true of what is on the disk: the entry that tells of it was
    /// synced, and with it all before.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn checkpoint(&self, home: &Home, signer: &Signer) -> Result<Checkpoint, LogError> {
        let head = {
            let _lock = Lock::acquire(&self.lock, WAIT)?;
            let end = End::look(&self.folder)?;
            self.syncs.settle(&end.written())?;
            Head { log: end.log, seq: end.seq, hash: end.hash }
        };
        let note = signer.sign(&head);
        let folder = home.checkpoints();
        durable::make_folder(&folder).map_err(io("making", &folder))?;
        let file = folder.join(format!("{}-{:020}", head.log, head.seq));
        durable::write(&file, note.as_bytes()).map_err(io("writing", &file))?;
        let entry = Entry::new(Kind::Checkpoint)
            .with("digest", &head.hash)
            .with("reason", format!("entry {} was signed", head.seq))
            .with("args", json!({"seq": head.seq, "key": signer.public().to_string()}));
        let _ = self.append(&entry)?;
        Ok(Checkpoint { seq: head.seq, hash: head.hash, log: head.log, note, file })
    }

    /// Puts a successor in the log's place; the caller holds the append lock.
    fn replace(
        &self,
        home: &Home,
        id: Option<String>,
        after: Option<Value>,
    ) -> Result<Option<PathBuf>, LogError> {
        // Nobody writes `head` while the folders change places.
        let _syncs = Lock::acquire(self.syncs.lock(), WAIT)?;
        let closed = home.audit_closed();
        durable::make_folder(&closed).map_err(io("making", &closed))?;
        let fresh = || crate::state::log_id().map_err(io("naming", &closed));
        let mut place = match &id {
            Some(id) => closed.join(id),
            None => closed.join(format!("unknown-{}", fresh()?)),
        };
        // What a crash left here is a successor that never came into its place. A log of this id was
        // closed before and put back: neither copy is made over.
        if id.is_some() && is_log(&place, id.as_deref()) {
            place = closed.join(format!("{}-{}", id.unwrap_or_default(), fresh()?));
        }
        let _ = begin(&place, after)?;
        let gone = !self.folder.exists();
        if gone {
            durable::rename(&place, &self.folder).map_err(io("naming", &self.folder))?;
        } else {
            durable::exchange(&place, &self.folder).map_err(io("exchanging", &self.folder))?;
        }
        for folder in [home.data(), &closed] {
            durable::sync_folder(folder).map_err(io("syncing", folder))?;
        }
        let failed = self.syncs.failed();
        durable::remove(failed).map_err(io("removing", failed))?;
        Ok((!gone).then_some(place))
    }
}

/// A head that was signed.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The entry.
    pub seq: u64,
    /// Its hash.
    pub hash: crate::call::Digest,
    /// The log.
    pub log: String,
    /// The signed note.
    pub note: String,
    /// Where fleet keeps it.
    pub file: PathBuf,
}

/// Whether a log with this id lies in `folder`.
fn is_log(folder: &Path, id: Option<&str>) -> bool {
    let there = super::head::log_id(folder).or_else(|| first_log(folder));
    there.is_some() && there.as_deref() == id
}

/// The id that the first entry gives, if it reads.
fn first_log(folder: &Path) -> Option<String> {
    let path = folder.join(super::segment::name(1));
    let mut line = Vec::new();
    let file = durable::open_read(&path).ok()?;
    let most = u64::try_from(super::chain::LONGEST).ok()?;
    std::io::BufRead::read_until(
        &mut std::io::BufReader::new(std::io::Read::take(file, most)),
        b'\n',
        &mut line,
    )
    .ok()?;
    let entry: Value = serde_json::from_slice(&line).ok()?;
    let id = entry.get("log")?.as_str()?;
    // It becomes a folder's name.
    (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_owned())
}
