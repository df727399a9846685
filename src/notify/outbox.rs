//! The outbox: one file a message, kept until it was delivered.

use super::Notice;
use crate::state::{Home, Redactor, call_id, durable};
use std::io;
use std::path::PathBuf;

/// Stores `notice` without secrets; it is durable when this returns.
///
/// # Errors
/// The system's: then stderr is all that is left to tell.
pub fn put(home: &Home, notice: &Notice) -> io::Result<PathBuf> {
    let redactor = Redactor::of(home);
    let clean = |text: &str| redactor.text(text).into_owned();
    let notice = Notice {
        title: clean(&notice.title),
        body: clean(&notice.body),
        more: clean(&notice.more),
        ..notice.clone()
    };
    // Names sort by time.
    let path = home.outbox().join(format!("{}.json", call_id()?));
    durable::create(&path, &serde_json::to_vec(&notice)?)?;
    Ok(path)
}

/// What was not delivered yet, oldest first.
///
/// # Errors
/// The system's; a file that does not read is an error that names it.
pub fn list(home: &Home) -> io::Result<Vec<Notice>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(home.outbox())?.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let read = |path: PathBuf| {
        let bad = |e: serde_json::Error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {e}", path.display()))
        };
        serde_json::from_slice(&std::fs::read(&path)?).map_err(bad)
    };
    paths.into_iter().map(read).collect()
}
