//! Processes: who they are beyond a pid that is used again, ending a group, and running one with caps.
#![expect(clippy::disallowed_methods, reason = "the one place in this room that signals processes")]

use super::pipes::Pipes;
use super::{Platform, UnderWay, orphans, table, tree};
use rustix::process::{Pid, Signal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a waiting hand looks at the kill switch (DESIGN: each 250 ms).
const LOOK: Duration = Duration::from_millis(200);
/// How long a group may take to end after TERM.
pub const GRACE: Duration = Duration::from_secs(5);

/// A process as it can be told from a later one of the same pid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Its pid.
    pub pid: i32,
    /// When it started, in the system's own words.
    pub start: String,
}

/// This process.
pub fn own() -> Identity {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    Identity { pid, start: start_of(pid).unwrap_or_default() }
}

/// When the process of this pid started, or none if there is none.
/// Linux: clock ticks since boot, field 22 of `/proc/PID/stat`, which no clock change moves.
/// macOS: seconds since 1970.
pub fn start_of(pid: i32) -> Option<String> {
    match Platform::here() {
        Platform::Linux => linux_fields(pid)?.get(19).cloned(),
        Platform::Macos => look_up(pid).map(|p| p.1),
    }
}

/// Whether the process is still there and not only waiting to be reaped.
pub fn alive(who: &Identity) -> bool {
    let zombie = Platform::here() == Platform::Linux
        && linux_fields(who.pid).is_some_and(|f| f.first().is_some_and(|s| s == "Z" || s == "X"));
    !zombie && start_of(who.pid).as_deref() == Some(who.start.as_str())
}

/// The process's ancestors, nearest first, with their program files where the system tells.
pub fn ancestors() -> Vec<(i32, Option<PathBuf>)> {
    let mut chain = Vec::new();
    let mut pid = rustix::process::getppid().map(|p| p.as_raw_nonzero().get());
    while let Some(at) = pid.filter(|p| *p > 0 && chain.len() < 256) {
        let (parent, exe) = match Platform::here() {
            Platform::Linux => (
                linux_fields(at).and_then(|f| f.get(1).and_then(|p| p.parse().ok())),
                std::fs::read_link(format!("/proc/{at}/exe")).ok(),
            ),
            Platform::Macos => look_up(at).map_or((None, None), |p| (p.0, p.2)),
        };
        chain.push((at, exe));
        pid = parent;
    }
    chain
}

/// The leader of this process's session; 0 if it is outside this process's pid namespace, as in
/// a container that was entered from outside. None if the system does not tell.
pub fn own_session() -> Option<i32> {
    match Platform::here() {
        // Not `getsid`: its 0 has no place in rustix's `Pid`, which panics on it in a debug build.
        Platform::Linux => linux_fields("self")?.get(3)?.parse().ok(),
        Platform::Macos => rustix::process::getsid(None).ok().map(|p| p.as_raw_nonzero().get()),
    }
}

/// Fields of `/proc/PID/stat` after the program's name, which may itself hold spaces and brackets.
pub(super) fn linux_fields(pid: impl std::fmt::Display) -> Option<Vec<String>> {
    let text = super::small::text(Path::new(&format!("/proc/{pid}/stat")), 1 << 16).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// Parent, start and program through the system's process list.
fn look_up(pid: i32) -> Option<(Option<i32>, String, Option<PathBuf>)> {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
    let wanted = sysinfo::Pid::from_u32(u32::try_from(pid).ok()?);
    let mut system = System::new().ok()?;
    let what = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[wanted]), true, what);
    let process = system.process(wanted)?;
    let parent = process.parent().and_then(|p| i32::try_from(p.as_u32()).ok());
    Some((parent, process.start_time().to_string(), process.exe().map(PathBuf::from)))
}

/// What is known of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// When it started.
    pub start: String,
    /// Its name.
    pub name: String,
    /// Its program's file, where the system tells.
    pub exe: Option<PathBuf>,
}

/// The process of this pid; none if there is none, or only what is left of one.
pub fn look(pid: i32) -> Option<Known> {
    let start = start_of(pid)?;
    if !alive(&Identity { pid, start: start.clone() }) {
        return None;
    }
    let (name, exe) = match Platform::here() {
        Platform::Linux => (
            std::fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim_end().to_owned()),
            std::fs::read_link(format!("/proc/{pid}/exe")).ok(),
        ),
        Platform::Macos => {
            let exe = look_up(pid).and_then(|p| p.2);
            (exe.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()), exe)
        }
    };
    Some(Known { start, name: name.unwrap_or_default(), exe })
}

/// Sends `signal` to exactly this process.
///
/// # Errors
/// The system's; no such process, if it is gone or another one has its pid.
pub fn signal(who: &Identity, signal: Signal) -> std::io::Result<()> {
    let pid = Pid::from_raw(who.pid).filter(|_| who.pid > 1).ok_or(std::io::ErrorKind::InvalidInput)?;
    super::platform::signal(pid, signal, &|| alive(who))
}

/// Ends the process group led by `leader` if it is still that process's: TERM, `grace`, KILL.
/// Returns whether anything had to be ended.
pub fn end_group(leader: &Identity, grace: Duration) -> bool {
    if !alive(leader) && !group_lives(leader.pid) {
        return false;
    }
    // A pid that was given to somebody else is not ours; a group outlives its leader, and the
    // kernel does not give out a pid that still names a group, so the group is still ours then.
    if start_of(leader.pid).is_some_and(|s| s != leader.start) {
        return false;
    }
    let Some(group) = Pid::from_raw(leader.pid) else {
        return false;
    };
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    let started = Instant::now();
    while started.elapsed() < grace {
        if !group_lives(leader.pid) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
    true
}

/// Whether any process of the group can still be signalled. A group of which only an unreaped
/// leader is left counts as gone.
fn group_lives(group: i32) -> bool {
    let Some(pid) = Pid::from_raw(group) else {
        return false;
    };
    if rustix::process::test_kill_process_group(pid).is_err() {
        return false;
    }
    match Platform::here() {
        Platform::Linux => group_members(group).is_none_or(|n| n > 0),
        Platform::Macos => true,
    }
}

/// Members of the group that are not zombies, by a look through `/proc`.
fn group_members(group: i32) -> Option<usize> {
    let wanted = group.to_string();
    let pids =
        std::fs::read_dir("/proc").ok()?.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let member = |pid: i32| {
        linux_fields(pid).is_some_and(|f| {
            f.get(2) == Some(&wanted) && f.first().is_some_and(|state| state != "Z" && state != "X")
        })
    };
    Some(pids.filter(|pid| member(*pid)).count())
}

/// Bounds of one captured run.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Wall time until the group is ended.
    pub time: Duration,
    /// Bytes kept of stdout and of stderr each; the rest is read and counted as cut.
    pub output: usize,
    /// Time between TERM and KILL.
    pub grace: Duration,
}

/// What a captured run left.
#[derive(Debug)]
pub struct Captured {
    /// How it ended.
    pub status: ExitStatus,
    /// Kept output.
    pub stdout: Vec<u8>,
    /// Kept errors.
    pub stderr: Vec<u8>,
    /// Whether output was cut.
    pub truncated: bool,
    /// Whether it was ended because its time was over.
    pub timed_out: bool,
    /// Whether it was ended because `stop` said so.
    pub stopped: bool,
    /// What it had started and what would not end.
    pub left: Vec<i32>,
}

/// Runs `command`, whose child leads a process group of its own, feeding it `stdin`. `stop` is
/// asked at least every 250 ms; when it says yes, or the time is over, the whole group is ended. If it
/// carries the mark of a call, all that it started ends with it, however it ends. Where others are under
/// way in this process meanwhile, what hides its mark and its session from the table of processes is
/// not found.
///
/// # Errors
/// The system's, if the program could not be started.
pub fn capture(
    command: &mut Command,
    stdin: &[u8],
    bounds: Bounds,
    stop: &dyn Fn() -> bool,
) -> std::io::Result<Captured> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mark = command.get_envs().find(|(name, _)| *name == table::MARK).and_then(|(_, value)| value);
    let mark = mark.map(|mark| Path::new(mark).to_path_buf());
    let under = UnderWay::begin();
    let orphans = mark.as_ref().map(|_| orphans::Orphans::adopt());
    let mut child = command.spawn()?;
    let pid = i32::try_from(child.id()).unwrap_or(0);
    let leader = Identity { pid, start: start_of(pid).unwrap_or_default() };
    let mut tree = tree::Tree::new(&mark.unwrap_or_default(), None);
    tree.leader(&leader);
    let mut left = Vec::new();
    let started = Instant::now();
    let mut pipes = Pipes::new(&mut child, stdin, bounds.output);
    let mut over: Option<Instant> = None;
    let (mut ended, mut timed_out, mut stopped) = (None, false, false);
    let status = loop {
        pipes.turn(LOOK.min(bounds.time.saturating_sub(started.elapsed())));
        ended = ended.or(match &orphans {
            Some(orphans) => orphans.reap(&mut child, &under)?,
            None => child.try_wait()?,
        });
        if let Some(status) = ended {
            // A grandchild may hold the pipes open: it gets a moment, not for ever.
            let since = *over.get_or_insert_with(Instant::now);
            if pipes.closed() || since.elapsed() > Duration::from_millis(500) {
                break status;
            }
            continue;
        }
        timed_out = started.elapsed() >= bounds.time;
        stopped = stop();
        if timed_out || stopped {
            // The leader first becomes a zombie, which keeps its pid ours until it is reaped.
            left = end(&mut tree, orphans.as_ref(), &under, bounds.grace);
            // A child that was not yet a group's leader is ended by itself.
            let _ = child.kill();
            break child.wait()?;
        }
        if pipes.closed() {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    match &orphans {
        None => drop(end_group(&leader, bounds.grace)),
        Some(orphans) => {
            if !(timed_out || stopped) && orphans.any_left() {
                left = end(&mut tree, Some(orphans), &under, bounds.grace);
            }
            // Its first process was waited for: what is left are those that became this one's.
            drop(orphans.reap(&mut child, &under));
        }
    }
    // Who sets the switch may have ended it before this process looked.
    stopped |= !status.success() && stop();
    pipes.turn(Duration::ZERO);
    let (stdout, stderr, truncated) = pipes.kept();
    Ok(Captured { status, stdout, stderr, truncated, timed_out, stopped, left })
}

/// Ends a run. Only where it was alone in this process are this one's children its own; nobody begins
/// until they are gone.
fn end(
    tree: &mut tree::Tree,
    orphans: Option<&orphans::Orphans>,
    under: &UnderWay,
    grace: Duration,
) -> Vec<i32> {
    let only = under.always_only();
    tree.set_above(only.as_ref().and(orphans).and_then(orphans::Orphans::parent));
    tree.end(grace).left
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).process_group(0);
        command
    }

    fn bounds(millis: u64) -> Bounds {
        Bounds { time: Duration::from_millis(millis), output: 1000, grace: Duration::from_millis(200) }
    }

    #[test]
    fn output_is_kept_up_to_the_cap_and_stdin_is_fed() {
        let input = vec![b'x'; 300_000];
        let ran =
            capture(&mut shell("cat; echo oops >&2; exit 3"), &input, bounds(10_000), &|| false).unwrap();
        assert_eq!(
            (ran.stdout.len(), ran.stderr.as_slice(), ran.truncated),
            (1000, b"oops\n".as_slice(), true)
        );
        assert_eq!(ran.status.code(), Some(3));
    }

    #[test]
    fn a_group_that_ignores_term_is_ended_with_its_grandchildren() {
        let line = "trap '' TERM; sh -c 'trap \"\" TERM; sleep 60' & echo $!; sleep 60";
        let started = Instant::now();
        let ran = capture(&mut shell(line), b"", bounds(300), &|| false).unwrap();
        assert!(ran.timed_out && started.elapsed() < Duration::from_secs(5));
        let grandchild: i32 = String::from_utf8(ran.stdout).unwrap().trim().parse().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let gone = linux_fields(grandchild).is_none_or(|f| f[0] == "Z");
        assert!(gone, "grandchild {grandchild} still runs");
    }

    /// As a server carries out calls, each in a thread of its own.
    #[test]
    fn runs_side_by_side_get_their_own_ends_and_end_nobody_elses() {
        let marked = |n: u32, line: &str| {
            let mut command = shell(line);
            command.env(table::MARK, format!("/x/side-{n}"));
            capture(&mut command, b"", bounds(20_000), &|| false).unwrap()
        };
        let started = Instant::now();
        std::thread::scope(|scope| {
            let long = scope.spawn(|| marked(0, "sleep 1.5; echo whole; exit 7"));
            for n in 1..5 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        // One that leaves something behind, as orphans are looked for then.
                        let ran = marked(n, &format!("(sleep 0.05 &); exit {n}"));
                        assert_eq!((ran.status.code(), ran.left.len()), (i32::try_from(n).ok(), 0));
                    }
                });
                scope.spawn(|| {
                    for _ in 0..20 {
                        let ran = capture(&mut shell("exit 9"), b"", bounds(20_000), &|| false).unwrap();
                        assert_eq!(ran.status.code(), Some(9));
                    }
                });
            }
            let ran = long.join().unwrap();
            assert_eq!((ran.stdout.as_slice(), ran.status.code()), (b"whole\n".as_slice(), Some(7)));
        });
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn stop_is_heard_within_a_second() {
        let started = Instant::now();
        let ran = capture(&mut shell("sleep 60"), b"", bounds(60_000), &|| true).unwrap();
        assert!(ran.stopped && started.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_pid_alone_is_not_an_identity() {
        let mut other = own();
        assert!(alive(&other));
        other.start = "1".into();
        assert!(!alive(&other));
        assert!(!end_group(&other, Duration::ZERO));
    }

    #[test]
    fn the_macos_look_up_agrees_with_linux_about_the_parent() {
        let own = own();
        let (parent, start, exe) = look_up(own.pid).unwrap();
        assert_eq!(parent, rustix::process::getppid().map(|p| p.as_raw_nonzero().get()));
        assert!(!start.is_empty());
        assert_eq!(exe, std::env::current_exe().ok());
    }
}
