//! Files of one registered loop. Each is written whole; nothing here joins a path twice.

use crate::call::{LoopId, RunId};
use crate::state::{Home, durable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where the files of loop `id` are.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The files of loop `id` in `home`.
    pub fn of(home: &Home, id: &LoopId) -> Self {
        Self { folder: home.loop_of(id) }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// Held for the whole of a run.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }
    /// The registered definition.
    pub fn definition(&self) -> PathBuf {
        self.folder.join("loop.toml")
    }
    /// The registered runbook.
    pub fn runbook(&self) -> PathBuf {
        self.folder.join("runbook.md")
    }
    /// Who registered what, when.
    pub fn registration(&self) -> PathBuf {
        self.folder.join("registered.json")
    }
    /// Whether it may act.
    pub fn mode(&self) -> PathBuf {
        self.folder.join("mode")
    }
    /// There while it is paused.
    pub fn paused(&self) -> PathBuf {
        self.folder.join("paused.json")
    }
    /// There while a run is under way: found without the lock, it tells of a crash.
    pub fn current(&self) -> PathBuf {
        self.folder.join("current.json")
    }
    /// How far it has come in its schedule.
    pub fn marks(&self) -> PathBuf {
        self.folder.join("marks.json")
    }
    /// Pokes since the last one that was due.
    pub fn pokes(&self) -> PathBuf {
        self.folder.join("pokes.json")
    }
    /// What the owner was told of already.
    pub fn told(&self) -> PathBuf {
        self.folder.join("told.json")
    }
    /// All runs.
    pub fn runs(&self) -> PathBuf {
        self.folder.join("runs.jsonl")
    }
    /// The newest run.
    pub fn last(&self) -> PathBuf {
        self.folder.join("last.json")
    }
    /// What it remembers.
    pub fn memory(&self) -> PathBuf {
        self.folder.join("state.json")
    }
    /// Deeds that are not done twice.
    pub fn deeds(&self) -> PathBuf {
        self.folder.join("dedupe.json")
    }
    /// Findings that are open.
    pub fn findings(&self) -> PathBuf {
        self.folder.join("findings.json")
    }
    /// Findings that are no longer so.
    pub fn resolved(&self) -> PathBuf {
        self.folder.join("resolved.jsonl")
    }
    /// Plans.
    pub fn plans(&self) -> PathBuf {
        self.folder.join("plans")
    }
    /// One plan.
    pub fn plan(&self, run: &RunId) -> PathBuf {
        self.plans().join(format!("{run}.json"))
    }
    /// Runs that wait for a person.
    pub fn parked(&self) -> PathBuf {
        self.folder.join("parked")
    }
    /// One run that waits for a person.
    pub fn parked_run(&self, run: &RunId) -> PathBuf {
        self.parked().join(format!("{run}.json"))
    }
}

/// Reads a JSON file; a missing one has no value.
///
/// # Errors
/// The system's, or `InvalidData` naming the file.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {e}", path.display()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io::Error::new(e.kind(), format!("`{}`: {e}", path.display()))),
    }
}

/// Writes a JSON file whole.
///
/// # Errors
/// The system's; the old content then stands.
pub fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let bytes = serde_json::to_vec(value)?;
    durable::write(path, &bytes).map_err(|e| io::Error::new(e.kind(), format!("`{}`: {e}", path.display())))
}

/// Writes a small JSON file in place, without waiting for the disk: what it says may be lost.
///
/// # Errors
/// The system's.
pub fn note<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut file = durable::open_lock_file(path)?;
    let bytes = serde_json::to_vec(value)?;
    file.write_all(&bytes)?;
    // Cutting costs more than writing, and most often nothing is to be cut.
    let length = bytes.len() as u64;
    if file.metadata()?.len() == length { Ok(()) } else { file.set_len(length) }
}
