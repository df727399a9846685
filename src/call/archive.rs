//! Unpacking an archive: as wanted, and as resolved.

use super::{AbsPath, Answer, Digest, Pin, RealPath};
use serde::{Serialize, Serializer};

/// Entries that are written out in the log and for the approver, and the most bytes of their paths;
/// the others are told by their hash.
const SHOWN: (usize, usize) = (100, 32 * 1024);

/// An unpacking wanted. Nothing that exists is overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractWanted {
    /// The archive.
    pub archive: AbsPath,
    /// The folder that gets its entries.
    pub into: AbsPath,
    /// Most bytes that may come out.
    pub max_bytes: u64,
    /// Most entries that may come out.
    pub max_entries: u64,
}

/// See [`super::Effect::Extract`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extract {
    /// The archive.
    pub archive: RealPath,
    /// What it is: entries were read from this content.
    pub pin: Pin,
    /// How it is packed, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ArchiveFormat>,
    /// The folder that gets its entries.
    pub into: RealPath,
    /// What stands there now.
    pub target: Pin,
    /// What comes out, in the archive's order.
    #[serde(serialize_with = "entries")]
    pub entries: Entries,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Most bytes that may come out.
    pub max_bytes: u64,
    /// Most entries that may come out.
    pub max_entries: u64,
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchiveFormat {
    /// PKZIP.
    Zip,
    /// A tape archive.
    Tar,
    /// A tape archive in gzip.
    TarGz,
}

/// All entries with their sum and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    /// The entries.
    pub all: Vec<Unpacked>,
    /// Their bytes.
    pub bytes: u64,
    /// The hash of all of them, with names, kinds and sizes.
    pub sha256: Digest,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unpacked {
    /// Where it goes.
    pub path: RealPath,
    /// What it becomes.
    #[serde(flatten)]
    pub what: Becomes,
}

/// What an entry becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Becomes {
    /// A regular file of so many bytes.
    File {
        /// Its length.
        bytes: u64,
        /// Whether its owner may run it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        runs: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link to `to`, which stays inside.
    Link {
        /// As it is written.
        to: String,
    },
}

/// Something about an archive that forbids unpacking it, or that a person has to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The entry's name as the archive writes it, escaped; empty if it is about the whole.
    pub entry: String,
    /// What is wrong.
    pub what: &'static str,
    /// How much that matters.
    pub answer: Answer,
}

fn entries<S: Serializer>(entries: &Entries, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        count: usize,
        bytes: u64,
        sha256: &'a Digest,
        first: &'a [Unpacked],
    }
    let mut left = SHOWN.1;
    let fits = |entry: &&Unpacked| {
        let room = left.checked_sub(entry.path.as_str().len());
        left = room.unwrap_or_default();
        room.is_some()
    };
    let shown = entries.all.iter().take(SHOWN.0).take_while(fits).count();
    let first = entries.all.get(..shown).unwrap_or_default();
    Shown { count: entries.all.len(), bytes: entries.bytes, sha256: &entries.sha256, first }.serialize(to)
}
