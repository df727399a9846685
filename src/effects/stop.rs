//! Ending one process, and running a shortcut.

use super::sheet::Order;
use super::{Hand, Step, Trouble, spawn};
use crate::call::{Happened, Pin, Shortcut, Stop, StopSignal, visible_line};
use crate::gate::resolve::{pin, program, stop as resolve};
use crate::state::Platform;
use crate::state::process::{self, Bounds, Identity};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(50);

pub fn stop(hand: &Hand<'_>, e: &Stop) -> Step {
    let Some(judged) = &e.found else {
        return Err(Trouble::Not(format!("there is no process {}", e.pid)));
    };
    let now = resolve::running(e.pid, hand.home);
    if now.as_ref() != Some(judged) {
        return Err(Trouble::Not(format!(
            "process {} is not what it was when the call was judged: nothing was signalled",
            e.pid
        )));
    }
    let who = Identity { pid: e.pid, start: e.start.clone() };
    let signal = match e.signal {
        StopSignal::Term => Signal::TERM,
        StopSignal::Kill => Signal::KILL,
    };
    process::signal(&who, signal).map_err(|why| {
        Trouble::Not(format!("cannot stop process {} (`{}`): {why}", e.pid, visible_line(&judged.name, 60)))
    })?;
    let until = Instant::now() + Duration::from_secs(u64::from(e.wait_s));
    let mut ended = !process::alive(&who);
    while !ended && Instant::now() < until && !hand.stopped() {
        std::thread::sleep(LOOK);
        ended = !process::alive(&who);
    }
    let value = json!({
        "pid": e.pid, "name": judged.name, "exe": judged.exe, "signal": e.signal, "stopped": ended, "exit_seen": ended,
    });
    let lacks =
        (!ended).then(|| format!("process {} was signalled and still runs after {} s", e.pid, e.wait_s));
    Ok(Happened::Told { value, lacks })
}

/// What it takes to run shortcuts, where they are not to be had.
pub fn no_shortcuts(platform: Platform) -> String {
    match platform {
        Platform::Macos => "the program `shortcuts` is not there: it comes with macOS 12 and newer".into(),
        Platform::Linux => "shortcuts are of macOS: there are none here".into(),
    }
}

pub fn shortcut(hand: &Hand<'_>, e: &Shortcut) -> Step {
    let Some(program) = &e.program else { return Err(Trouble::Not(no_shortcuts(hand.home.platform()))) };
    if pin::content(program.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0 != e.pin
        || e.pin == Pin::Absent
    {
        return Err(Trouble::changed(program));
    }
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let scratch = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    // It is the owner's own automation, and runs as the owner does: no profile could hold what it talks to.
    let environment = [
        ("PATH", program::search_path(hand.home)),
        ("HOME", hand.home.tilde().display().to_string()),
        ("TMPDIR", scratch.display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let time = Duration::from_secs(u64::from(e.timeout_s));
    let bounds = Bounds { time, output: 1 << 20, grace: process::GRACE };
    let argv =
        ["shortcuts", "run", &e.name, "--input-path", "-", "--output-path", "-"].map(str::to_owned).to_vec();
    let order = Order { profile: None, cwd: scratch.clone(), program: program.as_path().to_path_buf(), argv };
    let ran = spawn::run(hand, &order, &environment, bounds, &e.input.bytes)?;
    let said = visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300);
    if ran.stopped {
        return Err(Trouble::Braked(format!(
            "{} ended it; what it had done by then is done",
            hand.stopper()
        )));
    }
    if ran.timed_out {
        return Err(Trouble::Unknown(format!(
            "its {} s were over: what it had done by then is done",
            e.timeout_s
        )));
    }
    let value = json!({
        "output": String::from_utf8_lossy(&ran.stdout), "exit": ran.status.code(), "truncated": ran.truncated,
    });
    let lacks = (!ran.status.success()).then(|| format!("`shortcuts` ended with an error: {said}"));
    Ok(Happened::Told { value, lacks })
}
