//! Where an entry stands: what a receipt proves, and how an entry is read again.

use super::chain::{self, LONGEST};
use super::fault::LogError;
use super::log::Log;
use super::segment;
use crate::call::Digest;
use crate::state::durable;
use jiff::Timestamp;
use std::os::unix::fs::FileExt as _;

/// Proof that an entry is in the log and synced. Made by [`Log::append`] alone.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "no receipt, no act"]
pub struct Receipt {
    pub(super) place: Place,
    pub(super) ts: Timestamp,
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
}
