//! A line of several programs: carried out from its value, in a child of fleet that has become the
//! leader of a session of its own. No shell is involved.
#![expect(clippy::disallowed_methods, reason = "hands start programs and open files for them")]

use super::Trouble;
use crate::call::{Join, Sink, Stage, Step};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Stands for the program where a line of several is to run.
pub const SCRIPT: &str = "fleet:script";

#[derive(Debug, Serialize, Deserialize)]
struct WireStep {
    when: When,
    negated: bool,
    pipeline: Vec<WireStage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum When {
    Then,
    And,
    Or,
}

#[derive(Debug, Serialize, Deserialize)]
struct WireStage {
    program: PathBuf,
    argv: Vec<String>,
    env: Vec<(String, String)>,
    cwd: Option<PathBuf>,
    redirects: Vec<(u32, WireSink)>,
}

#[derive(Debug, Serialize, Deserialize)]
enum WireSink {
    Read(PathBuf),
    Write(PathBuf),
    Append(PathBuf),
    Null,
    Copy(u32),
    Text(String),
}

/// What the child gets for `steps`: a program and its arguments, or the whole line. `own` gives the
/// variables of a stage.
pub fn wire(
    steps: &[Step],
    own: &dyn Fn(&Stage) -> Result<Vec<(String, String)>, Trouble>,
) -> Result<(PathBuf, Vec<String>), Trouble> {
    let mut wired = Vec::new();
    for step in steps {
        let mut pipeline = Vec::new();
        for stage in &step.pipeline {
            pipeline.push(WireStage {
                program: stage.program.as_ref().map(|p| p.as_path().to_path_buf()).unwrap_or_default(),
                argv: stage.argv.clone(),
                env: own(stage)?,
                cwd: stage.cwd.as_ref().map(|c| c.as_path().to_path_buf()),
                redirects: stage.redirects.iter().map(|r| (r.fd, sink(&r.to))).collect(),
            });
        }
        let when = match step.when {
            Join::Then => When::Then,
            Join::And => When::And,
            Join::Or => When::Or,
        };
        wired.push(WireStep { when, negated: step.negated, pipeline });
    }
    if let [step] = wired.as_slice()
        && let [stage] = step.pipeline.as_slice()
        && stage.redirects.is_empty()
        && stage.cwd.is_none()
        && !step.negated
        && stage.env.is_empty()
    {
        return Ok((stage.program.clone(), stage.argv.clone()));
    }
    let line = serde_json::to_string(&wired)
        .map_err(|e| Trouble::Not(format!("cannot write down what to run: {e}")))?;
    Ok((SCRIPT.into(), vec![line]))
}

fn sink(to: &Sink) -> WireSink {
    match to {
        Sink::Read(path) => WireSink::Read(path.as_path().to_path_buf()),
        Sink::Write(path) => WireSink::Write(path.as_path().to_path_buf()),
        Sink::Append(path) => WireSink::Append(path.as_path().to_path_buf()),
        Sink::Null => WireSink::Null,
        Sink::Copy(fd) => WireSink::Copy(*fd),
        Sink::Text(text) => WireSink::Text(text.clone()),
    }
}

/// Runs the line with `variables` besides, and ends this process as the line ended; returns only if it
/// could not begin.
pub fn run(wired: &str, variables: &[(&str, &str)]) -> io::Error {
    let steps: Vec<WireStep> = match serde_json::from_str(wired) {
        Ok(steps) => steps,
        Err(e) => return e.into(),
    };
    let mut last = 0;
    for step in &steps {
        let due = match step.when {
            When::Then => true,
            When::And => last == 0,
            When::Or => last != 0,
        };
        if due {
            let status = pipeline(&step.pipeline, variables);
            last = if step.negated { i32::from(status == 0) } else { status };
        }
    }
    #[expect(clippy::exit, reason = "this process stands for the line: its exit code is the line's")]
    std::process::exit(last)
}

/// The same, where the profile set the variables already.
pub fn run_alone(wired: &str) -> io::Error {
    run(wired, &[])
}

/// Starts all programs of a pipeline, then waits for all; the last one's status counts.
fn pipeline(stages: &[WireStage], variables: &[(&str, &str)]) -> i32 {
    let mut running: Vec<Result<Child, i32>> = Vec::new();
    let mut from: Option<OwnedFd> = None;
    for (at, stage) in stages.iter().enumerate() {
        let last = at + 1 == stages.len();
        let pipe = if last { None } else { io::pipe().ok() };
        if !last && pipe.is_none() {
            running.push(Err(complain(stage, &io::Error::other("no pipe could be made"))));
            break;
        }
        let (next, to) = pipe.map_or((None, None), |(r, w)| (Some(OwnedFd::from(r)), Some(OwnedFd::from(w))));
        running.push(start(stage, from.take(), to, variables).map_err(|e| complain(stage, &e)));
        from = next;
    }
    drop(from);
    let mut status = 0;
    for child in running {
        status = match child {
            Ok(mut child) => child.wait().map_or(1, code),
            Err(code) => code,
        };
    }
    status
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn complain(stage: &WireStage, e: &io::Error) -> i32 {
    let name = stage.argv.first().map_or("", String::as_str);
    let _ = writeln!(io::stderr(), "cannot run `{}`: {e}", crate::call::visible_line(name, 80));
    if e.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
}

fn start(
    stage: &WireStage,
    from: Option<OwnedFd>,
    to: Option<OwnedFd>,
    variables: &[(&str, &str)],
) -> io::Result<Child> {
    let own = |fd: Option<OwnedFd>, else_: std::os::fd::BorrowedFd<'_>| match fd {
        Some(fd) => Ok(fd),
        None => else_.try_clone_to_owned(),
    };
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let mut fds = [own(from, stdin.as_fd())?, own(to, stdout.as_fd())?, own(None, stderr.as_fd())?];
    for (fd, to) in &stage.redirects {
        let target = match to {
            WireSink::Copy(of) => {
                fds.get(*of as usize).ok_or(io::ErrorKind::InvalidInput)?.as_fd().try_clone_to_owned()?
            }
            WireSink::Read(path) => file(OpenOptions::new().read(true), path)?.into(),
            WireSink::Write(path) => {
                file(OpenOptions::new().write(true).create(true).truncate(true), path)?.into()
            }
            WireSink::Append(path) => file(OpenOptions::new().append(true).create(true), path)?.into(),
            WireSink::Null => OpenOptions::new().read(true).write(true).open("/dev/null")?.into(),
            WireSink::Text(text) => fed(text)?,
        };
        *fds.get_mut(*fd as usize).ok_or(io::ErrorKind::InvalidInput)? = target;
    }
    let [stdin, stdout, stderr] = fds;
    let (name, arguments) = stage.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(&stage.program);
    command
        .arg0(name)
        .args(arguments)
        .envs(variables.iter().copied())
        .envs(stage.env.iter().map(|(n, v)| (n, v)));
    command.stdin(Stdio::from(stdin)).stdout(Stdio::from(stdout)).stderr(Stdio::from(stderr));
    if let Some(cwd) = &stage.cwd {
        command.current_dir(cwd);
    }
    command.spawn()
}

/// A file that a redirection names: its path was resolved, so a link there now is not followed.
fn file(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    options.mode(0o644).custom_flags(NO_FOLLOW).open(path)
}

/// A descriptor that gives `text`.
fn fed(text: &str) -> io::Result<OwnedFd> {
    let (reader, mut writer) = io::pipe()?;
    let text = text.to_owned();
    // Ends with the reader or with this process, whichever comes first.
    std::thread::spawn(move || writer.write_all(text.as_bytes()));
    Ok(reader.into())
}
