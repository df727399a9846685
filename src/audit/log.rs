//! Appending: lock, look at the end, one write, unlock, then a sync that others may share. No receipt
//! without the sync.

use super::chain;
use super::end::End;
use super::entry::{Entry, Payload};
use super::fault::LogError;
use super::place::Receipt;
use super::put::within;
use super::sync::Syncs;
use super::verify::{self, Against, Report, Snapshot};
use crate::state::{Home, Lock, Redactor};
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// A segment that reached this length is followed by a new one.
const SEGMENT: u64 = 64 * 1024 * 1024;
/// How long an append waits for others.
pub(super) const WAIT: Duration = Duration::from_secs(20);

/// The log of one home.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) folder: PathBuf,
    pub(super) lock: PathBuf,
    pub(super) syncs: Syncs,
    pub(super) redactor: Redactor,
    pub(super) segment: u64,
}

/// An entry without secrets that fits a line, whatever its number and stamps will be.
#[derive(Debug)]
#[must_use = "it is not in the log yet"]
pub struct Ready(Payload);

impl Log {
    /// The log of `home`; not looked at yet.
    pub fn of(home: &Home) -> Self {
        Self {
            folder: home.audit(),
            lock: home.audit_lock(),
            syncs: Syncs::of(home),
            redactor: Redactor::of(home),
            segment: SEGMENT,
        }
    }

    /// Appends `entry` and returns once it is synced.
    ///
    /// # Errors
    /// [`LogError`]; nothing that needs the entry may happen then.
    pub fn append(&self, entry: &Entry) -> Result<Receipt, LogError> {
        self.write(&entry.payload(&self.redactor)?)
    }

    /// The same of one that was made ready before.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn append_ready(&self, entry: &Ready) -> Result<Receipt, LogError> {
        self.write(&entry.0)
    }

    fn write(&self, payload: &Payload) -> Result<Receipt, LogError> {
        if !self.folder.exists() {
            return Err(LogError::Missing(self.folder.clone()));
        }
        let lock = Lock::acquire(&self.lock, WAIT)?;
        self.syncs.sound()?;
        let mut end = End::look(&self.folder)?;
        if let Some(torn) = end.torn.take() {
            self.repair(&mut end, &torn)?;
        }
        let receipt = self.put(&mut end, payload)?;
        // From here others may append; their sync covers this entry, or this one theirs.
        drop(lock);
        self.syncs.settle(&end.written())?;
        Ok(receipt)
    }

    /// `entry` made ready, if a line holds it with `spare` bytes more. Looks at no file.
    ///
    /// # Errors
    /// [`LogError::Entry`], as an append of it would say.
    pub fn ready(&self, entry: &Entry, spare: usize) -> Result<Ready, LogError> {
        let payload = entry.payload(&self.redactor)?;
        let stamped = payload.stamped(Timestamp::MAX, Some(Timestamp::MAX));
        within(chain::longest(stamped.len()) + 1 + spare).map(|()| Ready(payload))
    }

    /// Verifies the log as it is now. A home that is not there, or whose lock cannot be had, is looked
    /// at without it. A log that is closed meanwhile is another when it is read: then the new one is
    /// verified.
    pub fn verify(&self, against: &Against<'_>) -> Report {
        loop {
            let before = super::head::log_id(&self.folder);
            let lock = self.folder.is_dir().then(|| Lock::acquire(&self.lock, WAIT).ok());
            let snapshot = Snapshot::take(&self.folder);
            // Held only while measuring: reading takes as long as the log is long.
            drop(lock);
            let report = verify::report(snapshot, against);
            let after = super::head::log_id(&self.folder);
            if report.ok || before == after || after.is_none() {
                return report;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Against, Kind, Report, segment, verify};
    use super::*;

    fn log() -> (tempfile::TempDir, Log) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(home.data()).unwrap();
        let log = Log::of(&home);
        let _ = log.create().unwrap();
        (dir, log)
    }

    fn entry() -> Entry {
        Entry::new(Kind::CallDone).with("tool", "files_read")
    }

    fn report(log: &Log) -> Report {
        verify(&log.folder, &Against::default())
    }

    fn file(log: &Log) -> PathBuf {
        log.folder.join(segment::name(1))
    }

    #[test]
    fn appended_entries_verify_and_read_back() {
        let (_dir, log) = log();
        let receipts: Vec<_> = (0..5).map(|_| log.append(&entry()).unwrap()).collect();
        let report = report(&log);
        assert!(report.ok && report.entries == 6, "{report:?}");
        assert_eq!(report.head.as_ref(), Some(&receipts[4].place.hash));
        assert_eq!(log.read(&receipts[2].place).unwrap()["tool"], "files_read");
    }

    #[test]
    fn a_second_log_is_not_made_over_the_first() {
        let (_dir, log) = log();
        assert!(matches!(log.create(), Err(LogError::Exists(_))));
    }

    #[test]
    fn a_torn_tail_is_cut_and_the_cut_is_recorded() {
        let (_dir, log) = log();
        let _ = log.append(&entry()).unwrap();
        let mut bytes = std::fs::read(file(&log)).unwrap();
        bytes.extend_from_slice(b"{\"kind\":\"call.in");
        std::fs::write(file(&log), &bytes).unwrap();
        assert_eq!(report(&log).fault.unwrap().kind, "torn_tail");
        let _ = log.append(&entry()).unwrap();
        let report = report(&log);
        assert!(report.ok && report.entries == 4, "{report:?}");
        let text = std::fs::read_to_string(file(&log)).unwrap();
        assert!(text.lines().nth(2).unwrap().contains("\"kind\":\"repaired\""));
    }

    #[test]
    fn what_is_too_long_to_be_a_torn_line_is_not_cut_off() {
        let (_dir, log) = log();
        let open = std::fs::OpenOptions::new().append(true).open(file(&log)).unwrap();
        let length = open.metadata().unwrap().len();
        open.set_len(length + (3 << 30)).unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Broken { .. })));
        assert_eq!(open.metadata().unwrap().len(), length + (3 << 30));
    }

    #[test]
    fn a_cut_log_takes_no_entry() {
        let (_dir, log) = log();
        for _ in 0..3 {
            let _ = log.append(&entry()).unwrap();
        }
        let text = std::fs::read_to_string(file(&log)).unwrap();
        let shorter: String = text.split_inclusive('\n').take(2).collect();
        std::fs::write(file(&log), shorter).unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Broken { .. })));
        std::fs::write(file(&log), "").unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Broken { .. })));
        std::fs::remove_file(super::super::head::path(&log.folder)).unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Broken { .. })));
        std::fs::remove_dir_all(&log.folder).unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Missing(_))));
        assert!(!log.folder.exists());
    }

    #[test]
    fn a_log_whose_newest_entry_was_replaced_takes_no_entry() {
        let (_dir, log) = log();
        let first = log.append(&entry()).unwrap();
        let _ = log.append(&entry()).unwrap();
        let text = std::fs::read_to_string(file(&log)).unwrap();
        let kept: String = text.split_inclusive('\n').take(2).collect();
        let (forged, _) = chain::seal("{\"kind\":\"call.done\",\"v\":1}", 3, &first.place.hash);
        std::fs::write(file(&log), format!("{kept}{forged}\n")).unwrap();
        assert!(matches!(log.append(&entry()), Err(LogError::Broken { .. })));
    }

    #[test]
    fn a_lagging_head_is_sound() {
        let (_dir, log) = log();
        let head = std::fs::read(super::super::head::path(&log.folder)).unwrap();
        let _ = log.append(&entry()).unwrap();
        let _ = log.append(&entry()).unwrap();
        std::fs::write(super::super::head::path(&log.folder), head).unwrap();
        assert!(report(&log).ok);
        assert!(log.append(&entry()).is_ok());
    }

    #[test]
    fn an_entry_over_the_limit_is_refused_and_leaves_nothing() {
        let (_dir, log) = log();
        let many: Vec<String> = (0..3000).map(|n| format!("{n:0100}")).collect();
        assert!(matches!(log.append(&entry().with("effects", many)), Err(LogError::Entry(_))));
        assert_eq!(report(&log).entries, 1);
    }

    #[test]
    fn a_full_segment_is_followed_by_another() {
        let (_dir, log) = log();
        let small = Log { segment: 300, ..log.clone() };
        for _ in 0..9 {
            let _ = small.append(&entry()).unwrap();
        }
        let report = report(&log);
        assert!(report.ok && report.entries == 10, "{report:?}");
        let firsts: Vec<_> = segment::list(&log.folder).unwrap().iter().map(|s| s.first).collect();
        assert_eq!(firsts, [1, 3, 5, 7, 9]);
    }

    #[test]
    fn an_entry_that_was_edited_is_not_read_back() {
        let (_dir, log) = log();
        let receipt = log.append(&entry()).unwrap();
        let text = std::fs::read_to_string(file(&log)).unwrap().replace("files_read", "files_rexd");
        std::fs::write(file(&log), text).unwrap();
        assert!(log.read(receipt.place()).is_err());
    }
}
