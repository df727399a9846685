//! Running a program: no shell, a scrubbed environment, a session of its own, caps.
#![expect(clippy::disallowed_methods, reason = "hands start programs")]

use super::confine::{self, Declared, Network, Profile};
use super::sheet::{Answer, Order, Sheet};
use super::{Hand, Step, Trouble, script};
use crate::call::{Happened, Pin, RealPath, Repository, Spawn, Stage};
use crate::gate::resolve::{git, pin, program};
use crate::state::process::{self, Bounds, Captured};
use crate::state::{Home, Platform, table};
use std::fs::DirEntry;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
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
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let scratch = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    let cwd = effect.cwd.as_ref().map_or(scratch.as_path(), |cwd| cwd.as_path());
    let (program, argv) =
        script::wire(&effect.steps, &|stage| own_environment(hand, stage, cwd, effect.read_only))?;
    let profile = if effect.confined { Some(profile(hand, effect, &program, &scratch)?) } else { None };
    let sandbox = profile.as_ref().map_or("none", |_| confine::name(hand.home.platform()));
    // The owner's home is not shown to a confined program: it begins with an empty one.
    let own = if profile.is_some() { scratch.as_path() } else { hand.home.tilde() };
    let environment = [
        ("PATH", program::search_path(hand.home)),
        ("HOME", own.display().to_string()),
        ("TMPDIR", scratch.display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("TERM", "dumb".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let bounds = Bounds {
        time: Duration::from_secs(u64::from(effect.timeout_s)),
        output: usize::try_from(effect.max_output).unwrap_or(0),
        grace: process::GRACE,
    };
    let order = Order { profile, cwd: cwd.to_path_buf(), program, argv };
    let ran = run(hand, &order, &environment, bounds, &effect.stdin.bytes)?;
    if ran.stopped {
        return Err(Trouble::Braked(format!(
            "{} ended the program; what it had done by then is done",
            hand.stopper()
        )));
    }
    Ok(Happened::Ran {
        exit: ran.status.code(),
        signal: ran.status.signal(),
        stdout: ran.stdout,
        stderr: ran.stderr,
        truncated: ran.truncated,
        timed_out: ran.timed_out,
        sandbox,
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
/// starting programs. A line that only looks gets all of them, one that a person allowed those that
/// leave it a network and an identity.
fn own_environment(
    hand: &Hand<'_>,
    stage: &Stage,
    cwd: &Path,
    looks: bool,
) -> Result<Vec<(String, String)>, Trouble> {
    let mut own = match &stage.git {
        None => Vec::new(),
        Some(repository) => {
            let repo = match repository {
                Repository::At(path) => path.as_path(),
                Repository::Scratch => cwd,
            };
            git::guarded(hand.home, repo, looks, &|| hand.stopped())
                .map_err(|e| Trouble::Not(format!("git cannot be kept from its configuration: {e}")))?
        }
    };
    own.extend(stage.env.iter().cloned());
    Ok(own)
}

/// What the kernel is told of this effect.
fn profile(hand: &Hand<'_>, effect: &Spawn, program: &Path, scratch: &Path) -> Result<Profile, Trouble> {
    if let Some(root) = effect.write_roots.iter().find(|root| !root.as_path().exists()) {
        return Err(Trouble::Not(format!(
            "there is nothing at `{root}`, where it asked to write: make that file or folder first"
        )));
    }
    if !effect.write_roots.is_empty() {
        no_other_names(hand.home)?;
    }
    let stages = || effect.steps.iter().flat_map(|step| &step.pipeline);
    let mut programs: Vec<_> = stages().filter_map(|s| s.program.as_ref()).map(RealPath::as_path).collect();
    programs.extend(carrier(hand.home.platform(), program, hand.home.binary()));
    let named = effect.reads.iter().chain(stages().filter_map(|s| s.cwd.as_ref())).map(RealPath::as_path);
    let declared = Declared {
        programs,
        cwd: effect.cwd.as_ref().map(RealPath::as_path),
        inputs: effect.inputs.iter().map(|i| i.path.as_path()).chain(named).collect(),
        write_roots: effect.write_roots.iter().map(RealPath::as_path).collect(),
        scratch,
        network: if effect.network { Network::Tcp } else { Network::None },
    };
    Ok(confine::of(hand.home, &declared))
}

/// Fleet's own program, where it must start again below the profile: on macOS, to carry out a line.
/// No other run may read or start it.
fn carrier<'a>(platform: Platform, program: &Path, binary: &'a Path) -> Option<&'a Path> {
    (platform == Platform::Macos && program == Path::new(script::SCRIPT)).then_some(binary)
}

/// The kernel goes by names: a second name of one of fleet's files, inside a place where a program
/// may write, would let it change that file. No confined program can make one; another could have.
/// The log's lines look after themselves: it takes no entry while they have a second name.
pub(super) fn no_other_names(home: &Home) -> Result<(), Trouble> {
    let linked = linked(home).map_err(|e| Trouble::io("see what else names the files of", "fleet", &e))?;
    linked.map_or(Ok(()), |(path, names)| {
        Err(Trouble::Not(format!(
            "`{}` has {names} names (hard links), and a program that may write could change it by \
             another: remove the others first",
            path.display()
        )))
    })
}

/// A file that fleet decides by and that has more than one name. What grows with the calls is left
/// out: earlier contents, closed logs, and runs of loops change no decision.
fn linked(home: &Home) -> io::Result<Option<(PathBuf, u64)>> {
    let mut folders =
        vec![home.data().to_path_buf(), home.config().to_path_buf(), home.user_loops(), home.inflight()];
    for entry in entries(&home.loops())? {
        folders.push(entry?.path());
    }
    let mut files = vec![home.audit_head()];
    files.extend(home.secrets_file().map(Path::to_path_buf));
    for folder in folders {
        for entry in entries(&folder)? {
            files.push(entry?.path());
        }
    }
    for path in files {
        match path.symlink_metadata() {
            Ok(meta) if meta.is_file() && meta.nlink() > 1 => return Ok(Some((path, meta.nlink()))),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// What is in a folder, if it is one.
fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    match folder.read_dir() {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None.into_iter().flatten())
        }
        Err(e) => Err(e),
    }
}

/// Carries out `order` in a child of fleet that first registers in the in-flight file: whatever
/// happens to this process, the next command knows what it left running. That a program never began
/// is an error, whatever the child's exit code is.
pub(super) fn run(
    hand: &Hand<'_>,
    order: &Order,
    environment: &[(String, String)],
    bounds: Bounds,
    stdin: &[u8],
) -> Result<Captured, Trouble> {
    let cannot = |e: &std::io::Error| Trouble::io("start", order.program.display(), e);
    let sheet = Sheet::write(order).map_err(|e| cannot(&e))?;
    let mut command = Command::new(hand.home.binary());
    command
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env(table::MARK, hand.flight.path())
        .arg("exec-child")
        .arg(hand.flight.path())
        .arg(hand.kill_switch())
        .arg(sheet.number().to_string());
    let ran = process::capture(&mut command, stdin, bounds, &|| hand.stopped()).map_err(|e| cannot(&e))?;
    if !ran.left.is_empty() {
        let left: Vec<_> = ran.left.iter().map(ToString::to_string).collect();
        return Err(Trouble::Unknown(format!(
            "it was ended, and of what it had started these processes do not end: {}; look at them \
             (`ps -p {}`) and end them by hand",
            left.join(", "),
            left.join(",")
        )));
    }
    let why = match sheet.answer() {
        Answer::Cannot(why) => Some(why),
        Answer::Silent => Some(format!(
            "`{}` never began: the process that was to become it ended before ({})",
            order.program.display(),
            ran.status
        )),
        Answer::Began => {
            let confined = order.profile.is_some() && hand.home.platform() == Platform::Macos;
            confined.then(|| confine::not_begun(ran.status.code(), &ran.stderr)).flatten()
        }
    };
    match why {
        // The kill switch is why, and more: it also ends what began.
        Some(why) if !ran.stopped => Err(Trouble::Not(why)),
        _ => Ok(ran),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fleet_is_granted_to_lines_on_macos_alone() {
        let (one, line, fleet) = (Path::new("/bin/ls"), Path::new(script::SCRIPT), Path::new("/x/fleet"));
        assert_eq!(carrier(Platform::Macos, line, fleet), Some(fleet));
        assert_eq!(carrier(Platform::Macos, one, fleet), None);
        assert_eq!(carrier(Platform::Linux, line, fleet), None);
    }
}
