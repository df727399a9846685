//! Effects: resolved facts. What is written here is what was judged, shown, digested and will be done.

use super::{
    BranchName, Digest, Extract, Fleet, GitChange, GitQuery, Look, Mail, ModelAsk, Place, RealPath, Remote,
    Screen, Shortcut, Spawn, Stop, Web,
};
use serde::{Serialize, Serializer};

/// One resolved step: the largest whose every target is known before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect")]
pub enum Effect {
    /// Reads part of a file.
    #[serde(rename = "file.read")]
    FileRead(FileRead),
    /// Lists a folder.
    #[serde(rename = "file.list")]
    FileList(FileList),
    /// Writes a file.
    #[serde(rename = "file.write")]
    FileWrite(FileWrite),
    /// Moves or copies a file or folder.
    #[serde(rename = "file.move")]
    FileMove(FileMove),
    /// Puts a file or folder into the trash.
    #[serde(rename = "file.trash")]
    FileTrash(FileTrash),
    /// Asks a repository.
    #[serde(rename = "git.read")]
    GitRead(GitRead),
    /// Deletes local branches, all or none.
    #[serde(rename = "git.branch_delete")]
    GitBranchDelete(GitBranchDelete),
    /// Runs programs.
    #[serde(rename = "process.spawn")]
    Spawn(Spawn),
    /// Sends a request to a host and takes its answer.
    #[serde(rename = "web.request")]
    Web(Web),
    /// Shows a message on the screen.
    #[serde(rename = "screen.show")]
    Screen(Screen),
    /// Sends a mail.
    #[serde(rename = "mail.send")]
    Mail(Mail),
    /// Unpacks an archive.
    #[serde(rename = "archive.extract")]
    Extract(Extract),
    /// Puts something back out of the trash: only a veto does.
    #[serde(rename = "file.restore")]
    FileRestore(FileRestore),
    /// Makes deleted branches again: only a veto does.
    #[serde(rename = "git.branch_restore")]
    GitBranchRestore(GitBranchRestore),
    /// Looks at this machine.
    #[serde(untagged)]
    Look(Look<Place>),
    /// Looks at fleet's own state, or tidies it.
    #[serde(untagged)]
    Fleet(Fleet),
    /// Changes a repository, or gives something of it away.
    #[serde(untagged)]
    GitChange(GitChange),
    /// Ends a process.
    #[serde(untagged)]
    Stop(Stop),
    /// Runs a shortcut.
    #[serde(untagged)]
    Shortcut(Shortcut),
    /// Asks a model on this machine.
    #[serde(untagged)]
    Model(ModelAsk),
    /// Asks or tells another machine; each kind has its own name.
    #[serde(untagged)]
    Remote(Remote),
}

/// What stood at a path when the call was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Pin {
    /// Nothing.
    Absent,
    /// A regular file of this content.
    File { sha256: Digest, bytes: u64 },
    /// A folder that is taken whole: the digest of its tree.
    Tree { sha256: Digest, entries: u64, bytes: u64 },
    /// A folder whose content does not matter to this step.
    Folder,
    /// A regular file too large to hash each time: told by length and last change.
    Large { bytes: u64, mtime_ns: String },
    /// A symbolic link, moved or trashed as such.
    Link { target: String },
    /// Not looked at: a rule forbids even that.
    Unread,
    /// A regular file whose content does not matter to this step.
    Some,
    /// Not a file or folder: a pipe, a device, a socket.
    Special,
}

/// Which inode the pin was taken from, and when it last changed: the hand's cheap re-check.
/// Not part of the digest, since a touch does not change what was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// Length in bytes.
    pub bytes: u64,
    /// Last content change, nanoseconds since 1970.
    pub mtime_ns: i128,
}

/// See [`Effect::FileRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRead {
    /// The file.
    pub path: RealPath,
    /// What stood there.
    pub pin: Pin,
    /// First byte wanted.
    pub offset: u64,
    /// At most this many bytes.
    pub max_bytes: u64,
}

/// See [`Effect::FileList`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileList {
    /// The folder.
    pub path: RealPath,
    /// What stood there.
    pub pin: Pin,
    /// Levels below it.
    pub depth: u32,
    /// Only names that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glob: Option<String>,
    /// Also names that start with a dot.
    pub hidden: bool,
    /// At most this many entries.
    pub limit: u32,
}

/// How new content meets the old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum WriteMode {
    /// Refuse if the file exists.
    Create,
    /// New content instead of the old.
    Replace,
    /// New content after the old.
    Append,
}

/// See [`Effect::FileWrite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileWrite {
    /// The file.
    pub path: RealPath,
    /// What stands there now.
    pub pin: Pin,
    /// How.
    pub mode: WriteMode,
    /// The content; shown and logged by length and hash.
    #[serde(serialize_with = "by_hash")]
    pub content: Bulk,
    /// The content that the caller believes to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Digest>,
}

/// Bytes together with their hash, so that the hash is taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub sha256: Digest,
}

pub(super) fn by_hash<S: Serializer>(bulk: &Bulk, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        sha256: &'a Digest,
        bytes: usize,
    }
    Shown { sha256: &bulk.sha256, bytes: bulk.bytes.len() }.serialize(to)
}

/// See [`Effect::FileMove`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileMove {
    /// From here.
    pub from: RealPath,
    /// What stood there.
    pub pin: Pin,
    /// To here; nothing may stand there.
    pub to: RealPath,
    /// What stood at the target.
    pub target: Pin,
    /// Leave the original.
    pub copy: bool,
    /// The target's folder, if it does not exist and is made for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub makes: Option<RealPath>,
    /// The inode judged.
    #[serde(skip)]
    pub identity: Option<Identity>,
}

/// See [`Effect::FileTrash`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileTrash {
    /// What goes.
    pub path: RealPath,
    /// What it is.
    pub pin: Pin,
    /// The inode judged.
    #[serde(skip)]
    pub identity: Option<Identity>,
}

/// See [`Effect::GitRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitRead {
    /// The repository's work tree or bare folder.
    pub repo: RealPath,
    /// Where git really goes besides: its own folder, what that shares, what it borrows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<RealPath>,
    /// What stood there.
    pub pin: Pin,
    /// The question.
    pub query: GitQuery,
}

/// A branch and where it pointed when the call was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BranchPin {
    /// The branch.
    pub name: BranchName,
    /// Its commit, or none if there is no such branch.
    pub tip: Option<String>,
    /// The work tree that has it checked out, if one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_out: Option<String>,
    /// The branch that it is another name of, if it is a symbolic reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symref: Option<String>,
    /// Commits that nothing else leads to: no other branch, no tag, no remote. They go with it.
    pub lost_commits: u64,
    /// The first line of the tip's message, so that a person recognises it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
}

/// See [`Effect::GitBranchDelete`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitBranchDelete {
    /// The repository.
    pub repo: RealPath,
    /// Where git really goes besides: its own folder, what that shares, what it borrows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<RealPath>,
    /// What stood there.
    pub pin: Pin,
    /// The branches with their tips.
    pub branches: Vec<BranchPin>,
    /// Whether the kernel will hold git to that repository.
    pub confined: bool,
}

/// See [`Effect::FileRestore`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRestore {
    /// Where it lies in the trash.
    pub from: RealPath,
    /// What lies there.
    pub pin: Pin,
    /// Where it belongs; nothing may stand there.
    pub path: RealPath,
    /// The inode judged.
    #[serde(skip)]
    pub identity: Option<Identity>,
}

/// A branch that is not there, and where it pointed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BranchTip {
    /// The branch.
    pub name: BranchName,
    /// Its commit.
    pub tip: String,
}

/// See [`Effect::GitBranchRestore`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitBranchRestore {
    /// The repository.
    pub repo: RealPath,
    /// Where git really goes besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<RealPath>,
    /// The branches, all or none.
    pub branches: Vec<BranchTip>,
    /// Whether the kernel will hold git to that repository.
    pub confined: bool,
}
