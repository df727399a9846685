//! Running a program: no shell, a scrubbed environment, a session of its own, caps.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use super::{Hand, Step, Trouble};
use crate::call::{Happened, Pin, Spawn};
use crate::gate::resolve::{pin, program};
use crate::state::process::{self, Bounds, Captured};
use crate::state::tree;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub fn spawn(hand: &Hand<'_>, effect: &Spawn) -> Step {
    let name = effect.argv.first().map_or("", String::as_str);
    let Some(program) = &effect.program else {
        return Err(Trouble::Not(format!(
            "there is no program `{}` in {}",
            crate::call::visible_line(name, 80),
            program::search_path(hand.home)
        )));
    };
    let now = pin::content(program.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0;
    if now != effect.pin || effect.pin == Pin::Absent {
        return Err(Trouble::changed(program));
    }
    for input in &effect.inputs {
        let now = pin::content(input.path.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0;
        if now != input.pin {
            return Err(Trouble::changed(&input.path));
        }
    }
    let scratch = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let cwd = effect.cwd.as_ref().map_or(scratch.path(), |cwd| cwd.as_path());
    if !cwd.is_dir() {
        return Err(Trouble::Not(format!("`{}` is not a folder to run in", cwd.display())));
    }
    let environment = [
        ("PATH", program::search_path(hand.home)),
        ("HOME", hand.home.tilde().display().to_string()),
        ("TMPDIR", scratch.path().display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("TERM", "dumb".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let bounds = Bounds {
        time: Duration::from_secs(u64::from(effect.timeout_s)),
        output: usize::try_from(effect.max_output).unwrap_or(0),
        grace: process::GRACE,
    };
    let ran = run(hand, program.as_path(), &effect.argv, &environment, cwd, &effect.stdin.bytes, bounds)?;
    if ran.stopped {
        return Err(Trouble::Braked(
            "the kill switch ended the program; what it had done by then is done".into(),
        ));
    }
    Ok(Happened::Ran {
        exit: ran.status.code(),
        signal: ran.status.signal(),
        stdout: ran.stdout,
        stderr: ran.stderr,
        truncated: ran.truncated,
        timed_out: ran.timed_out,
    })
}

/// Runs `program` through a child of fleet that first registers in the in-flight file: whatever
/// happens to this process, the next command knows what it left running.
pub(super) fn run(
    hand: &Hand<'_>,
    program: &Path,
    argv: &[String],
    environment: &[(String, String)],
    cwd: &Path,
    stdin: &[u8],
    bounds: Bounds,
) -> Result<Captured, Trouble> {
    let mut command = Command::new(hand.home.binary());
    command
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env(tree::MARK, hand.flight.path())
        .current_dir(cwd)
        .arg("exec-child")
        .arg(hand.flight.path())
        .arg(hand.home.kill_switch())
        .arg(program)
        .arg("--")
        .args(argv);
    process::capture(&mut command, stdin, bounds, &|| hand.killed())
        .map_err(|e| Trouble::io("start", program.display(), &e))
}
