//! Asking one of the system's own programs: a fixed command line, a scrubbed environment, bounds.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use crate::call::visible_line;
use crate::effects::Hand;
use crate::gate::resolve::program;
use crate::state::Home;
use crate::state::process::{self, Bounds};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

/// Most bytes of an answer.
const MOST: usize = 4 << 20;

/// Who stops it, if somebody does.
pub type Stopping<'a> = &'a dyn Fn() -> Option<&'static str>;

/// A question, as data: the program, its arguments, how long it may take, and what it finds in its
/// environment besides.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub program: &'a str,
    pub args: &'a [&'a str],
    pub seconds: u64,
    pub env: &'a [(&'a str, &'a str)],
}

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Its first line, from where there is one, for evidence.
    pub fn line(&self) -> String {
        let line = self.out.lines().chain(self.err.lines()).find(|line| !line.trim().is_empty());
        visible_line(line.unwrap_or_default().trim(), 200)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silent {
    /// The program is not there.
    Missing(String),
    /// It did not come to an end.
    Stopped(String),
}

impl std::fmt::Display for Silent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Missing(why) | Self::Stopped(why)) = self;
        f.write_str(why)
    }
}

impl Question<'_> {
    /// Asks it.
    ///
    /// # Errors
    /// [`Silent`].
    pub fn ask(&self, hand: &Hand<'_>) -> Result<Said, Silent> {
        self.ask_of(hand.home, &|| hand.stopping())
    }

    /// The same for whoever has no call.
    ///
    /// # Errors
    /// [`Silent`].
    pub fn ask_of(&self, home: &Home, stopping: Stopping<'_>) -> Result<Said, Silent> {
        let name = self.program;
        let found = program::find(name, home).ok().flatten().ok_or_else(|| {
            Silent::Missing(format!("the program `{name}` is not in {}", program::search_path(home)))
        })?;
        let mut command = Command::new(found.as_path());
        command
            .env_clear()
            .env("PATH", program::search_path(home))
            .env("HOME", home.tilde())
            .env("LC_ALL", "C")
            .envs(self.env.iter().copied())
            .current_dir("/")
            .process_group(0)
            .args(self.args);
        let bounds =
            Bounds { time: Duration::from_secs(self.seconds), output: MOST, grace: Duration::from_secs(1) };
        let failed = |why: String| Silent::Stopped(format!("`{name}` {why}"));
        let ran = process::capture(&mut command, b"", bounds, &|| stopping().is_some())
            .map_err(|e| failed(format!("cannot be started: {e}")))?;
        if ran.stopped {
            let who = stopping().unwrap_or("the kill switch");
            return Err(failed(format!("was ended: {who} stopped it")));
        }
        if ran.timed_out {
            return Err(failed(format!("gave no answer within {} s", self.seconds)));
        }
        if ran.truncated {
            return Err(failed("said more than 4 MiB".into()));
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) })
    }
}
