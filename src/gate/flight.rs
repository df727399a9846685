//! The in-flight file: there before the intent, locked while the call runs, gone after the outcome.
//! An unlocked one is a crashed call, and tells which processes it left.

use super::brakes::{self, BrakeKey};
use super::judged::Judged;
use crate::audit::Seen;
use crate::call::{CallId, Risk};
use crate::state::{Home, Lock, durable, process};
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A call under way. Dropped without [`Flight::land`], it counts as crashed, which is what it is.
#[derive(Debug)]
#[must_use = "a flight that is dropped counts as crashed"]
pub struct Flight {
    lock: Lock,
    path: PathBuf,
}

/// The first line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub v: u8,
    pub call: CallId,
    pub tool: String,
    pub caller: String,
    pub risk: Risk,
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<String>,
    /// The newest audit entry when the call was put under way: all entries about it come later.
    #[serde(default)]
    pub after: u64,
    /// The log that number is of: a repair or an archive may put another in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log: Option<String>,
    /// Breakers that its outcome counts for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub breakers: Vec<BrakeKey>,
    #[serde(flatten)]
    pub by: process::Identity,
}

impl Flight {
    /// Puts the call under way, after the log's end was `seen`. For calls that change something the file is synced, so that even a
    /// power cut leaves it beside the intent.
    pub(super) fn begin(home: &Home, judged: &Judged, seen: &Seen) -> io::Result<Self> {
        let call = judged.call();
        let path = home.inflight_of(&call.id);
        let early = home.inflight().join(format!(".new-{}", call.id));
        let taken = || io::Error::new(io::ErrorKind::AlreadyExists, "this call is under way already");
        let lock = Lock::on(early_file(&early)?).map_err(|_| taken())?;
        // Another process may have taken it for one that a crash left, before the lock was on it.
        if !names(&early, &lock)? {
            return Err(taken());
        }
        let manifest = Manifest {
            v: 1,
            call: call.id.clone(),
            tool: call.tool.clone(),
            caller: call.caller.to_string(),
            risk: judged.risk(),
            digest: judged.digest().to_string(),
            run: call.run.as_ref().map(|r| r.run.to_string()),
            after: seen.seq,
            log: Some(seen.log.clone()),
            breakers: brakes::counted(judged),
            by: process::own(),
        };
        write_line(lock.file(), &manifest)?;
        // Two processes that carry out the same call have one name between them: one gets it.
        if let Err(e) = durable::rename_new(&early, &path) {
            durable::remove(&early)?;
            return Err(if e.kind() == io::ErrorKind::AlreadyExists { taken() } else { e });
        }
        let flight = Self { lock, path };
        if judged.risk() > Risk::Low
            && let Err(e) = flight.lock.file().sync_all()
        {
            flight.land()?;
            return Err(e);
        }
        Ok(flight)
    }

    /// Where the file is: a child that is about to become a program registers there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The outcome is on record: the call is no longer under way.
    ///
    /// # Errors
    /// The system's.
    pub fn land(self) -> io::Result<()> {
        durable::remove(&self.path)?;
        drop(self.lock);
        Ok(())
    }
}

/// The new in-flight file before it has its name. One that a crash left without a holder makes room: the
/// call of an approval or a veto keeps its id when a person tries again.
fn early_file(early: &Path) -> io::Result<std::fs::File> {
    match durable::create_new(early) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let there = durable::open_in_place(early)?;
            let taken = || io::Error::new(e.kind(), "this call is under way already");
            let free = Lock::on(there).map_err(|_| taken())?;
            // Only who holds the file that is there may take it away.
            if !names(early, &free)? {
                return Err(taken());
            }
            durable::remove(early)?;
            durable::create_new(early)
        }
        other => other,
    }
}

/// Whether `path` is still the file that `lock` holds: another process may have put its own there.
pub(super) fn names(path: &Path, lock: &Lock) -> io::Result<bool> {
    let held = lock.file().metadata()?;
    match path.symlink_metadata() {
        Ok(there) => Ok((there.dev(), there.ino()) == (held.dev(), held.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Registers this process in the in-flight file at `path`, before it becomes a program.
///
/// # Errors
/// If the file is gone: then the call is no longer under way, and nothing may start.
pub fn register_child(path: &Path) -> io::Result<()> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned());
    let mut file = durable::open_append(path)?;
    // Only a call that its own parent has under way lets a child become a program.
    let (manifest, _) = read(&mut file)?;
    let by = manifest.ok_or_else(|| refused("this is not a call under way"))?.by;
    let own_parent = || {
        let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        let is_it = parent == Some(by.pid) && process::alive(&by);
        if is_it { Ok(()) } else { Err(refused("this call is not under way in the parent process")) }
    };
    own_parent()?;
    write_line(&file, &process::own())?;
    // Looked at after the line is there: whoever closes this call can do so only once its holder let
    // go, and from now on finds this process in the file.
    match Lock::on(file) {
        Ok(_) => Err(refused("nobody holds this call")),
        // Held by the parent, or by who closes the call of a parent that ended since the first look:
        // the lock is free for that one only after the parent's end, which shows here.
        Err(_held) => own_parent(),
    }
}

/// A call that has an in-flight file.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub call: String,
    /// Whether its process still holds the file: if not, the call crashed.
    pub held: bool,
    pub manifest: Option<Manifest>,
    pub children: Vec<process::Identity>,
}

/// Every call that has an in-flight file, also one that is only about to get its name. Reads only.
pub(super) fn all(home: &Home) -> io::Result<Vec<UnderWay>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(home.inflight())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let call = name.strip_prefix(".new-").unwrap_or(name).to_owned();
        // One that is gone since has landed.
        let Ok(mut file) = durable::open_read(&path) else { continue };
        let (manifest, children) = read(&mut file).unwrap_or_default();
        let held = Lock::on(file).is_err();
        found.push(UnderWay { call, held, manifest, children });
    }
    Ok(found)
}

/// Whether the process of `call` still holds its in-flight file. What cannot be told is held.
pub(super) fn held(home: &Home, call: &CallId) -> bool {
    match durable::open_read(&home.inflight_of(call)) {
        Ok(file) => Lock::on(file).is_err(),
        Err(e) => e.kind() != io::ErrorKind::NotFound,
    }
}

fn write_line<T: Serialize>(mut file: &std::fs::File, value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// What an in-flight file says: the manifest, if it reads, and the children.
pub(super) fn read(file: &mut std::fs::File) -> io::Result<(Option<Manifest>, Vec<process::Identity>)> {
    let mut bytes = Vec::new();
    file.take(1 << 20).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let manifest = lines.next().and_then(|line| serde_json::from_str(line).ok());
    Ok((manifest, lines.filter_map(|line| serde_json::from_str(line).ok()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_put_in_its_place_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let early = dir.path().join(".new-c");
        let first = early_file(&early).unwrap();
        // Not locked yet, so the second one takes it for a crashed call's.
        let second = Lock::on(early_file(&early).unwrap()).unwrap();
        let first = Lock::on(first).unwrap();
        assert_eq!((names(&early, &first).unwrap(), names(&early, &second).unwrap()), (false, true));
        assert!(early_file(&early).is_err(), "a held one was taken");
        durable::remove(&early).unwrap();
        assert!(!names(&early, &second).unwrap());
    }
}
