//! Starting `fleet run-loop` beside this process: it outlives it, and nobody waits.
#![expect(clippy::disallowed_methods, reason = "starts fleet itself, with fixed words")]

use crate::call::LoopId;
use crate::state::Home;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// Starts a run of loop `id` in a process group of its own, with this process' environment.
///
/// # Errors
/// A sentence.
pub fn detached(home: &Home, id: &LoopId) -> Result<(), String> {
    let mut command = Command::new(home.binary());
    command.args(["run-loop", id.as_str()]).current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|e| format!("`fleet run-loop {id}` cannot be started: {e}"))
}
