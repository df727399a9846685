//! What there is to verify: the head, and how long each segment was at one moment.

use super::{Fault, at};
use crate::audit::head::{Head, NoHead};
use crate::audit::segment::{self, Segment};
use crate::state::durable;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

/// A log at one moment. Whatever is appended later is for the next time.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) head: Result<Head, NoHead>,
    pub(super) segments: Vec<(Segment, u64)>,
}

impl Snapshot {
    /// Looks at the log in `folder`. Without the append lock a line may be half written: then it is
    /// looked at again, and left out if it was finished meanwhile.
    ///
    /// # Errors
    /// The fault, if there is nothing to read.
    pub fn take(folder: &Path) -> Result<Self, Fault> {
        for _ in 0..5 {
            let seen = Self::once(folder)?;
            if !seen.unfinished() {
                return Ok(seen);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Self::once(folder)
    }

    /// The head first: what it names was there before the segments are measured.
    fn once(folder: &Path) -> Result<Self, Fault> {
        let head = Head::read(folder);
        let segments = match segment::list(folder) {
            Ok(segments) => segments,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(at("missing", "missing", 1, "", 0)),
            Err(_) => return Err(at("unreadable", "environment", 1, "", 0)),
        };
        if segments.is_empty() && matches!(head, Err(NoHead::Missing)) {
            return Err(at("missing", "missing", 1, "", 0));
        }
        let measured = |s: Segment| {
            let size = s.path.symlink_metadata().map_or(0, |m| m.len());
            (s, size)
        };
        Ok(Self { head, segments: segments.into_iter().map(measured).collect() })
    }

    /// Whether the newest segment ends within a line.
    fn unfinished(&self) -> bool {
        let Some((newest, size)) = self.segments.last() else { return false };
        let Some(before) = size.checked_sub(1) else { return false };
        let mut last = [0];
        let read = durable::open_read(&newest.path).and_then(|file| file.read_exact_at(&mut last, before));
        read.is_ok() && last != *b"\n"
    }
}
