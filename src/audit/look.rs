//! A look at the log's end without keeping anybody from appending: which log it is, how far it goes,
//! how late it is by its own stamps.

use super::end::End;
use super::fault::LogError;
use super::log::{Log, WAIT};
use crate::state::{Lock, clock};
use jiff::Timestamp;

/// What the end of a log said at some moment. Whoever asks about what comes later needs it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The log's id.
    pub log: String,
    /// The number of its newest entry.
    pub seq: u64,
    /// The newest stamp that it has seen, for telling a clock that went back: an entry that was written
    /// with the clock behind carries it on.
    pub newest: Timestamp,
}

impl Log {
    /// Looks at the end. Without the lock a log that is being mended or closed looks broken, so what
    /// looks broken is looked at again with it.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn seen(&self) -> Result<Seen, LogError> {
        if !self.folder.exists() {
            return Err(LogError::Missing(self.folder.clone()));
        }
        let end = End::look(&self.folder).or_else(|_| {
            let _lock = Lock::acquire(&self.lock, WAIT)?;
            End::look(&self.folder)
        })?;
        let unstamped =
            || LogError::Broken { folder: self.folder.clone(), why: "its newest entry has no stamp".into() };
        let newest = stamp_of(&end.line).ok_or_else(unstamped)?;
        Ok(Seen { log: end.log, seq: end.seq, newest })
    }
}

/// The newest stamp that the entry of `line` knows of.
pub(super) fn stamp_of(line: &[u8]) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Stamps {
        ts: String,
        ts_high: Option<String>,
    }
    let Stamps { ts, ts_high } = serde_json::from_slice(line).ok()?;
    let high = ts_high.as_deref().and_then(clock::read);
    Some(clock::read(&ts)?.max(high.unwrap_or(Timestamp::MIN)))
}
