//! Appending: lock, look at the end, one write, sync, head, unlock. No receipt without the sync.

use super::back::{self, Found};
use super::chain::{self, LONGEST, Link};
use super::entry::{Entry, Kind};
use super::fault::LogError;
use super::head::{Head, NoHead};
use super::segment;
use crate::call::Digest;
use crate::canon::{sha256, zero};
use crate::state::{Home, Lock, clock, durable};
use jiff::Timestamp;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A segment that reached this length is followed by a new one.
const SEGMENT: u64 = 64 * 1024 * 1024;
/// How long an append waits for others.
const WAIT: Duration = Duration::from_secs(20);

/// The log of one home.
#[derive(Debug, Clone)]
pub struct Log {
    folder: PathBuf,
    lock: PathBuf,
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

/// The log's end under the lock.
struct End {
    log: String,
    seq: u64,
    hash: Digest,
    segment: PathBuf,
    first: u64,
    length: u64,
    torn: Option<Torn>,
}

struct Torn {
    offset: u64,
    bytes: u64,
    sha256: Digest,
}

impl Log {
    /// The log of `home`; not looked at yet.
    pub fn of(home: &Home) -> Self {
        Self { folder: home.audit(), lock: home.audit_lock() }
    }

    /// Makes the log and its first entry. Only `init` calls this.
    ///
    /// # Errors
    /// [`LogError::Exists`] if any part of one is there, else the system's.
    pub fn create(&self) -> Result<Receipt, LogError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |why| LogError::Io { doing, path, why }
        };
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        if self.folder.exists() {
            return Err(LogError::Exists(self.folder.clone()));
        }
        // Made under another name, so that a crash leaves no half log.
        let early = self.folder.with_extension("new");
        durable::remove_folder(&early).map_err(io("clearing", &early))?;
        durable::make_folder(&early).map_err(io("making", &early))?;
        let log = crate::state::log_id().map_err(io("naming", &early))?;
        let ts = clock::now();
        let payload = Entry::new(Kind::LogCreated).with("log", &log).payload(ts)?;
        let (line, hash) = chain::seal(&payload, 1, &zero());
        let path = early.join(segment::name(1));
        durable::create(&path, format!("{line}\n").as_bytes()).map_err(io("making", &path))?;
        let head = Head { log, seq: 1, hash: hash.clone() };
        let path = super::head::path(&early);
        durable::create(&path, head.text().as_bytes()).map_err(io("making", &path))?;
        durable::rename(&early, &self.folder).map_err(io("naming", &self.folder))?;
        let above = self.folder.parent().unwrap_or(&self.folder);
        durable::sync_folder(above).map_err(io("syncing", above))?;
        Ok(Receipt { place: Place { seq: 1, hash, segment: 1, offset: 0 }, ts })
    }

    /// Appends `entry` and returns once it is synced.
    ///
    /// # Errors
    /// [`LogError`]; nothing of the entry then stands, and nothing that needs it may happen.
    pub fn append(&self, entry: &Entry) -> Result<Receipt, LogError> {
        if !self.folder.exists() {
            return Err(LogError::Missing(self.folder.clone()));
        }
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        let mut end = self.end()?;
        if let Some(torn) = end.torn.take() {
            end = self.repair(end, &torn)?;
        }
        self.put(&mut end, entry)
    }

    /// The stamp of the newest entry, for telling a clock that went back.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn newest(&self) -> Result<Option<Timestamp>, LogError> {
        let mut ts = None;
        self.walk(&mut |found| {
            ts = stamp_of(&found.bytes);
            false
        })?;
        Ok(ts)
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
        let mut file = durable::open_read(&path).map_err(|_| gone("is not where it was"))?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(place.offset))
            .and_then(|_| file.take(u64::try_from(LONGEST).unwrap_or(0)).read_to_end(&mut bytes))
            .map_err(|_| gone("cannot be read"))?;
        let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let link = chain::link(line).ok_or_else(|| gone("is not an entry any more"))?;
        if link.seq != place.seq || link.hash != place.hash || link.actual != place.hash {
            return Err(gone("is not the entry it was"));
        }
        serde_json::from_slice(line).map_err(|e| gone(&format!("does not read: {e}")))
    }

    fn walk(&self, see: &mut dyn FnMut(Found) -> bool) -> Result<(), LogError> {
        back::walk(&self.folder, see).map_err(|why| {
            if why.kind() == std::io::ErrorKind::NotFound {
                LogError::Missing(self.folder.clone())
            } else if why.kind() == std::io::ErrorKind::InvalidData {
                LogError::Broken { folder: self.folder.clone(), why: why.to_string() }
            } else {
                LogError::Io { doing: "reading", path: self.folder.clone(), why }
            }
        })
    }

    /// Looks at the end and compares it with `head`: a log shorter than its head, or of another
    /// hash there, takes no entry, since the entry would launder the cut.
    fn end(&self) -> Result<End, LogError> {
        let broken = |why: String| LogError::Broken { folder: self.folder.clone(), why };
        let head = match Head::read(&self.folder) {
            Ok(head) => head,
            Err(NoHead::Missing) if !self.folder.exists() => {
                return Err(LogError::Missing(self.folder.clone()));
            }
            Err(NoHead::Missing) => return Err(broken("`head` is gone".into())),
            Err(NoHead::Invalid(why)) => {
                return Err(broken(format!("`head` does not read: {why}")));
            }
            Err(NoHead::Io(why)) => {
                return Err(LogError::Io { doing: "reading", path: super::head::path(&self.folder), why });
            }
        };
        let mut newest: Option<(Found, Link)> = None;
        let mut fault: Option<String> = None;
        let mut met = false;
        self.walk(&mut |found| {
            let Some(link) = chain::link(&found.bytes).filter(|l| l.actual == l.hash) else {
                fault = Some(format!(
                    "the line at byte {} of `{}` is not a sound entry",
                    found.offset,
                    found.segment.display()
                ));
                return false;
            };
            if link.seq == head.seq {
                met = link.hash == head.hash;
            }
            let further = link.seq > head.seq;
            if newest.is_none() {
                newest = Some((found, link));
            }
            further
        })?;
        if let Some(why) = fault {
            return Err(broken(why));
        }
        let Some((found, link)) = newest else {
            return Err(broken(format!("it is empty, and `head` names entry {}", head.seq)));
        };
        if link.seq < head.seq {
            return Err(broken(format!(
                "it ends at entry {}, and `head` names entry {}",
                link.seq, head.seq
            )));
        }
        if !met {
            return Err(broken(format!("entry {} is not the one that `head` names", head.seq)));
        }
        self.last_segment(head.log, &found, &link)
    }

    /// The newest segment, which may be newer than the newest entry's, with its torn tail.
    fn last_segment(&self, log: String, found: &Found, link: &Link) -> Result<End, LogError> {
        let io = |why| LogError::Io { doing: "reading", path: self.folder.clone(), why };
        let last = segment::list(&self.folder)
            .map_err(io)?
            .pop()
            .ok_or_else(|| LogError::Missing(self.folder.clone()))?;
        let mut file = durable::open_read(&last.path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let sound = if last.path == found.segment {
            found.offset + u64::try_from(found.bytes.len()).unwrap_or(0) + 1
        } else {
            0
        };
        let torn = if length > sound {
            let mut rest = Vec::new();
            file.seek(SeekFrom::Start(sound)).and_then(|_| file.read_to_end(&mut rest)).map_err(io)?;
            Some(Torn { offset: sound, bytes: length - sound, sha256: sha256(&rest) })
        } else {
            None
        };
        Ok(End {
            log,
            seq: link.seq,
            hash: link.hash.clone(),
            segment: last.path,
            first: last.first,
            length: sound,
            torn,
        })
    }

    /// Cuts a torn tail, which nobody was given a receipt for, and says so in the log.
    fn repair(&self, mut end: End, torn: &Torn) -> Result<End, LogError> {
        let io = |why| LogError::Io { doing: "repairing", path: end.segment.clone(), why };
        let file = durable::open_append(&end.segment).map_err(io)?;
        file.set_len(torn.offset).and_then(|()| file.sync_all()).map_err(io)?;
        let entry = Entry::new(Kind::Repaired)
            .with(
                "reason",
                format!("a torn last line of {} bytes at byte {} was cut off", torn.bytes, torn.offset),
            )
            .with("bytes", torn.bytes)
            .with("digest", &torn.sha256);
        let _ = self.put(&mut end, &entry)?;
        Ok(end)
    }

    fn put(&self, end: &mut End, entry: &Entry) -> Result<Receipt, LogError> {
        let ts = clock::now();
        let (line, hash) = chain::seal(&entry.payload(ts)?, end.seq + 1, &end.hash);
        let line = format!("{line}\n");
        if line.len() > LONGEST {
            return Err(LogError::Entry(format!(
                "{} bytes is over the 256 KiB of one entry: ask for less at once",
                line.len()
            )));
        }
        if end.length >= SEGMENT {
            self.roll(end)?;
        }
        let io = |doing| {
            let path = end.segment.clone();
            move |why| LogError::Io { doing, path, why }
        };
        let mut file = durable::open_append(&end.segment).map_err(io("opening"))?;
        write_whole(&mut file, line.as_bytes(), end.length).map_err(io("appending to"))?;
        file.sync_data().map_err(io("syncing"))?;
        let head = Head { log: end.log.clone(), seq: end.seq + 1, hash: hash.clone() };
        head.write(&self.folder).map_err(io("writing the head beside"))?;
        let place = Place { seq: head.seq, hash: hash.clone(), segment: end.first, offset: end.length };
        end.seq = head.seq;
        end.hash = hash;
        end.length += u64::try_from(line.len()).unwrap_or(0);
        Ok(Receipt { place, ts })
    }

    fn roll(&self, end: &mut End) -> Result<(), LogError> {
        let first = end.seq + 1;
        let path = self.folder.join(segment::name(first));
        durable::create(&path, b"").map_err(|why| LogError::Io {
            doing: "making",
            path: path.clone(),
            why,
        })?;
        (end.segment, end.first, end.length) = (path, first, 0);
        Ok(())
    }
}

/// One write; what a short write left is cut off again.
fn write_whole(file: &mut File, line: &[u8], length: u64) -> std::io::Result<()> {
    let written = file.write(line);
    match written {
        Ok(n) if n == line.len() => Ok(()),
        Ok(_) => {
            file.set_len(length)?;
            Err(std::io::Error::new(
                std::io::ErrorKind::WriteZero,
                "the disk took only part of the line; it was cut off again",
            ))
        }
        Err(e) => {
            file.set_len(length)?;
            Err(e)
        }
    }
}

fn stamp_of(line: &[u8]) -> Option<Timestamp> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    clock::read(value.get("ts")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::super::{Report, verify};
    use super::*;

    fn log() -> (tempfile::TempDir, Log) {
        let dir = tempfile::tempdir().unwrap();
        let log = Log { folder: dir.path().join("audit"), lock: dir.path().join("audit.lock") };
        let _ = log.create().unwrap();
        (dir, log)
    }

    fn entry() -> Entry {
        Entry::new(Kind::CallDone).with("tool", "files_read")
    }

    fn report(log: &Log) -> Report {
        verify(&log.folder, &[])
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
        let mut end = log.end().unwrap();
        end.length = SEGMENT;
        let _ = log.put(&mut end, &entry()).unwrap();
        let _ = log.append(&entry()).unwrap();
        let report = report(&log);
        assert!(report.ok && report.entries == 3, "{report:?}");
        assert_eq!(segment::list(&log.folder).unwrap().len(), 2);
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
