//! The canary: a run below a profile that tries what must be refused, before the profile is trusted
//! with anything. The attempts are first made without the profile, so that a refusal tells of the
//! profile and not of attempts that never work.
#![expect(clippy::disallowed_methods, reason = "the canary tries what hands do, in a folder of its own")]

use super::super::sheet::{Order, Sheet};
use super::{Declared, Network, Profile, name};
use crate::gate::{self, resolve::pin};
use crate::state::confinement::{self, Binary, Canary, Confinement, FileMark};
use crate::state::process::{self, Bounds};
use crate::state::{Home, clock};
use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What must be refused to the program, to what it starts, and in a session of its own.
const MUST_NOT: &[&str] = &["write-outside", "read-secret", "tcp", "udp", "unix-socket", "signal"];
/// What it must be able to do.
const MAY: &[&str] = &["write-inside", "read-inside"];
/// Everyone who tries.
const ROLES: &[&str] = &["program", "child", "grandchild", "session"];
/// What the planted file holds.
const SECRET: &str = "the canary must not read this\n";
/// How long all of it may take.
const TIME: Duration = Duration::from_secs(20);

/// What a canary tries, and who it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    role: String,
    inside: PathBuf,
    outside: PathBuf,
    tcp: u16,
    udp: u16,
    unix: PathBuf,
    parent: i32,
}

/// What one canary could do.
#[derive(Debug, Serialize, Deserialize)]
struct Song {
    role: String,
    did: Vec<String>,
}

/// Runs a canary if what is known about this machine is not about this kernel and this program.
/// What comes of it is read from its file by the gate; if nothing comes of it, calls ask.
pub fn renew(home: &Home) {
    if matches!(Confinement::of(home), Confinement::Stale(_)) && !gate::killed(home) {
        let _ = prove(home);
    }
}

/// Runs a canary and stores what came of it.
///
/// # Errors
/// If fleet's own program cannot be read, or the result not stored.
pub fn prove(home: &Home) -> io::Result<Canary> {
    // Before the hash: a program that is replaced meanwhile makes the result stale, never wrong.
    let file = FileMark::of(home.binary())?;
    let binary = Binary { sha256: pin::hash(home.binary())?.0.to_string(), file };
    let kernel = confinement::kernel();
    // The same bytes at another place or time need no other canary.
    if let Some(known) = confinement::load(home)
        && known.proven
        && known.kernel == kernel
        && known.binary.sha256 == binary.sha256
    {
        let known = Canary { binary, ..known };
        confinement::store(home, &known)?;
        return Ok(known);
    }
    let mut not_held = Vec::new();
    if !super::kernel::holds_signals() {
        not_held.push("signal".to_owned());
    }
    let refused = send(home, &not_held);
    let canary = Canary {
        v: 1,
        sandbox: name(home.platform()).to_owned(),
        proven: refused.is_ok(),
        why: refused.as_ref().err().cloned(),
        refused: refused.unwrap_or_default(),
        not_held,
        kernel,
        binary,
        at: clock::now(),
    };
    confinement::store(home, &canary)?;
    Ok(canary)
}

/// Sends a canary; what was refused to it, or why it proves nothing.
fn send(home: &Home, not_held: &[String]) -> Result<Vec<String>, String> {
    let set_up = |e: io::Error| format!("the canary could not be set up: {e}");
    let cage = tempfile::tempdir().map_err(set_up)?;
    let root = cage.path().canonicalize().map_err(set_up)?;
    let (inside, outside, scratch) = (root.join("inside"), root.join("outside"), root.join("scratch"));
    for folder in [&inside, &outside, &scratch] {
        std::fs::create_dir(folder).map_err(set_up)?;
    }
    std::fs::write(outside.join("secret"), SECRET).map_err(set_up)?;
    std::fs::write(inside.join("given"), "read this\n").map_err(set_up)?;
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(set_up)?;
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(set_up)?;
    let _unix = UnixListener::bind(root.join("socket")).map_err(set_up)?;
    tcp.set_nonblocking(true).and_then(|()| udp.set_nonblocking(true)).map_err(set_up)?;
    let task = Task {
        role: "control".into(),
        inside: inside.clone(),
        outside: outside.clone(),
        tcp: tcp.local_addr().map_err(set_up)?.port(),
        udp: udp.local_addr().map_err(set_up)?.port(),
        unix: root.join("socket"),
        parent: process::own().pid,
    };
    let did = attempts(&task);
    if let Some(silent) = MUST_NOT.iter().chain(MAY).find(|what| !did.iter().any(|d| d == *what)) {
        return Err(format!(
            "the canary proves nothing here: `{silent}` does not work without a profile, too"
        ));
    }
    std::fs::remove_file(outside.join("control")).map_err(set_up)?;
    let heard = || (tcp.accept().is_ok(), udp.recv(&mut [0; 16]).is_ok());
    let _ = heard();

    let declared = Declared {
        programs: vec![home.binary()],
        cwd: None,
        inputs: Vec::new(),
        write_roots: vec![&inside],
        scratch: &scratch,
        network: Network::None,
    };
    let songs = listen(home, super::of(home, &declared), Task { role: "program".into(), ..task }, &scratch)?;
    let mut refused = Vec::new();
    for role in ROLES {
        let Some(song) = songs.iter().find(|song| song.role == *role) else {
            return Err(format!("the canary's {role} did not report"));
        };
        if let Some(lost) = MAY.iter().find(|may| !song.did.iter().any(|d| d == *may)) {
            return Err(format!("below the profile `{lost}` does not work for the {role}"));
        }
        let held = MUST_NOT.iter().filter(|what| !not_held.iter().any(|n| n == *what));
        if let Some(free) = held.clone().find(|what| song.did.iter().any(|d| d == *what)) {
            return Err(format!("the profile does not hold: `{free}` was possible for the {role}"));
        }
        refused = held.map(|what| (*what).to_owned()).collect();
    }
    // What the canary says is not believed where it can be seen.
    let written = std::fs::read_dir(&outside).map_err(set_up)?.count() > 1;
    if written || heard() != (false, false) {
        return Err("the profile does not hold: something came through that the canary did not report".into());
    }
    Ok(refused)
}

/// Starts the canary below the profile and collects what it and its children say.
fn listen(home: &Home, profile: Profile, task: Task, scratch: &Path) -> Result<Vec<Song>, String> {
    let failed = |e: &dyn std::fmt::Display| format!("the canary could not be started: {e}");
    let task = serde_json::to_string(&task).map_err(|e| failed(&e))?;
    let order = Order {
        profile: Some(profile),
        cwd: scratch.to_path_buf(),
        program: home.binary().to_path_buf(),
        argv: vec!["fleet".into(), "canary".into(), task],
    };
    let sheet = Sheet::write(&order).map_err(|e| failed(&e))?;
    let mut command = Command::new(home.binary());
    command.env_clear().env("TMPDIR", scratch);
    command.args(["canary", "--below", &sheet.number().to_string()]);
    let bounds = Bounds { time: TIME, output: 1 << 16, grace: Duration::from_secs(1) };
    let ran = process::capture(&mut command, b"", bounds, &|| false).map_err(|e| failed(&e))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(failed(&crate::call::visible_line(said.trim(), 300)));
    }
    let lines = ran.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|e| failed(&e))).collect()
}

/// Confines this process and begins anew below the profile, as a program of a tool would.
pub fn enter(sheet: i32) -> io::Error {
    if let Err(e) = rustix::process::setsid() {
        return e.into();
    }
    let prepared = Sheet::take(sheet).and_then(|(sheet, order)| Ok((super::prepare(&sheet, &order)?, sheet)));
    match prepared {
        Ok((next, sheet)) => next.begin(sheet).0,
        Err(e) => e,
    }
}

/// Sings: tries everything, says what could be done, and lets its children do the same.
///
/// # Errors
/// If a child could not be started: that is among what must be possible.
pub fn sing(task: &str) -> io::Result<String> {
    let task: Task = serde_json::from_str(task)?;
    if task.role == "session" {
        rustix::process::setsid()?;
    }
    let song = Song { did: attempts(&task), role: task.role.clone() };
    let mut said = serde_json::to_string(&song)?;
    let children: &[&str] = match task.role.as_str() {
        "program" => &["child", "session"],
        "child" => &["grandchild"],
        _ => &[],
    };
    for role in children {
        let task = serde_json::to_string(&Task { role: (*role).to_owned(), ..task.clone() })?;
        let mut child = Command::new(std::env::current_exe()?);
        let ran = child.args(["canary", &task]).stdin(Stdio::null()).output()?;
        said.push('\n');
        said.push_str(String::from_utf8_lossy(&ran.stdout).trim_end());
    }
    Ok(said)
}

/// Everything that is tried; the names of what worked.
fn attempts(task: &Task) -> Vec<String> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let parent = Pid::from_raw(task.parent);
    let mut did = Vec::new();
    let mut note = |what: &str, worked: bool| did.extend(worked.then(|| what.to_owned()));
    note("write-outside", std::fs::write(task.outside.join(&task.role), "out\n").is_ok());
    note("read-secret", std::fs::read_to_string(task.outside.join("secret")).is_ok_and(|s| s == SECRET));
    note("tcp", TcpStream::connect_timeout(&address(task.tcp), Duration::from_secs(1)).is_ok());
    let datagram = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    note("udp", datagram.and_then(|udp| udp.send_to(b"out", address(task.udp))).is_ok());
    note("unix-socket", UnixStream::connect(&task.unix).is_ok());
    // Ignored by who receives it.
    note("signal", parent.is_some_and(|pid| rustix::process::kill_process(pid, Signal::URG).is_ok()));
    let own = task.inside.join(&task.role);
    note("write-inside", std::fs::write(&own, "in\n").is_ok());
    let given = std::fs::read_to_string(task.inside.join("given")).is_ok();
    note("read-inside", given && std::fs::read_to_string(&own).is_ok());
    did
}
