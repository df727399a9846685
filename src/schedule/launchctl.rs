//! The one wrapper around launchctl. Only exit codes decide; what it prints is no interface.

use super::ask::{Answer, ask};
use crate::state::Home;
use std::time::{Duration, Instant};

/// I/O error: loaded already, still being taken down, or worse.
const IO: i32 = 5;
/// Already in progress.
const UNDER_WAY: i32 = 37;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two tries.
    pub pause: Duration,
    /// For a label to be free after `bootout`, which returns before it is.
    pub gone: Duration,
    /// Tries to load.
    pub tries: u32,
}

impl Patience {
    /// What was seen to be needed: some seconds, and more where a job is slow to die.
    pub const USUAL: Self =
        Self { pause: Duration::from_millis(500), gone: Duration::from_secs(30), tries: 20 };
}

/// launchctl in the domain of this user.
#[derive(Debug)]
pub(super) struct Launchctl<'h> {
    home: &'h Home,
    domain: String,
    patience: Patience,
}

impl<'h> Launchctl<'h> {
    /// The domain of the graphical session, or where nobody is logged in there, the user's own.
    ///
    /// # Errors
    /// A sentence.
    pub fn find(home: &'h Home, patience: Patience) -> Result<Self, String> {
        let uid = rustix::process::getuid().as_raw();
        let mut why = String::new();
        for domain in [format!("gui/{uid}"), format!("user/{uid}")] {
            let answer = ask(home, "launchctl", &["print", &domain])?;
            if answer.good() {
                return Ok(Self { home, domain, patience });
            }
            why = format!("`launchctl print {domain}` {}", answer.said());
        }
        Err(format!("launchd has no domain for this user: {why}"))
    }

    fn ask(&self, args: &[&str]) -> Result<Answer, String> {
        ask(self.home, "launchctl", args)
    }

    fn target(&self, label: &str) -> String {
        format!("{}/{label}", self.domain)
    }

    /// Whether a job is loaded.
    ///
    /// # Errors
    /// A sentence if launchctl does not answer.
    pub fn loaded(&self, label: &str) -> Result<bool, String> {
        self.ask(&["print", &self.target(label)]).map(|answer| answer.good())
    }

    /// Takes a job out and waits until its label is free.
    ///
    /// # Errors
    /// A sentence.
    pub fn unload(&self, label: &str) -> Result<(), String> {
        if !self.loaded(label)? {
            return Ok(());
        }
        let answer = self.ask(&["bootout", &self.target(label)])?;
        let started = Instant::now();
        while self.loaded(label)? {
            if started.elapsed() >= self.patience.gone {
                return Err(format!(
                    "`launchctl bootout` {}, and it is still loaded {} s later",
                    answer.said(),
                    self.patience.gone.as_secs()
                ));
            }
            std::thread::sleep(self.patience.pause);
        }
        Ok(())
    }

    /// Loads the job of a file; the label must be free. What may pass is tried again.
    ///
    /// # Errors
    /// A sentence.
    pub fn load(&self, label: &str, file: &str) -> Result<(), String> {
        let mut last = String::new();
        for attempt in 0..self.patience.tries {
            if attempt > 0 {
                std::thread::sleep(self.patience.pause);
            }
            let answer = self.ask(&["bootstrap", &self.domain, file])?;
            // It may say an error and have done it, and the other way round.
            if self.loaded(label)? {
                return Ok(());
            }
            last = answer.said();
            if !matches!(answer.code, Some(0 | IO | UNDER_WAY)) {
                break;
            }
        }
        Err(format!("`launchctl bootstrap` {last}"))
    }

    /// Starts a loaded job now, without waiting for it.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(&self, label: &str) -> Result<(), String> {
        let answer = self.ask(&["kickstart", &self.target(label)])?;
        if answer.good() { Ok(()) } else { Err(format!("`launchctl kickstart` {}", answer.said())) }
    }
}
