//! Running a program: no shell, a scrubbed environment, a session of its own, caps.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use super::{Hand, Step, Trouble, script};
use crate::call::{Happened, Pin, Spawn, Stage};
use crate::gate::resolve::{git, pin, program};
use crate::state::process::{self, Bounds, Captured};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub fn spawn(hand: &Hand<'_>, effect: &Spawn) -> Step {
    for stage in effect.steps.iter().flat_map(|step| &step.pipeline) {
        unchanged_program(hand, stage)?;
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
    let (program, argv) = script::wire(&effect.steps, &|stage| own_environment(hand, stage, cwd))
        .map_err(|e| Trouble::Not(format!("cannot write down what to run: {e}")))?;
    let ran = run(hand, &program, &argv, &environment, cwd, &effect.stdin.bytes, bounds)?;
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

/// The program must be there, and be what was judged.
fn unchanged_program(hand: &Hand<'_>, stage: &Stage) -> Result<(), Trouble> {
    let name = stage.argv.first().map_or("", String::as_str);
    let Some(program) = &stage.program else {
        return Err(Trouble::Not(format!(
            "there is no program `{}` in {}",
            crate::call::visible_line(name, 80),
            program::search_path(hand.home)
        )));
    };
    let now = pin::content(program.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0;
    if now != stage.pin || stage.pin == Pin::Absent { Err(Trouble::changed(program)) } else { Ok(()) }
}

/// Variables of one program alone: for git, those that keep a repository's configuration from
/// starting programs.
fn own_environment(hand: &Hand<'_>, stage: &Stage, cwd: &Path) -> Vec<(String, String)> {
    let mut own = Vec::new();
    let is_git = stage.program.as_ref().and_then(|p| p.as_path().file_name()).is_some_and(|n| n == "git");
    if is_git {
        let mut repo = stage.cwd.as_ref().map_or(cwd, |c| c.as_path()).to_path_buf();
        for pair in stage.argv.windows(2) {
            if let [option, path] = pair
                && option == "-C"
            {
                repo.push(path);
            }
        }
        own = git::guarded(hand.home, &repo, &|| hand.killed());
    }
    own.extend(stage.env.iter().cloned());
    own
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
