//! The last step before a program: a new session without a terminal, registered, the kill switch
//! looked at once more, confined for good. Done by fleet in the child, so that no moment is left in which a program
//! runs that the in-flight file does not name.

use super::confine::{Profile, become_confined};
use crate::gate;
use std::io;
use std::path::Path;

/// Becomes `program` with `argv`, held to `profile` if there is one, which is JSON; returns only if
/// that was not possible.
pub fn become_program(
    flight: &Path,
    kill_switch: &Path,
    profile: Option<&str>,
    program: &Path,
    argv: &[String],
) -> io::Error {
    let profile = match profile.map(serde_json::from_str::<Profile>).transpose() {
        Ok(profile) => profile,
        Err(e) => return e.into(),
    };
    if let Err(e) = rustix::process::setsid() {
        return e.into();
    }
    if let Err(e) = gate::register_child(flight) {
        return io::Error::new(e.kind(), format!("the call is not under way: {e}"));
    }
    if kill_switch.symlink_metadata().is_ok() {
        return io::Error::other("the kill switch is set");
    }
    become_confined(profile.as_ref(), program, argv)
}
