//! Kernel confinement of the programs that fleet starts for a tool: what was declared, and no more,
//! for the program and all it starts.
//!
//! Linux: Landlock for files and TCP, seccomp for everything else. macOS: `sandbox-exec`. The same
//! [`Profile`] is the source of both.

mod calls;
pub mod canary;
mod kernel;
mod landlock;
mod profile;
mod seatbelt;
mod seccomp;

pub use profile::{Declared, Ground, Network, Profile, profile};

pub use kernel::{REACH, nameless};
pub use seatbelt::not_begun;

use super::script::{self, Line};
use super::sheet::{self, Order, Sheet};
use crate::gate;
use crate::state::{Home, Platform};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How `report` and the log call what holds a program here.
pub const fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::Linux => "landlock+seccomp",
        Platform::Macos => "sandbox-exec",
    }
}

/// The profile of what was declared, on this machine.
pub fn of(home: &Home, declared: &Declared<'_>) -> Profile {
    let guarded = gate::Guarded::of(home);
    let guard = |path: &Path| gate::guard(path, &guarded);
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.filter(|e| e.file_type().is_ok_and(|t| !t.is_symlink())).map(|e| e.path()).collect()
    };
    let real = |path: &Path| path.canonicalize().ok();
    profile(home.platform(), declared, &Ground { guard: &guard, list: &list, real: &real })
}

/// What this process becomes when all is prepared.
pub enum Next {
    /// A program, by `exec`.
    Program(Command),
    /// A line of several, which this process itself carries out.
    Line(Line),
}

/// Enters the folder of `order` and confines this process: what it becomes then. Without a profile
/// it only sheds what was inherited.
///
/// # Errors
/// If any of it was not possible: then nothing may be started.
#[expect(clippy::disallowed_methods, reason = "hands start programs")]
pub fn prepare(sheet: &Sheet, order: &Order) -> io::Result<Next> {
    let (name, arguments) = order.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let line = order.program == Path::new(script::SCRIPT);
    let line = if line { Some(Line::read(name)?) } else { None };
    sheet::shed(sheet)?;
    enter(&order.cwd)?;
    let plain = || {
        let mut command = Command::new(&order.program);
        command.arg0(name).args(arguments);
        command
    };
    let Some(profile) = &order.profile else {
        return Ok(line.map_or_else(|| Next::Program(plain()), Next::Line));
    };
    // Names are looked up over TCP: there is no UDP.
    let looked_up = (profile.network != Network::None).then_some(("RES_OPTIONS", "use-vc"));
    let mut command = match Platform::here() {
        Platform::Linux => {
            let machine = seccomp::Machine::here()
                .ok_or_else(|| io::Error::other("no table of system calls for this processor"))?;
            let filter = seccomp::filter(machine, profile.network);
            kernel::enforce(&landlock::rules(profile), &filter)
                .map_err(|e| io::Error::new(e.kind(), format!("it cannot be confined: {e}")))?;
            if let Some(line) = line {
                return Ok(Next::Line(line.with(looked_up)));
            }
            plain()
        }
        Platform::Macos => {
            // A line is carried out by fleet itself, below the profile.
            let (program, arguments) = match line {
                None => (order.program.clone(), arguments.to_vec()),
                Some(_) => (std::env::current_exe()?, vec!["exec-line".to_owned(), name.clone()]),
            };
            let argv = seatbelt::argv(profile, &program, &arguments).map_err(io::Error::other)?;
            let mut command = Command::new(seatbelt::SANDBOX_EXEC);
            command.args(argv.iter().skip(1));
            command
        }
    };
    command.envs(looked_up);
    Ok(Next::Program(command))
}

impl Next {
    /// Becomes it; returns only if that was not possible.
    pub fn begin(self, mut sheet: Sheet) -> (io::Error, Sheet) {
        if let Err(e) = sheet.begin() {
            return (e, sheet);
        }
        match self {
            Self::Program(mut command) => (command.exec(), sheet),
            Self::Line(line) => {
                // Its programs could open it here, and say that they never began.
                drop(sheet);
                line.run()
            }
        }
    }
}

/// Enters the folder `path`, no link followed.
pub fn enter(path: &Path) -> io::Result<()> {
    let folder = straight(path, REACH | OFlags::DIRECTORY, Mode::empty()).map_err(|e| {
        if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            io::Error::new(e.kind(), format!("`{}` is not a folder to run in", path.display()))
        } else {
            e
        }
    })?;
    Ok(rustix::process::fchdir(folder)?)
}

/// Opens `path`, on whose way no link is followed: it was resolved when it was judged, so a link there
/// now means that somebody put it there since.
///
/// # Errors
/// The system's; for a link one that says so.
pub fn straight(path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    kernel::open(path, flags, mode).map_err(|e| match e {
        Errno::LOOP => linked(path),
        _ => io::Error::new(io::Error::from(e).kind(), format!("cannot open `{}`: {e}", path.display())),
    })
}

/// What is said of a place that is reached through a link by now.
fn linked(path: &Path) -> io::Error {
    let path = path.display();
    io::Error::other(format!("there is a link on the way to `{path}`, which was none when it was judged"))
}
