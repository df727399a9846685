//! Listing a folder.

use super::{Hand, Step, Trouble};
use crate::call::{FileList, Happened, ListedEntry, ListedKind};
use crate::gate::resolve::path::real;
use crate::gate::{Guarded, forbidden};
use std::os::unix::fs::MetadataExt as _;
use walkdir::{DirEntry, WalkDir};

pub fn list(hand: &Hand<'_>, effect: &FileList) -> Step {
    let root = effect.path.as_path();
    super::folder::folder(root).map_err(|e| Trouble::io("list", &effect.path, &e))?;
    let glob = match &effect.glob {
        Some(glob) => Some(
            globset::GlobBuilder::new(glob)
                .literal_separator(true)
                .build()
                .map_err(|e| Trouble::Not(format!("glob `{glob}`: {e}")))?
                .compile_matcher(),
        ),
        None => None,
    };
    let limit = usize::try_from(effect.limit).unwrap_or(usize::MAX);
    let depth = usize::try_from(effect.depth).unwrap_or(1);
    let shown =
        |e: &DirEntry| effect.hidden || e.depth() == 0 || !e.file_name().as_encoded_bytes().starts_with(b".");
    // What no tool may look into is not listed either.
    let guarded = Guarded::of(hand.home);
    let leads = |e: &DirEntry| e.path_is_symlink().then(|| real(e.path()).ok()).flatten();
    let allowed = |e: &DirEntry| {
        !forbidden(e.path(), false, &guarded)
            && !leads(e).is_some_and(|path| forbidden(&path, false, &guarded))
    };
    let mut entries = Vec::new();
    let mut truncated = false;
    for entry in WalkDir::new(root)
        .min_depth(1)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|e| shown(e) && allowed(e))
    {
        if hand.stopped() {
            return Err(Trouble::Braked(format!("{} stopped it while listing", hand.stopper())));
        }
        // What cannot be looked into, or went away meanwhile, is left out, like any later change.
        let Ok(entry) = entry else { continue };
        let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if glob.as_ref().is_some_and(|g| !g.is_match(below)) {
            continue;
        }
        if entries.len() == limit {
            truncated = true;
            break;
        }
        entries.extend(listed(&entry));
    }
    Ok(Happened::Listed { path: effect.path.clone(), entries, truncated })
}

fn listed(entry: &DirEntry) -> Option<ListedEntry> {
    let meta = entry.metadata().ok()?;
    let kind = if meta.is_file() {
        ListedKind::File
    } else if meta.is_dir() {
        ListedKind::Dir
    } else if meta.is_symlink() {
        ListedKind::Link
    } else {
        ListedKind::Other
    };
    let size = if meta.is_file() { meta.len() } else { 0 };
    Some(ListedEntry { path: entry.path().to_string_lossy().into_owned(), kind, size, mtime: meta.mtime() })
}
