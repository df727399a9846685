//! Brakes: what stops every call, whatever policy and people say.

use super::world::GateError;
use crate::audit::Log;
use crate::call::Reason;
use crate::state::{Home, clock};
use std::time::Duration;

/// A clock this far behind the log is wrong, not merely corrected.
const BEHIND: Duration = Duration::from_secs(300);

/// Whether the kill switch is set: the file exists, or its absence cannot be established.
pub fn killed(home: &Home) -> bool {
    !matches!(home.kill_switch().symlink_metadata(), Err(e) if e.kind() == std::io::ErrorKind::NotFound)
}

/// The first brake that is on.
pub(super) fn braked(home: &Home) -> Result<Option<Reason>, GateError> {
    if killed(home) {
        let noted = super::kill::noted(home);
        let noted = if noted.is_empty() { noted } else { format!(" ({noted})") };
        return Ok(Some(Reason {
            rule: "kill-switch".into(),
            source: home.kill_switch().display().to_string(),
            message: format!(
                "the kill switch is set{noted}: nothing runs until a person says \
                 `fleet kill --release --reason R` or removes that file"
            ),
        }));
    }
    let newest = Log::of(home).newest()?;
    if clock::later(clock::now(), BEHIND) < newest {
        let message = "the clock is more than 5 minutes behind the newest audit entry: set it right first; \
                       if it is right now, that entry's was wrong, and `fleet audit archive` begins a new log";
        return Ok(Some(Reason::built_in("clock-behind-log", message)));
    }
    Ok(None)
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
