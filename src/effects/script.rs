//! A line of several programs: carried out from its value, in a child of fleet that has become the
//! leader of a session of its own. No shell is involved.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use super::confine::{self, straight};
use crate::call::{Join, Sink, Stage, Step};
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
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

/// What the child gets for `steps`: a program and its arguments, or the whole line. `own` adds to the
/// environment of a stage.
pub fn wire(
    steps: &[Step],
    own: &dyn Fn(&Stage) -> Vec<(String, String)>,
) -> serde_json::Result<(PathBuf, Vec<String>)> {
    if let [step] = steps
        && let [stage] = step.pipeline.as_slice()
        && let Some(program) = &stage.program
        && stage.redirects.is_empty()
        && stage.cwd.is_none()
        && !step.negated
        && own(stage).is_empty()
    {
        return Ok((program.as_path().to_path_buf(), stage.argv.clone()));
    }
    let stage = |stage: &Stage| WireStage {
        program: stage.program.as_ref().map(|p| p.as_path().to_path_buf()).unwrap_or_default(),
        argv: stage.argv.clone(),
        env: own(stage),
        cwd: stage.cwd.as_ref().map(|c| c.as_path().to_path_buf()),
        redirects: stage.redirects.iter().map(|r| (r.fd, sink(&r.to))).collect(),
    };
    let step = |step: &Step| WireStep {
        when: match step.when {
            Join::Then => When::Then,
            Join::And => When::And,
            Join::Or => When::Or,
        },
        negated: step.negated,
        pipeline: step.pipeline.iter().map(stage).collect(),
    };
    let steps: Vec<_> = steps.iter().map(step).collect();
    Ok((SCRIPT.into(), vec![serde_json::to_string(&steps)?]))
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

/// A line as the child reads it.
#[derive(Debug)]
pub struct Line {
    steps: Vec<WireStep>,
    variables: Option<(&'static str, &'static str)>,
}

impl Line {
    /// The line of what [`wire`] wrote.
    pub fn read(wired: &str) -> io::Result<Self> {
        Ok(Self { steps: serde_json::from_str(wired)?, variables: None })
    }

    /// With variables besides.
    pub fn with(self, variables: Option<(&'static str, &'static str)>) -> Self {
        Self { variables, ..self }
    }

    /// Carries it out, and ends this process as it ended.
    pub fn run(self) -> ! {
        let mut last = 0;
        for step in &self.steps {
            let due = match step.when {
                When::Then => true,
                When::And => last == 0,
                When::Or => last != 0,
            };
            if due {
                let status = pipeline(&step.pipeline, self.variables);
                last = if step.negated { i32::from(status == 0) } else { status };
            }
        }
        // This process stands for the line: its exit code is the line's.
        std::process::exit(last)
    }
}

/// The same, where the profile set the variables already; returns only if it could not begin.
pub fn run_alone(wired: &str) -> io::Error {
    match Line::read(wired) {
        Ok(line) => line.run(),
        Err(e) => e,
    }
}

/// Starts all programs of a pipeline, then waits for all; the last one's status counts.
fn pipeline(stages: &[WireStage], variables: Option<(&str, &str)>) -> i32 {
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
    variables: Option<(&str, &str)>,
) -> io::Result<Child> {
    let own = |fd: Option<OwnedFd>, else_: std::os::fd::BorrowedFd<'_>| match fd {
        Some(fd) => Ok(fd),
        None => else_.try_clone_to_owned(),
    };
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let mut fds = [own(from, stdin.as_fd())?, own(to, stdout.as_fd())?, own(None, stderr.as_fd())?];
    let (made, plain) = (OFlags::WRONLY | OFlags::CREATE, Mode::from_raw_mode(0o644));
    for (fd, to) in &stage.redirects {
        let target = match to {
            WireSink::Copy(of) => {
                fds.get(*of as usize).ok_or(io::ErrorKind::InvalidInput)?.as_fd().try_clone_to_owned()?
            }
            WireSink::Read(path) => straight(path, OFlags::RDONLY, Mode::empty())?,
            WireSink::Write(path) => straight(path, made | OFlags::TRUNC, plain)?,
            WireSink::Append(path) => straight(path, made | OFlags::APPEND, plain)?,
            WireSink::Null => rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?,
            WireSink::Text(text) => fed(text)?,
        };
        *fds.get_mut(*fd as usize).ok_or(io::ErrorKind::InvalidInput)? = target;
    }
    let [stdin, stdout, stderr] = fds;
    let (name, arguments) = stage.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(&stage.program);
    command.arg0(name).args(arguments).envs(variables).envs(stage.env.iter().map(|(n, v)| (n, v)));
    command.stdin(Stdio::from(stdin)).stdout(Stdio::from(stdout)).stderr(Stdio::from(stderr));
    let Some(cwd) = &stage.cwd else { return command.spawn() };
    // By its descriptor, so that no link is followed; a program starts where this process is.
    let back = rustix::fs::open(".", confine::REACH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    confine::enter(cwd)?;
    let started = command.spawn();
    if let Err(e) = rustix::process::fchdir(back) {
        let _ = writeln!(io::stderr(), "cannot go back from `{}`: {e}", cwd.display());
        #[expect(clippy::exit, reason = "what comes next would run in the wrong folder")]
        std::process::exit(126);
    }
    started
}

/// A descriptor that gives `text`.
fn fed(text: &str) -> io::Result<OwnedFd> {
    let (reader, mut writer) = io::pipe()?;
    let text = text.to_owned();
    // Ends with the reader or with this process, whichever comes first.
    std::thread::spawn(move || writer.write_all(text.as_bytes()));
    Ok(reader.into())
}
