//! Tidying: what is old goes into the archive, and nothing is deleted. The log is not touched.
#![expect(clippy::disallowed_methods, reason = "moves fleet's own files within its own folder")]

use crate::call::{Chore, Happened};
use crate::effects::{Hand, Step, Trouble};
use crate::gate;
use crate::state::{Home, clock, durable};
use serde_json::json;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

const DAY: i64 = 86_400;

pub fn maintain(hand: &Hand<'_>, chore: Chore, keep_days: u32) -> Step {
    let home = hand.home;
    let before = clock::now().as_second() - i64::from(keep_days) * DAY;
    match chore {
        Chore::ExpireApprovals => {
            let closed = gate::expire_approvals(home).map_err(|e| Trouble::Not(e.to_string()))?;
            Ok(Happened::Tidied {
                moved: Vec::new(),
                told: json!({ "expired": closed, "moved": [], "freed": 0 }),
            })
        }
        Chore::Rotate => {
            let mut old = files(&home.undo(), before, &|_| true).map_err(|e| cannot(&home.undo(), &e))?;
            for id in folders(&home.loops()) {
                let plans = home.loops().join(&id).join("plans");
                old.extend(files(&plans, before, &|_| true).unwrap_or_default());
            }
            moved(hand, old)
        }
        Chore::CompactState => {
            // The file as it was stays in the archive; what nobody needs any more leaves it.
            let kept = copy(home, &home.approvals()).map_err(|e| cannot(&home.approvals(), &e))?;
            let was = size(&home.approvals());
            let closed = gate::expire_approvals(home).map_err(|e| Trouble::Not(e.to_string()))?;
            let freed = was.saturating_sub(size(&home.approvals()));
            let told = json!({ "expired": closed, "moved": [], "copies": [kept], "freed": freed });
            Ok(Happened::Tidied { moved: Vec::new(), told })
        }
    }
}

fn cannot(path: &Path, e: &io::Error) -> Trouble {
    Trouble::io("tidy", path.display(), e)
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |meta| meta.len())
}

fn folders(folder: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|e| e.ok().filter(|e| e.path().is_dir()).map(|e| e.file_name())).collect()
}

/// Regular files of a folder that last changed before a time, sorted.
fn files(folder: &Path, before: i64, wanted: &dyn Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let old = path.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.mtime() < before);
        if old && wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Where a file of the data folder lies in the archive.
fn archived(home: &Home, path: &Path) -> PathBuf {
    home.archive().join(path.strip_prefix(home.data()).unwrap_or(path))
}

fn moved(hand: &Hand<'_>, old: Vec<PathBuf>) -> Step {
    let (mut moved, mut freed) = (Vec::new(), 0_u64);
    for path in old {
        if hand.stopped() {
            break;
        }
        let to = archived(hand.home, &path);
        let bytes = size(&path);
        rename(&path, &to).map_err(|e| {
            Trouble::Not(format!(
                "cannot move `{}`: {e}; {} files were moved before",
                path.display(),
                moved.len()
            ))
        })?;
        freed += bytes;
        moved.push((path.display().to_string(), to.display().to_string()));
    }
    let told = json!({ "moved": moved.iter().map(|(_, to)| to).collect::<Vec<_>>(), "freed": freed });
    Ok(Happened::Tidied { moved, told })
}

/// Moves a file within fleet's own folder; nothing is overwritten.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().ok_or(io::ErrorKind::InvalidInput)?;
    durable::make_folder(folder)?;
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// A copy in the archive, named by the moment.
fn copy(home: &Home, path: &Path) -> io::Result<String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(e),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let to = home.archive().join(format!("{}-{name}", clock::now().as_microsecond()));
    durable::make_folder(&home.archive())?;
    durable::write(&to, &bytes)?;
    Ok(to.display().to_string())
}

/// Files come back out of the archive, all that were moved.
pub fn back(hand: &Hand<'_>, moved: &[(String, String)]) -> Step {
    for (nth, (from, to)) in moved.iter().enumerate() {
        let (from, to) = (Path::new(from), Path::new(to));
        let own = from.starts_with(hand.home.data()) && archived(hand.home, from) == to;
        let done = if own { rename(to, from) } else { Err(io::ErrorKind::InvalidInput.into()) };
        done.map_err(|e| {
            Trouble::Not(format!("cannot put `{}` back: {e}; {nth} files are", from.display()))
        })?;
    }
    Ok(Happened::Tidied { moved: Vec::new(), told: json!({ "back": moved.len() }) })
}
