//! The one way to the programs of the system's scheduler.
#![expect(clippy::disallowed_methods, reason = "asks launchctl and systemctl, with fixed words")]

use crate::call::visible_line;
use crate::gate::resolve::program;
use crate::state::Home;
use crate::state::process::{self, Bounds};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its first line, for people: what launchctl prints is no interface.
    pub line: String,
}

impl Answer {
    /// Whether it went well.
    pub fn good(&self) -> bool {
        self.code == Some(0)
    }

    /// As a sentence.
    pub fn said(&self) -> String {
        let code = self.code.map_or_else(|| "by a signal".to_owned(), |code| code.to_string());
        format!("ended {code}: {}", self.line)
    }
}

/// Asks `name` with `args`.
///
/// # Errors
/// A sentence if it is not there or does not answer.
pub(super) fn ask(home: &Home, name: &str, args: &[&str]) -> Result<Answer, String> {
    let found = program::find(name, home).ok().flatten();
    let found = found.ok_or_else(|| format!("`{name}` is not in {}", program::search_path(home)))?;
    let mut command = Command::new(found.as_path());
    command
        .env_clear()
        .env("PATH", program::search_path(home))
        .env("HOME", home.tilde())
        .env("LC_ALL", "C")
        // systemctl finds the user's manager by it.
        .env("XDG_RUNTIME_DIR", format!("/run/user/{}", rustix::process::getuid().as_raw()))
        .current_dir("/")
        .process_group(0)
        .args(args);
    let bounds = Bounds { time: Duration::from_secs(60), output: 1 << 20, grace: Duration::from_secs(1) };
    let ran = process::capture(&mut command, b"", bounds, &|| false)
        .map_err(|e| format!("`{name}` cannot be started: {e}"))?;
    if ran.timed_out {
        return Err(format!("`{name} {}` gave no answer within a minute", args.join(" ")));
    }
    let text = [ran.stderr, ran.stdout].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(Answer { code: ran.status.code(), line: visible_line(line.trim(), 200) })
}
