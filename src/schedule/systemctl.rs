//! The one wrapper around `systemctl --user`.

use super::ask::{Answer, ask};
use crate::state::Home;

/// The user's systemd.
#[derive(Debug)]
pub(super) struct Systemctl<'h> {
    home: &'h Home,
}

impl<'h> Systemctl<'h> {
    /// It, if it answers.
    ///
    /// # Errors
    /// A sentence.
    pub fn find(home: &'h Home) -> Result<Self, String> {
        let here = Self { home };
        here.done(&["show", "--property=Version"])?;
        Ok(here)
    }

    fn ask(&self, args: &[&str]) -> Result<Answer, String> {
        ask(self.home, "systemctl", &[&["--user"], args].concat())
    }

    fn done(&self, args: &[&str]) -> Result<(), String> {
        let answer = self.ask(args)?;
        if answer.good() {
            Ok(())
        } else {
            Err(format!("`systemctl --user {}` {}", args.join(" "), answer.said()))
        }
    }

    /// Reads changed units.
    ///
    /// # Errors
    /// A sentence.
    pub fn reload(&self) -> Result<(), String> {
        self.done(&["daemon-reload"])
    }

    /// Whether a unit is started.
    ///
    /// # Errors
    /// A sentence if systemctl does not answer.
    pub fn loaded(&self, unit: &str) -> Result<bool, String> {
        self.ask(&["is-active", unit]).map(|answer| answer.good())
    }

    /// Starts a unit, now and at each login.
    ///
    /// # Errors
    /// A sentence.
    pub fn load(&self, unit: &str) -> Result<(), String> {
        self.done(&["enable", unit])?;
        // A timer that was edited counts from its new text.
        self.done(&["restart", unit])?;
        if self.loaded(unit)? { Ok(()) } else { Err(format!("`{unit}` was started and is not active")) }
    }

    /// Stops a unit for good.
    ///
    /// # Errors
    /// A sentence.
    pub fn unload(&self, unit: &str) -> Result<(), String> {
        self.done(&["disable", "--now", unit])
    }

    /// Starts a unit without waiting for it.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(&self, unit: &str) -> Result<(), String> {
        self.done(&["start", "--no-block", unit])
    }
}
