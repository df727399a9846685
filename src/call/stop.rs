//! Stopping a process, and running a shortcut.

use super::effect::by_hash;
use super::{Bulk, Pin, RealPath};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The signal that asks or tells a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum StopSignal {
    /// Asks.
    #[default]
    Term,
    /// Tells.
    Kill,
}

/// A process that is wanted to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopWanted {
    /// Its pid.
    pub pid: i32,
    /// When it started, as `system_processes` says it.
    pub start: String,
    /// How.
    pub signal: StopSignal,
    /// How long its end is waited for.
    pub wait_s: u32,
}

/// What a process is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Running {
    /// When it started.
    pub start: String,
    /// Its program's file, where the system tells.
    pub exe: Option<String>,
    /// Its name.
    pub name: String,
    /// Why no call may stop it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guarded: Option<&'static str>,
}

/// Ends one process. There is no way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename = "process.stop")]
pub struct Stop {
    /// Its pid.
    pub pid: i32,
    /// When it started, as the caller says.
    pub start: String,
    /// How.
    pub signal: StopSignal,
    /// How long its end is waited for.
    pub wait_s: u32,
    /// What runs under that pid; none if nothing does.
    pub found: Option<Running>,
}

/// A shortcut that is wanted to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortcutWanted {
    /// Its name.
    pub name: String,
    /// What it gets.
    pub input: String,
    /// How long it may take.
    pub timeout_s: u32,
}

/// Runs a shortcut of the owner: what that does, fleet cannot know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename = "shortcut.run")]
pub struct Shortcut {
    /// Its name.
    pub name: String,
    /// What it gets.
    #[serde(serialize_with = "by_hash")]
    pub input: Bulk,
    /// How long it may take.
    pub timeout_s: u32,
    /// The program that runs it.
    pub program: Option<RealPath>,
    /// What that is.
    pub pin: Pin,
}
