//! Appending: lock, look at the end, one write, unlock, then a sync that others may share. No receipt
//! without the sync.

use super::chain::{self, LONGEST};
use super::end::{End, Torn};
use super::entry::{Entry, Kind, Payload};
use super::fault::LogError;
use super::head::Head;
use super::segment;
use super::sync::Syncs;
use super::verify::{self, Against, Report, Snapshot};
use crate::call::Digest;
use crate::canon::zero;
use crate::state::{Home, Lock, Redactor, clock, durable};
use jiff::Timestamp;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
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
    redactor: Redactor,
    segment: u64,
}

/// Proof that an entry is in the log and synced. Made by [`Log::append`] alone.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "no receipt, no act"]
pub struct Receipt {
    place: Place,
    ts: Timestamp,
}

/// Where an entry stands, and its hash: enough to read it again and see that it is still that entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// The number that names its segment.
    pub segment: u64,
    /// First byte of its line.
    pub offset: u64,
}

impl Receipt {
    /// Where the entry stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }
    /// The time it was stamped with.
    pub const fn ts(&self) -> Timestamp {
        self.ts
    }
}

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

    /// Appends `entry` and returns once it is synced.
    ///
    /// # Errors
    /// [`LogError`]; nothing that needs the entry may happen then.
    pub fn append(&self, entry: &Entry) -> Result<Receipt, LogError> {
        if !self.folder.exists() {
            return Err(LogError::Missing(self.folder.clone()));
        }
        let payload = entry.payload(&self.redactor)?;
        let lock = Lock::acquire(&self.lock, WAIT)?;
        self.syncs.sound()?;
        let mut end = End::look(&self.folder)?;
        if let Some(torn) = end.torn.take() {
            self.repair(&mut end, &torn)?;
        }
        let receipt = self.put(&mut end, &payload)?;
        // From here others may append; their sync covers this entry, or this one theirs.
        drop(lock);
        self.syncs.settle(&end.written())?;
        Ok(receipt)
    }

    /// Whether a line holds `entry` with `spare` bytes more, whatever its number and stamps will be.
    /// Looks at no file.
    ///
    /// # Errors
    /// [`LogError::Entry`], as an append of it would say.
    pub fn takes(&self, entry: &Entry, spare: usize) -> Result<(), LogError> {
        let payload = entry.payload(&self.redactor)?;
        let stamped = payload.stamped(Timestamp::MAX, Some(Timestamp::MAX));
        within(chain::seal(&stamped, u64::MAX, &zero()).0.len() + 1 + spare)
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

    /// The newest stamp that the log has seen, for telling a clock that went back: an entry that was
    /// written with the clock behind carries it on.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn newest(&self) -> Result<Timestamp, LogError> {
        let broken = |why: &str| LogError::Broken { folder: self.folder.clone(), why: why.into() };
        if !self.folder.exists() {
            return Err(LogError::Missing(self.folder.clone()));
        }
        stamp_of(&self.look()?.line).ok_or_else(|| broken("its newest entry has no stamp"))
    }

    /// The number of the newest entry.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn newest_seq(&self) -> Result<u64, LogError> {
        Ok(self.look()?.seq)
    }

    /// The log's id and the number of its newest entry, of one look.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn id_and_newest(&self) -> Result<(String, u64), LogError> {
        let end = self.look()?;
        Ok((end.log, end.seq))
    }

    /// The end as it is at some moment. Without the lock a log that is being mended or closed looks
    /// broken, so what looks broken is looked at again with it.
    fn look(&self) -> Result<End, LogError> {
        End::look(&self.folder).or_else(|_| {
            let _lock = Lock::acquire(&self.lock, WAIT)?;
            End::look(&self.folder)
        })
    }

    /// The payload of the entry at `place`, if it still stands there with that hash.
    ///
    /// # Errors
    /// [`LogError::Broken`] if it does not.
    pub fn read(&self, place: &Place) -> Result<serde_json::Value, LogError> {
        let path = self.folder.join(segment::name(place.segment));
        let gone = |why: &str| LogError::Broken {
            folder: self.folder.clone(),
            why: format!("entry {} {why}", place.seq),
        };
        let file = durable::open_read(&path).map_err(|_| gone("is not where it was"))?;
        let size = file.metadata().map_err(|_| gone("cannot be read"))?.len();
        let most = u64::try_from(LONGEST).unwrap_or(0).min(size.saturating_sub(place.offset));
        let mut bytes = vec![0; usize::try_from(most).unwrap_or(0)];
        file.read_exact_at(&mut bytes, place.offset).map_err(|_| gone("cannot be read"))?;
        let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let link = chain::link(line).ok_or_else(|| gone("is not an entry any more"))?;
        if link.seq != place.seq || link.digest().as_ref() != Some(&place.hash) || !link.sound() {
            return Err(gone("is not the entry it was"));
        }
        serde_json::from_slice(line).map_err(|e| gone(&format!("does not read: {e}")))
    }

    /// Cuts a torn tail, which nobody was given a receipt for, and says so in the log.
    fn repair(&self, end: &mut End, torn: &Torn) -> Result<(), LogError> {
        end.file
            .set_len(end.length)
            .and_then(|()| end.file.sync_all())
            .map_err(io("repairing", &end.path))?;
        let why = format!("a torn last line of {} bytes at byte {} was cut off", torn.bytes, end.length);
        let entry = Entry::new(Kind::Repaired)
            .with("reason", why)
            .with("bytes", torn.bytes)
            .with("digest", &torn.sha256);
        let _ = self.put(end, &entry.payload(&self.redactor)?)?;
        Ok(())
    }

    /// Writes the next line. What it returns is a receipt only after the sync.
    fn put(&self, end: &mut End, payload: &Payload) -> Result<Receipt, LogError> {
        let ts = clock::now();
        let high = stamp_of(&end.line).filter(|seen| *seen > ts);
        let (line, hash) = chain::seal(&payload.stamped(ts, high), end.seq + 1, &end.hash);
        let line = format!("{line}\n");
        within(line.len())?;
        if end.length >= self.segment {
            self.roll(end)?;
        }
        write_whole(&mut end.file, line.as_bytes(), end.length).map_err(io("appending to", &end.path))?;
        let place = Place { seq: end.seq + 1, hash: hash.clone(), segment: end.first, offset: end.length };
        end.seq = place.seq;
        end.hash = hash;
        end.length += u64::try_from(line.len()).unwrap_or(0);
        end.line = line.into_bytes();
        Ok(Receipt { place, ts })
    }

    /// Goes on in a new segment. The old one is synced first: from now on nobody syncs it any more.
    fn roll(&self, end: &mut End) -> Result<(), LogError> {
        let sync = end.file.sync_data();
        sync.inspect_err(|why| self.syncs.mark_failed(why)).map_err(io("syncing", &end.path))?;
        let first = end.seq + 1;
        let path = self.folder.join(segment::name(first));
        durable::create(&path, b"").map_err(io("making", &path))?;
        end.file = durable::open_append(&path).map_err(io("opening", &path))?;
        (end.path, end.first, end.length) = (path, first, 0);
        Ok(())
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
    let path = super::head::path(early);
    durable::create(&path, head.text().as_bytes()).map_err(io("making", &path))?;
    Ok(Receipt { place: Place { seq: 1, hash, segment: 1, offset: 0 }, ts })
}

pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LogError {
    let path = path.to_owned();
    move |why| LogError::Io { doing, path, why }
}

/// Whether a line of so many bytes may be written.
fn within(bytes: usize) -> Result<(), LogError> {
    if bytes <= LONGEST {
        return Ok(());
    }
    Err(LogError::Entry(format!("{bytes} bytes is over the 256 KiB of one entry: ask for less at once")))
}

/// One write; what a short write left is cut off again.
fn write_whole(file: &mut File, line: &[u8], length: u64) -> std::io::Result<()> {
    let short = "the disk took only part of the line; it was cut off again";
    let failed = match file.write(line) {
        Ok(n) if n == line.len() => return Ok(()),
        Ok(_) => std::io::Error::new(std::io::ErrorKind::WriteZero, short),
        Err(e) => e,
    };
    // If even this fails, a torn tail stays, which the next append cuts off and records.
    file.set_len(length)?;
    Err(failed)
}

fn stamp_of(line: &[u8]) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Stamps {
        ts: String,
        ts_high: Option<String>,
    }
    let Stamps { ts, ts_high } = serde_json::from_slice(line).ok()?;
    let high = ts_high.as_deref().and_then(clock::read);
    Some(clock::read(&ts)?.max(high.unwrap_or(Timestamp::MIN)))
}

#[cfg(test)]
mod tests {
    use super::super::{Against, Report, verify};
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
