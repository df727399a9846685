//! What the system's scheduler is to start: one loop, or the sweeper.

use crate::calendar::Schedule;
use crate::call::LoopId;

/// Seconds between two sweeps.
pub const SWEEP: u32 = 600;
/// What every file and label of fleet begins with.
pub const PREFIX: &str = "local.fleet.";
/// The name of the sweeper among the jobs. No loop has it: its names have no dot.
pub const SWEEPER: &str = "schedule.sweep";

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Pokes a loop.
    Loop {
        /// The loop.
        id: LoopId,
        /// When.
        schedule: Schedule,
        /// Paths whose change pokes it besides, absolute.
        watch: Vec<String>,
    },
    /// Starts what was missed, and says so.
    Sweep,
}

impl Job {
    /// Its label.
    pub fn label(&self) -> String {
        match self {
            Self::Loop { id, .. } => format!("{PREFIX}{id}"),
            Self::Sweep => format!("{PREFIX}{SWEEPER}"),
        }
    }

    /// What fleet is told.
    pub fn arguments(&self) -> [&str; 2] {
        match self {
            Self::Loop { id, .. } => ["run-loop", id.as_str()],
            Self::Sweep => ["schedule", "sweep"],
        }
    }
}

/// A file of a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The absolute form of a watched path; `home` stands for `~`.
pub fn absolute(path: &str, home: &str) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => format!("{}/{rest}", home.trim_end_matches('/')),
        None => path.to_owned(),
    }
}
