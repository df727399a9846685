//! The vocabulary: ids, risk, callers, calls, what a tool wants and what was resolved. Knows nothing else.

mod archive;
mod caller;
mod effect;
mod facets;
mod git;
mod git_change;
mod happened;
mod ids;
mod look;
mod lookalike;
mod mail;
mod model;
mod own;
mod path;
mod reason;
mod remote;
mod request;
mod risk;
mod spawn;
mod stop;
mod trace;
mod visible;
mod wanted;
mod watch;
mod web;

pub use archive::{ArchiveFormat, Becomes, Entries, Extract, ExtractWanted, Fault, Unpacked};
pub use caller::Caller;
pub use effect::{
    BranchPin, BranchTip, Bulk, Effect, FileList, FileMove, FileRead, FileRestore, FileTrash, FileWrite,
    GitBranchDelete, GitBranchRestore, GitRead, Identity, Pin, WriteMode,
};
pub use facets::Reach;
pub use git::{BranchName, GitQuery};
pub use git_change::{
    CommitFile, GitChange, GitCommit, GitFetch, GitPush, GitRefs, GitRemote, RefMove, Repo,
};
pub use happened::{Failed, Happened, ListedEntry, ListedKind};
pub use ids::{ApprovalId, CallId, Digest, LoopId, ModelName, RunId};
pub(crate) use ids::{sortable, typeable};
pub use look::{Domain, InfoSection, Look, Place, PostureCheck, UpdateSource};
pub use lookalike::plain;
pub use mail::{Address, Attachment, Mail, MailCopy, MailWanted, Token};
pub use model::{
    Ask, Endpoint, ModelAsk, ModelServer, ModelSetUp, ModelTokens, ModelUse, ModelWanted, Prompt, StepKind,
    usual_context, usual_patience,
};
pub use own::{CheckPart, Chore, Fleet, StatusSection};
pub use path::{AbsPath, RealPath};
pub use reason::{Answer, Reason};
pub use remote::{
    Certificate, Discord, Dns, Record, RecordType, Remote, RemoteWanted, Screen, ScreenWanted, Severity,
    StartTls, Tls, Withdraw,
};
pub use request::{Call, Run};
pub use risk::Risk;
pub use spawn::{Input, Join, Redirect, Repository, Sink, Spawn, Stage, Step};
pub use stop::{Running, Shortcut, ShortcutWanted, Stop, StopSignal, StopWanted};
pub use trace::Trace;
pub use visible::{visible, visible_line};
pub use wanted::{FileWanted, GitWanted, Script, SpawnWanted, Wanted};
pub use watch::Watch;
pub use web::{Answered, Header, Method, Web, WebWanted};

/// A value from outside that cannot be what it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value}: {why}")]
pub struct Malformed {
    what: &'static str,
    value: String,
    why: String,
}

impl Malformed {
    /// `what` names the kind of value, `value` is shown escaped and cut, `why` completes the sentence.
    pub fn new(what: &'static str, value: &str, why: impl Into<String>) -> Self {
        Self { what, value: format!("`{}`", visible_line(value, 80)), why: why.into() }
    }
}
