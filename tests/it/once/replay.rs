//! A power cut, played from a trace: of the log's files only those bytes are left that a sync covered
//! which had come back.

use super::syscalls::{Event, data, descriptor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of the log: what was written, and what of it a power cut leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct File {
    written: Vec<u8>,
    durable: Vec<u8>,
    /// What each process that is syncing covers with it: only what was written before it began.
    covering: BTreeMap<String, Vec<u8>>,
}

/// The folder of the log, as a power cut at this point of the trace leaves it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    files: BTreeMap<PathBuf, File>,
}

impl Disk {
    /// The folder as it is now: all of it was synced before.
    pub fn of(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let written = std::fs::read(&path).unwrap();
            files.insert(path, File { durable: written.clone(), written, covering: BTreeMap::new() });
        }
        Self { files }
    }

    /// Takes one event; whether something on this disk changed. Calls that this replay does not
    /// understand fail, so that a writer which uses them does not pass unseen.
    pub fn take(&mut self, event: &Event) -> bool {
        let Some((_, path)) = descriptor(&event.text) else { return false };
        let Some(file) = self.files.get_mut(Path::new(path)) else {
            assert!(!path.ends_with(".jsonl") || !path.contains("/audit/"), "a segment from nowhere: {path}");
            return false;
        };
        match (event.name.as_str(), event.result) {
            ("write" | "pwrite64", Some(n)) => {
                let Ok(n) = usize::try_from(n) else { return false };
                let bytes = data(&event.text).unwrap();
                assert!(bytes.len() >= n, "strace cut the data short: {}", event.text);
                let at = if path.ends_with("head") { offset(event) } else { file.written.len() };
                file.written.resize(file.written.len().max(at + n), 0);
                file.written[at..at + n].copy_from_slice(&bytes[..n]);
                true
            }
            ("ftruncate", Some(0)) => {
                let length = event.text.split([',', ')']).nth(1).and_then(|n| n.trim().parse().ok());
                file.written.resize(length.unwrap(), 0);
                true
            }
            ("fsync" | "fdatasync", None) => {
                file.covering.insert(event.process.clone(), file.written.clone());
                false
            }
            ("fsync" | "fdatasync", Some(result)) => {
                let covered = file.covering.remove(&event.process).unwrap_or_default();
                if result == 0 {
                    file.durable = covered;
                }
                result == 0
            }
            ("writev" | "pwritev" | "pwritev2" | "sendfile" | "copy_file_range", _) => {
                panic!("this replay does not know {}: {}", event.name, event.text)
            }
            _ => false,
        }
    }

    /// What is left of the segments: only what was synced.
    pub fn segments(&self) -> Vec<u8> {
        let segments = self.files.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "jsonl"));
        segments.flat_map(|(_, file)| file.durable.clone()).collect()
    }

    /// Writes what is left into `folder`, which is made anew. `head` has no sync of its own: it may have
    /// reached the disk at once, or not at all.
    pub fn leave(&self, folder: &Path, head_arrived: bool) {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir(folder).unwrap();
        for (path, file) in &self.files {
            let arrived = head_arrived && path.ends_with("head");
            let bytes = if arrived { &file.written } else { &file.durable };
            std::fs::write(folder.join(path.file_name().unwrap()), bytes).unwrap();
        }
    }
}

/// Where a `pwrite64` writes: its last argument. A plain write of `head` begins at its start.
fn offset(event: &Event) -> usize {
    if event.name == "write" {
        return 0;
    }
    let arguments = event.text.rsplit_once(") = ").map_or(event.text.as_str(), |(before, _)| before);
    arguments.trim_end_matches(" <unfinished ...>").rsplit(", ").next().unwrap().trim().parse().unwrap()
}
