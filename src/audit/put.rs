//! Writing at the log's end, under the append lock: what is torn is cut, a full segment is followed by
//! another, a line is written at once or not at all.

use super::chain::{self, LONGEST};
use super::end::{End, Torn};
use super::entry::{Entry, Kind, Payload};
use super::fault::{LogError, io};
use super::log::Log;
use super::look::stamp_of;
use super::place::{Place, Receipt};
use super::segment;
use crate::state::{clock, durable};
use std::fs::File;
use std::io::Write as _;

impl Log {
    /// Cuts a torn tail, which nobody was given a receipt for, and says so in the log.
    pub(super) fn repair(&self, end: &mut End, torn: &Torn) -> Result<(), LogError> {
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
    pub(super) fn put(&self, end: &mut End, payload: &Payload) -> Result<Receipt, LogError> {
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

/// Whether a line of so many bytes may be written.
pub(super) fn within(bytes: usize) -> Result<(), LogError> {
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
