//! What a tool wants, before anything was looked up. Plain data: making one does nothing.

use super::{
    AbsPath, BranchName, Digest, ExtractWanted, Fleet, GitQuery, Look, MailWanted, ModelWanted, RemoteWanted,
    ScreenWanted, ShortcutWanted, StopWanted, WebWanted, WriteMode,
};

/// One step a tool wants done, one variant a room of hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Something with files.
    File(FileWanted),
    /// Something with a git repository.
    Git(GitWanted),
    /// A program.
    Spawn(SpawnWanted),
    /// A request to a host.
    Web(WebWanted),
    /// Something of another machine, or of the owner.
    Remote(RemoteWanted),
    /// An answer of a model on this machine.
    Model(ModelWanted),
    /// A message on the screen.
    Screen(ScreenWanted),
    /// A mail to be sent.
    Mail(MailWanted),
    /// An archive's content.
    Extract(ExtractWanted),
    /// A look at this machine.
    Look(Look<AbsPath>),
    /// fleet's own state.
    Fleet(Fleet),
    /// A process's end.
    Stop(StopWanted),
    /// A shortcut's run.
    Shortcut(ShortcutWanted),
}

impl Wanted {
    /// Whether it starts programs that the kernel is to hold to what was declared. Questions to git are
    /// kept from programs of the repository by git's own means.
    pub const fn starts_programs(&self) -> bool {
        match self {
            Self::Spawn(_)
            | Self::Git(
                GitWanted::BranchDelete { .. }
                | GitWanted::Fetch { .. }
                | GitWanted::Commit { .. }
                | GitWanted::Push { .. },
            ) => true,
            Self::File(_)
            | Self::Git(GitWanted::Read { .. })
            | Self::Web(_)
            | Self::Remote(_)
            | Self::Model(_)
            | Self::Screen(_)
            | Self::Mail(_)
            | Self::Look(_)
            | Self::Fleet(_)
            | Self::Stop(_)
            | Self::Shortcut(_)
            | Self::Extract(_) => false,
        }
    }
}

/// Wanted of files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum FileWanted {
    /// Part of a file's content.
    Read { path: AbsPath, offset: u64, max_bytes: u64 },
    /// A folder's entries.
    List { path: AbsPath, depth: u32, glob: Option<String>, hidden: bool, limit: u32 },
    /// A file's new content.
    Write { path: AbsPath, content: Vec<u8>, mode: WriteMode, expect: Option<Digest> },
    /// A new place for a file or folder; `copy` leaves the old one.
    Move { from: AbsPath, to: AbsPath, copy: bool },
    /// Into the trash.
    Trash { path: AbsPath },
}

/// Wanted of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum GitWanted {
    /// An answer.
    Read { repo: AbsPath, query: GitQuery },
    /// Local branches gone, all or none.
    BranchDelete { repo: AbsPath, branches: Vec<BranchName> },
    /// What a remote has.
    Fetch { repo: AbsPath, remote: String, prune: bool },
    /// A commit of files.
    Commit { repo: AbsPath, paths: Vec<String>, message: String, expect: Option<String> },
    /// A branch given to a remote whose branch is where `expect` says; none if it is not there.
    Push { repo: AbsPath, remote: String, from: BranchName, to: BranchName, expect: Option<String> },
}

/// What is wanted to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// One program and its arguments, as they are.
    Argv(Vec<String>),
    /// A line as for a shell.
    Line(String),
}

/// Programs wanted to run, without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpawnWanted {
    /// What.
    pub script: Script,
    /// Where it runs; none means an empty scratch folder.
    pub cwd: Option<AbsPath>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// Wall seconds until it is ended.
    pub timeout_s: u32,
    /// Bytes kept of stdout and of stderr.
    pub max_output: u32,
    /// Whether it asks for the network.
    pub network: bool,
    /// Where it asks to write.
    pub write_roots: Vec<AbsPath>,
}
