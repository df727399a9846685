//! Verifying: all bytes once, on all cores, in constant memory, naming the first entry that does not
//! fit. Each line carries its predecessor's hash, so parts are judged apart and joined at their seams.

mod cores;
mod fold;
mod line;
mod part;
mod shape;
mod snapshot;
#[cfg(test)]
mod tests;

use crate::call::Digest;
use serde::Serialize;
use std::io;
use std::path::Path;

pub use snapshot::Snapshot;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the log is whole.
    pub ok: bool,
    /// Sound entries that were looked at, up to the first fault.
    pub entries: u64,
    /// Hash of the newest sound entry.
    pub head: Option<Digest>,
    /// The first fault.
    pub fault: Option<Fault>,
    /// What is odd and no fault.
    pub warnings: Vec<String>,
}

/// The first entry that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong with it.
    pub kind: &'static str,
    /// `tamper`, `torn`, `missing` or `environment`.
    pub class: &'static str,
    /// The number that belongs there.
    pub seq: u64,
    /// The file.
    pub segment: String,
    /// First byte of its line there.
    pub offset: u64,
}

/// A hash that was kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The entry's number.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// The log's id, where it is known.
    pub log: Option<String>,
}

impl Anchor {
    /// Reads `SEQ:HASH`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = text.split_once(':').and_then(|(seq, hash)| {
            let seq = seq.parse().ok().filter(|n| *n > 0)?;
            Some(Self { seq, hash: Digest::parse(hash).ok()?, log: None })
        });
        read.ok_or_else(|| "expected SEQ:HASH, a number and 64 hex digits".to_owned())
    }
}

/// What the log must agree with beyond its own head.
#[derive(Clone, Default)]
pub struct Against<'a> {
    /// Hashes kept elsewhere; none before `since`.
    pub anchors: &'a [Anchor],
    /// The first entry that is looked at; those before it are taken on trust.
    pub since: Option<u64>,
    /// Says between two parts that nobody waits for the answer any more: then there is no sound one.
    pub stop: Option<&'a dyn Fn() -> bool>,
}

const TAMPER: &str = "tamper";

/// Verifies the log in `folder`: format, chain, head and anchors; never what entries mean.
pub fn verify(folder: &Path, against: &Against<'_>) -> Report {
    report(Snapshot::take(folder), against)
}

/// The same of a snapshot that was taken earlier.
pub fn report(snapshot: Result<Snapshot, Fault>, against: &Against<'_>) -> Report {
    match snapshot {
        Ok(snapshot) => fold::all(&snapshot, against),
        Err(fault) => Report { ok: false, entries: 0, head: None, fault: Some(fault), warnings: Vec::new() },
    }
}

fn at(kind: &'static str, class: &'static str, seq: u64, segment: &str, offset: u64) -> Fault {
    Fault { kind, class, seq, segment: segment.to_owned(), offset }
}

fn unreadable(path: &Path, e: &io::Error) -> line::Flaw {
    let link = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink());
    if link {
        ("symlink", "environment")
    } else if e.kind() == io::ErrorKind::InvalidInput {
        ("not_regular", "environment")
    } else {
        ("unreadable", "environment")
    }
}
