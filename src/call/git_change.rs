//! Changes of a repository, and what goes to and comes from another one.

use super::effect::by_hash;
use super::{BranchName, Bulk, Pin, RealPath};
use serde::{Deserialize, Serialize};

/// One change of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect")]
pub enum GitChange {
    /// Takes what a remote has into the references that stand for it.
    #[serde(rename = "git.fetch")]
    Fetch(GitFetch),
    /// Makes a commit of files in the work tree.
    #[serde(rename = "git.commit")]
    Commit(GitCommit),
    /// Gives one branch to a remote.
    #[serde(rename = "git.push")]
    Push(GitPush),
    /// Puts references back: only a veto does.
    #[serde(rename = "git.refs_back")]
    Refs(GitRefs),
}

impl GitChange {
    /// The repository.
    pub const fn on(&self) -> &Repo {
        match self {
            Self::Fetch(e) => &e.on,
            Self::Commit(e) => &e.on,
            Self::Push(e) => &e.on,
            Self::Refs(e) => &e.on,
        }
    }

    /// The other repository, if one is reached.
    pub const fn remote(&self) -> Option<&GitRemote> {
        match self {
            Self::Fetch(e) => Some(&e.remote),
            Self::Push(e) => Some(&e.remote),
            Self::Commit(_) | Self::Refs(_) => None,
        }
    }
}

/// A repository, and where git really goes for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repo {
    /// Its folder.
    pub repo: RealPath,
    /// Where git goes besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<RealPath>,
    /// What stood there.
    pub pin: Pin,
    /// Whether the kernel holds git to it, where that reaches no other.
    pub confined: bool,
}

/// A remote as the repository names it, and what that name leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitRemote {
    /// Its name.
    pub name: String,
    /// Its address; empty if the repository has no such remote.
    pub url: String,
    /// How it is reached: `file`, `ssh`, `https`; anything else is not.
    pub scheme: String,
    /// The host, if it is another machine.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The folder, if it is this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<RealPath>,
    /// Where git really goes for that folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<RealPath>,
    /// Settings of the repository that decide how a network is used: it is not reached then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meddles: Vec<String>,
}

/// See [`GitChange::Fetch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitFetch {
    /// The repository.
    #[serde(flatten)]
    pub on: Repo,
    /// From where.
    pub remote: GitRemote,
    /// Also forget what the remote does not have any more.
    pub prune: bool,
    /// Whether the kernel holds the git that reaches it.
    pub held: bool,
}

/// See [`GitChange::Commit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitCommit {
    /// The repository.
    #[serde(flatten)]
    pub on: Repo,
    /// Files, each with what it holds; absent ones are taken out.
    pub files: Vec<CommitFile>,
    /// The message.
    #[serde(serialize_with = "by_hash")]
    pub message: Bulk,
    /// The branch that gets it; none if the head is on none.
    pub branch: Option<String>,
    /// The commit that it comes after; none in an empty repository.
    pub head: Option<String>,
    /// The commit that the caller believes to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitFile {
    /// As the repository names it.
    pub name: String,
    /// Where it is.
    pub path: RealPath,
    /// What it holds.
    pub pin: Pin,
}

/// See [`GitChange::Push`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitPush {
    /// The repository.
    #[serde(flatten)]
    pub on: Repo,
    /// To where.
    pub remote: GitRemote,
    /// Whether the kernel holds the git that reaches it.
    pub held: bool,
    /// The branch that is given.
    pub from: BranchName,
    /// The branch that gets it.
    pub to: BranchName,
    /// Its commit; none if there is no such branch.
    pub commit: Option<String>,
    /// Where the remote's branch is believed to be; none if it is believed not to exist.
    pub expect: Option<String>,
    /// What the remote does not have yet, newest first; the first lines of their messages.
    pub outgoing: Vec<String>,
    /// How many those are.
    pub commits: u64,
    /// Whether what goes holds a credential, as far as it could be read.
    pub token: bool,
    /// Why it could not be read whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// A reference that goes from one commit to another; none stands for no reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefMove {
    /// Its full name.
    pub name: String,
    /// Where it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old: Option<String>,
    /// Where it is now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new: Option<String>,
}

/// See [`GitChange::Refs`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitRefs {
    /// The repository.
    #[serde(flatten)]
    pub on: Repo,
    /// The references, from `new` back to `old`, all or none.
    pub back: Vec<RefMove>,
}
