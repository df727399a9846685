//! When to kill: before each system call that changes something, and at random.

use super::kinds::{Kind, Stage};
use super::syscalls::CHANGING;
use super::trial::{Kill, attempt, close, command, killed_at, prepared, recover};
use crate::harness::FLEET;
use std::time::{Duration, Instant};

/// Trials in one world, before another is made.
const BATCH: usize = 30;

/// Traces `args` once, undisturbed: each call that changes something, with its number among those of
/// its name, and how the trace shows it. It ends with exit code `code`.
pub fn instants(stage: &Stage, args: &[String], code: i32) -> Vec<(String, usize, String)> {
    let file = stage.world.root().join("trace");
    let calls = format!("trace=openat,{}", CHANGING.join(","));
    let mut strace = command(stage, "strace");
    strace.args(["-y", "-e", &calls, "-o", file.to_str().unwrap(), FLEET]).args(args);
    let out = strace.output().expect("strace: `tests/run` installs it");
    assert_eq!(out.status.code(), Some(code), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let nth = counts.entry(name.to_owned()).or_default();
        *nth += 1;
        if CHANGING.contains(&name) || (name == "openat" && rest.contains("O_CREAT")) {
            found.push((name.to_owned(), *nth, line.to_owned()));
        }
    }
    found
}

/// Kills `kind` before each of its calls that changes something; how many runs that were.
pub fn every(kind: Kind) -> usize {
    let stage = Stage::new(kind);
    let (args, _) = prepared(&stage, 0);
    let all = instants(&stage, &args, 0);
    // How often a child is waited for varies with the load; all else comes again.
    let comes_again = |name: &str| name != "wait4";
    let surely = all.iter().filter(|(name, ..)| comes_again(name)).count();
    let (mut killed, mut again, mut took) = (0, 0, 0);
    for (batch, points) in all.chunks(BATCH).enumerate() {
        let stage = Stage::new(kind);
        for (at, (name, nth, _)) in points.iter().enumerate() {
            let trial = attempt(&stage, at, &Kill::Call { name: name.clone(), nth: *nth });
            killed += usize::from(trial.killed);
            again += usize::from(trial.killed && comes_again(name));
            took += trial.took;
        }
        close(&stage, 0..points.len());
        assert!(batch < 20, "more than {BATCH} times 20 instants");
    }
    assert!(again * 4 >= surely * 3, "{kind:?}: only {again} of {surely} were killed");
    // Kills came before the effect and after it, or these were not the instants that matter.
    assert!(!kind.changes() || (took > 0 && (kind.asks() || took < all.len())), "{kind:?}: {took}");
    killed
}

/// Kills what `kind` starts: before it registers, before it becomes the program, and in the middle.
pub fn children(kind: Kind) -> usize {
    let calls: &[(&'static str, usize)] = match kind {
        Kind::Shell => &[("setsid", 1), ("execve", 2), ("execve", 3), ("connect", 1), ("dup2", 1)],
        Kind::BranchDelete => {
            &[("setsid", 1), ("execve", 2), ("unlink", 1), ("unlink", 2), ("rename", 1), ("rename", 2)]
        }
        Kind::Read
        | Kind::List
        | Kind::Create
        | Kind::Replace
        | Kind::Move
        | Kind::Copy
        | Kind::Trash
        | Kind::Status => return 0,
    };
    let stage = Stage::new(kind);
    for (n, (name, nth)) in calls.iter().enumerate() {
        attempt(&stage, n, &Kill::Any { name, nth: *nth });
    }
    close(&stage, 0..calls.len());
    calls.len()
}

/// Kills `kind` at instants that are spread over the time it takes, also with a rival where a second
/// command can carry out the same; how many runs that were.
pub fn random(kind: Kind, runs: usize) -> usize {
    let (mut took, mut tried) = (0, 0);
    for first in (0..runs).step_by(BATCH) {
        let stage = Stage::new(kind);
        let last = (first + BATCH).min(runs);
        let whole = time(&stage);
        for n in first..last {
            // Evenly spread and not in order: 0.618 is the golden section.
            let part = (n as f64 * 0.618_034).fract() * 1.1;
            let after = whole.mul_f64(part);
            let kill = if kind.asks() && n % 3 == 0 { Kill::Rivals(after) } else { Kill::After(after) };
            took += attempt(&stage, n, &kill).took;
            tried += 1;
        }
        close(&stage, first..last);
    }
    assert!(!kind.changes() || took > 0, "{kind:?}: every run was killed before its effect");
    tried
}

/// How long an undisturbed run takes here and now.
fn time(stage: &Stage) -> Duration {
    let n = usize::MAX;
    let (args, _) = prepared(stage, n);
    let begun = Instant::now();
    let out = command(stage, FLEET).args(&args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let whole = begun.elapsed();
    assert_eq!(stage.take(n), usize::from(stage.kind.changes()));
    whole
}

#[test]
fn a_kill_at_the_nth_call_comes_before_it() {
    let stage = Stage::new(Kind::Create);
    let (args, _) = prepared(&stage, 0);
    let ran = killed_at(&stage, false, "exit_group", 1, &args);
    assert!(ran.code == -1 && ran.stdout.contains("\"status\":\"done\""), "{ran:?}");
    assert_eq!(stage.take(0), 1);
    let ran = killed_at(&stage, false, "write", 1, &args);
    assert!(ran.code == -1 && ran.stdout.is_empty(), "{ran:?}");
    assert_eq!(stage.take(0), 0);
    recover(&stage, "killed early");
}
