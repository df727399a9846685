//! Brakes: what stops calls, whatever policy and people say. The kill switch and a clock that went
//! back stop every call; breakers and ceilings stop those of one loop, family, tool or destination.

mod asked;
mod book;
mod breaker;
mod key;
mod limits;
mod manual;
mod mistaken;
mod window;

pub use asked::tell as tell_breakers;
pub(super) use asked::{Ended, Taken, admit, counted, settle, stopped};
pub use key::Key as BrakeKey;
pub(super) use limits::Limits;
pub use manual::{
    BreakerView, CeilingView, NotMoved, breaker, breakers, ceilings, reset as reset_breakers, trip,
};
pub(super) use mistaken::mistaken;

use super::world::GateError;
use crate::audit::{Log, Seen};
use crate::call::Reason;
use crate::state::{Home, clock};
use std::time::Duration;

/// The rule that says so when the kill switch is set.
pub const KILLED: &str = "kill-switch";
/// A clock this far behind the log is wrong, not merely corrected.
const BEHIND: Duration = Duration::from_secs(300);

/// Whether the kill switch is set: the file exists, or its absence cannot be established.
pub fn killed(home: &Home) -> bool {
    !matches!(home.kill_switch().symlink_metadata(), Err(e) if e.kind() == std::io::ErrorKind::NotFound)
}

/// The first brake for all that is on; if none is, what the log's end said.
///
/// # Errors
/// [`GateError`] if the log does not tell the time of its newest entry.
pub fn braked(home: &Home) -> Result<Result<Seen, Reason>, GateError> {
    if killed(home) {
        let noted = super::kill::noted(home);
        let noted = if noted.is_empty() { noted } else { format!(" ({noted})") };
        return Ok(Err(Reason {
            rule: KILLED.into(),
            source: home.kill_switch().display().to_string(),
            message: format!(
                "the kill switch is set{noted}: nothing runs until a person says \
                 `fleet kill --release --reason R` or removes that file"
            ),
        }));
    }
    clock_behind(home)
}

/// The brake that holds for a veto too: without the right time there is no right record.
pub(super) fn clock_behind(home: &Home) -> Result<Result<Seen, Reason>, GateError> {
    let seen = Log::of(home).seen()?;
    if clock::later(clock::now(), BEHIND) < seen.newest {
        let message = "the clock is more than 5 minutes behind the newest audit entry: set it right first; \
                       if it is right now, that entry's was wrong, and `fleet audit archive` begins a new log";
        return Ok(Err(Reason::built_in("clock-behind-log", message)));
    }
    Ok(Ok(seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_at_the_switch_or_an_unreadable_folder_is_on() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        assert!(!killed(&home));
        std::fs::create_dir(home.data()).unwrap();
        std::os::unix::fs::symlink("/nowhere", home.kill_switch()).unwrap();
        assert!(killed(&home));
        std::fs::remove_file(home.kill_switch()).unwrap();
        std::fs::create_dir(home.kill_switch()).unwrap();
        assert!(killed(&home));
    }
}
