//! Exit codes: fixed, since scripts and launchd read them. Never 78: launchd uses it itself.

use crate::submit::{Reply, Status};

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done; also nothing to do, and a clean skip.
    Done = 0,
    /// The work failed.
    Failed = 1,
    /// The command line or its input is wrong.
    Usage = 2,
    /// Waits for a person.
    Waits = 3,
    /// Refused by policy.
    Refused = 4,
    /// Stopped by a brake.
    Stopped = 5,
    /// The audit log is broken.
    Broken = 6,
    /// Busy or deferred: try again later.
    Busy = 75,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Reply> for Exit {
    fn from(reply: &Reply) -> Self {
        match reply.status {
            Status::Done => Self::Done,
            Status::Waiting => Self::Waits,
            Status::Refused | Status::Failed if reply.braked => Self::Stopped,
            Status::Refused => Self::Refused,
            Status::Failed if reply.malformed => Self::Usage,
            Status::Failed | Status::Unknown => Self::Failed,
        }
    }
}
