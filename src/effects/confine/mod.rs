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

use super::script;
use crate::gate;
use crate::state::{Home, Platform};
use std::io;
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
    profile(home.platform(), declared, &Ground { guard: &guard, list: &list })
}

/// Confines this process and becomes `program`; returns only if one of both was not possible.
/// Without a profile it only sheds what was inherited.
#[expect(clippy::disallowed_methods, reason = "hands start programs")]
pub fn become_confined(profile: Option<&Profile>, program: &Path, argv: &[String]) -> io::Error {
    let Some((name, arguments)) = argv.split_first() else { return io::ErrorKind::InvalidInput.into() };
    if let Err(e) = shed() {
        return e;
    }
    let line = program == Path::new(script::SCRIPT);
    let Some(profile) = profile else {
        if line {
            return script::run(name, &[]);
        }
        return Command::new(program).arg0(name).args(arguments).exec();
    };
    // Names are looked up over TCP: there is no UDP.
    let looked_up: &[(&str, &str)] =
        if profile.network == Network::None { &[] } else { &[("RES_OPTIONS", "use-vc")] };
    let mut command = match Platform::here() {
        Platform::Linux => {
            let Some(machine) = seccomp::Machine::here() else {
                return io::Error::other("no table of system calls for this processor");
            };
            let filter = seccomp::filter(machine, &profile.network);
            if let Err(e) = kernel::enforce(&landlock::rules(profile), &filter) {
                return io::Error::other(format!("it cannot be confined: {e}"));
            }
            if line {
                return script::run(name, looked_up);
            }
            let mut command = Command::new(program);
            command.arg0(name).args(arguments);
            command
        }
        Platform::Macos => {
            // A line is carried out by fleet itself, below the profile.
            let (program, arguments) = match (line, std::env::current_exe()) {
                (false, _) => (program.to_path_buf(), arguments.to_vec()),
                (true, Ok(own)) => (own, vec!["exec-line".to_owned(), name.clone()]),
                (true, Err(e)) => return e,
            };
            let argv = match seatbelt::argv(profile, &program, &arguments) {
                Ok(argv) => argv,
                Err(e) => return io::Error::other(e),
            };
            let mut command = Command::new(seatbelt::SANDBOX_EXEC);
            command.args(argv.iter().skip(1));
            command
        }
    };
    command.envs(looked_up.iter().copied());
    command.exec()
}

/// Closes every descriptor but the three of a program, whatever fleet's own parent left open, and
/// sees that a crash leaves no image of memory behind.
fn shed() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    let folder = match Platform::here() {
        Platform::Linux => "/proc/self/fd",
        Platform::Macos => "/dev/fd",
    };
    let open: Vec<i32> =
        std::fs::read_dir(folder)?.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|n| *n > 2) {
        // The one that the list was read through is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}
