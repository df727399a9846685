//! The last step before a program: a new session without a terminal, registered, the kill switch
//! looked at once more. Done by fleet in the child, so that no moment is left in which a program
//! runs that the in-flight file does not name.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use super::script;
use crate::gate;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Becomes `program` with `argv`; returns only if that was not possible.
pub fn become_program(flight: &Path, kill_switch: &Path, program: &Path, argv: &[String]) -> io::Error {
    if let Err(e) = rustix::process::setsid() {
        return e.into();
    }
    if let Err(e) = gate::register_child(flight) {
        return io::Error::new(e.kind(), format!("the call is not under way: {e}"));
    }
    if kill_switch.symlink_metadata().is_ok() {
        return io::Error::other("the kill switch is set");
    }
    if program == Path::new(script::SCRIPT) {
        return script::run(argv.first().map_or("", String::as_str));
    }
    let Some((name, arguments)) = argv.split_first() else { return io::ErrorKind::InvalidInput.into() };
    Command::new(program).arg0(name).args(arguments).exec()
}
