//! What the hands report: facts, one variant an effect. A tool's `report` turns them into its result.

use super::{Answered, Certificate, Digest, MailCopy, ModelUse, RealPath, Record, RefMove};
use serde_json::Value;

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Happened {
    /// Part of a file.
    Read { path: RealPath, bytes: Vec<u8>, sha256: Digest, size: u64, truncated: bool },
    /// Entries of a folder, sorted by path, and folders that the system did not let be looked into.
    Listed { path: RealPath, entries: Vec<ListedEntry>, truncated: bool, refused: Vec<String> },
    /// A file was written.
    Written { path: RealPath, before: Option<Digest>, after: Digest, diff: String, undo: Option<String> },
    /// A file or folder is at its new place.
    Moved { from: RealPath, to: RealPath, sha256: Option<Digest>, undo: String },
    /// It lies in the trash; `at` is its place there where the system tells.
    Trashed { path: RealPath, at: Option<String> },
    /// What came out of an archive, with the hash of each file; folders that hold them were made, too.
    Unpacked { into: RealPath, created: Vec<(RealPath, Option<Digest>)>, undo: String },
    /// What git printed, by question.
    GitSaid { repo: RealPath, parts: Vec<(&'static str, Vec<u8>)> },
    /// Branches are gone.
    BranchesDeleted { repo: RealPath, deleted: Vec<(String, String)> },
    /// It is out of the trash again.
    Restored { path: RealPath },
    /// A host answered.
    Answered(Answered),
    /// Name servers told what a name stands for.
    Resolved { name: String, rcode: String, server: String, answers: Vec<Record>, truncated: bool },
    /// A host showed a certificate, or none.
    Showed(Certificate),
    /// A message is in a channel.
    Posted { channel: String, webhook: String, message: Option<String>, attempts: u32, waited_ms: u64 },
    /// A message is out of its channel again.
    Withdrawn { channel: String, message: String },
    /// A server has a mail, for those it accepted.
    Mailed {
        account: String,
        message_id: String,
        code: u16,
        accepted: Vec<String>,
        rejected: Vec<(String, String)>,
        copy: MailCopy,
    },
    /// A message was given to the program that shows such.
    Shown { program: String },
    /// Branches are there again.
    BranchesRestored { repo: RealPath, restored: Vec<String> },
    /// What was found out; `lacks` says why that is not all that was asked, and the call failed.
    Told { value: Value, lacks: Option<String> },
    /// A model answered; `lacks` says why that is no answer, and the call failed.
    Modelled { value: Value, lacks: Option<String>, used: Box<ModelUse> },
    /// References of a repository moved; `told` says more about it.
    RefsMoved { repo: RealPath, moved: Vec<RefMove>, told: Value },
    /// Files of fleet's own are in the archive, or back.
    Tidied { moved: Vec<(String, String)>, told: Value },
    /// A program ended.
    Ran {
        exit: Option<i32>,
        signal: Option<i32>,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
        truncated: bool,
        timed_out: bool,
        /// What held it to what it declared: `none`, or the mechanism.
        sandbox: &'static str,
    },
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: ListedKind,
    /// Bytes, for files.
    pub size: u64,
    /// Last change, seconds since 1970.
    pub mtime: i64,
}

/// What an entry is; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListedKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// A pipe, device or socket.
    Other,
}

/// A step that was not done, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What stopped it, and what one can do.
    pub message: String,
    /// Steps of the same call that had already been done.
    pub done_before: usize,
    /// Whether a brake stopped it, not the work itself.
    pub braked: bool,
    /// Whether it cannot be known if the step took place.
    pub unknown: bool,
}
