//! Where a log begins: a folder with one entry and its head, whole before it gets its name.

use super::chain;
use super::entry::{Entry, Kind};
use super::fault::{LogError, io};
use super::head::{self, Head};
use super::log::{Log, WAIT};
use super::place::{Place, Receipt};
use super::segment;
use crate::canon::zero;
use crate::state::{Lock, Redactor, clock, durable};
use std::path::Path;

impl Log {
    /// Makes the log and its first entry. Only `init` calls this.
    ///
    /// # Errors
    /// [`LogError::Exists`] if any part of one is there, else the system's.
    pub fn create(&self) -> Result<Receipt, LogError> {
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        if self.folder.exists() {
            return Err(LogError::Exists(self.folder.clone()));
        }
        // Made under another name, so that a crash leaves no half log.
        let early = self.folder.with_extension("new");
        let receipt = begin(&early, None)?;
        durable::rename(&early, &self.folder).map_err(io("naming", &self.folder))?;
        let above = self.folder.parent().unwrap_or(&self.folder);
        durable::sync_folder(above).map_err(io("syncing", above))?;
        Ok(receipt)
    }
}

/// Makes a log of one entry in the new folder `early`, whole and synced; `after` is the last entry of
/// the log that it follows.
pub(super) fn begin(early: &Path, after: Option<serde_json::Value>) -> Result<Receipt, LogError> {
    durable::remove_folder(early).map_err(io("clearing", early))?;
    durable::make_folder(early).map_err(io("making", early))?;
    let log = crate::state::log_id().map_err(io("naming", early))?;
    let ts = clock::now();
    let entry = Entry::new(Kind::LogCreated).with("log", &log).with("after", after);
    let (line, hash) = chain::seal(&entry.payload(&Redactor::default())?.stamped(ts, None), 1, &zero());
    let path = early.join(segment::name(1));
    durable::create(&path, format!("{line}\n").as_bytes()).map_err(io("making", &path))?;
    let head = Head { log, seq: 1, hash: hash.clone() };
    let path = head::path(early);
    durable::create(&path, head.text().as_bytes()).map_err(io("making", &path))?;
    Ok(Receipt { place: Place { seq: 1, hash, segment: 1, offset: 0 }, ts })
}
