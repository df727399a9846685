//! Why the log cannot be written or relied on.

use std::io;
use std::path::PathBuf;

/// A log that does not take an entry. Nothing that needs a record happens then.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no log here.
    #[error("no audit log in `{0}`: a log is made by `fleet init` and by nothing else")]
    Missing(PathBuf),
    /// There is one already.
    #[error("an audit log stands in `{0}` already: it is never replaced")]
    Exists(PathBuf),
    /// The log's end does not fit what was acknowledged before.
    #[error(
        "the audit log in `{folder}` is broken: {why}; `fleet audit verify` looks through all of it, `fleet audit repair` closes it and begins a new one"
    )]
    Broken {
        /// The folder.
        folder: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// The entry itself cannot be written.
    #[error("this cannot be recorded: {0}")]
    Entry(String),
    /// The lock was not had.
    #[error(transparent)]
    Busy(#[from] crate::state::Busy),
    /// The system refused.
    #[error("cannot write the audit log: {doing} `{path}`: {why}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
}

impl LogError {
    /// Whether this is for a person to look into, rather than to wait out.
    pub const fn is_broken(&self) -> bool {
        match self {
            Self::Missing(_) | Self::Broken { .. } | Self::Io { .. } => true,
            Self::Exists(_) | Self::Entry(_) | Self::Busy(_) => false,
        }
    }
}

/// The system's error while `doing` something to `path`.
pub(super) fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> LogError {
    let path = path.to_owned();
    move |why| LogError::Io { doing, path, why }
}
