//! The last step before a program: a new session without a terminal, registered, the kill switch
//! looked at once more, confined for good. Done by fleet in the child, so that no moment is left in which a program
//! runs that the in-flight file does not name.

use super::confine::{Next, prepare};
use super::sheet::{Order, Sheet};
use crate::gate;
use std::io;
use std::path::Path;

/// Becomes what is ordered on the sheet of this number; returns only if that was not possible, and
/// says so on the sheet, too.
pub fn become_program(flight: &Path, kill_switch: &Path, sheet: i32) -> io::Error {
    let (sheet, order) = match Sheet::take(sheet) {
        Ok(taken) => taken,
        Err(e) => return io::Error::new(e.kind(), format!("there is no order to read: {e}")),
    };
    let (why, sheet) = match begin(flight, kill_switch, &sheet, &order) {
        Ok(next) => next.begin(sheet),
        Err(why) => (why, sheet),
    };
    let why = io::Error::new(why.kind(), format!("cannot start `{}`: {why}", order.program.display()));
    sheet.complain(&why);
    why
}

fn begin(flight: &Path, kill_switch: &Path, sheet: &Sheet, order: &Order) -> io::Result<Next> {
    rustix::process::setsid()?;
    gate::register_child(flight)
        .map_err(|e| io::Error::new(e.kind(), format!("the call is not under way: {e}")))?;
    if kill_switch.symlink_metadata().is_ok() {
        return Err(io::Error::other("the kill switch is set"));
    }
    prepare(sheet, order)
}
