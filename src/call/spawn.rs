//! Programs to run: the value that a command line becomes. What is judged, shown and digested here
//! is what is spawned; no shell reads it again.

use super::effect::by_hash;
use super::{Answer, Bulk, Pin, RealPath, Reason};
use serde::Serialize;

/// See [`Effect::Spawn`](super::Effect::Spawn).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spawn {
    /// The line as it was written, if it was a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Whether it was understood. If not, the line itself goes to `/bin/sh -c`: run by a shell, not
    /// analysed.
    pub analysed: bool,
    /// What runs, in order.
    pub steps: Vec<Step>,
    /// Whether compiled-in rules prove that it changes nothing.
    pub read_only: bool,
    /// Files that arguments name, with what they are: a script is as much part of the call as its
    /// interpreter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Other places that it names to look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<RealPath>,
    /// Places that it names to change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<RealPath>,
    /// Programs that it would run, also by way of others, as they were asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// Hosts that it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Where it runs; none is an empty scratch folder.
    pub cwd: Option<RealPath>,
    /// What it reads.
    #[serde(serialize_with = "by_hash")]
    pub stdin: Bulk,
    /// Wall seconds until it is ended.
    pub timeout_s: u32,
    /// Bytes kept of stdout and of stderr.
    pub max_output: u32,
    /// Whether it asked for the network.
    pub network: bool,
    /// Where it asked to write.
    pub write_roots: Vec<RealPath>,
    /// Whether the kernel will hold it to what it declared.
    pub confined: bool,
    /// What was found in it.
    #[serde(skip)]
    pub findings: Vec<(Answer, Reason)>,
}

/// A file that an argument of a program names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The file.
    pub path: RealPath,
    /// What it is.
    pub pin: Pin,
}

/// When a step runs, told by how the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// Always.
    Then,
    /// After success.
    And,
    /// After failure.
    Or,
}

/// One pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When.
    pub when: Join,
    /// Whether success and failure change places.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
    /// Its programs, each reading what the one before writes.
    pub pipeline: Vec<Stage>,
}

/// One program of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// The program's real path, or none if no such program was found.
    pub program: Option<RealPath>,
    /// What it is.
    pub pin: Pin,
    /// Program name and arguments as the program will see them.
    pub argv: Vec<String>,
    /// Variables set for it alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(String, String)>,
    /// Where its descriptors lead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
    /// Where it runs, if a `cd` before it led elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<RealPath>,
    /// The repository that it has git look at: its configuration starts no programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<Repository>,
}

/// Where git begins to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repository {
    /// In this folder.
    At(RealPath),
    /// In the call's scratch folder.
    Scratch,
}

/// One redirection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redirect {
    /// The descriptor: 0, 1 or 2.
    pub fd: u32,
    /// Where it leads.
    pub to: Sink,
}

/// Where a descriptor leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sink {
    /// From a file.
    Read(RealPath),
    /// Into a file, instead of what it holds.
    Write(RealPath),
    /// Into a file, after what it holds.
    Append(RealPath),
    /// Nowhere.
    Null,
    /// Where another descriptor leads now.
    Copy(u32),
    /// From this text.
    Text(String),
}
