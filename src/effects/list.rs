//! Listing a folder.

use super::walk::{self, Found, Wish};
use super::{Hand, Step};
use crate::call::{FileList, Happened, ListedEntry, ListedKind};
use rustix::fs::FileType;
use std::time::{Duration, Instant};

/// How long it may take.
const TIME: Duration = Duration::from_secs(40);

pub fn list(hand: &Hand<'_>, effect: &FileList) -> Step {
    let wish = Wish {
        depth: usize::try_from(effect.depth).unwrap_or(1),
        hidden: effect.hidden,
        ignored: true,
        glob: effect.glob.as_deref().map(walk::glob).transpose()?,
        until: Instant::now() + TIME,
    };
    let limit = usize::try_from(effect.limit).unwrap_or(usize::MAX);
    let (mut entries, mut truncated) = (Vec::new(), false);
    let left = walk::walk(hand, effect.path.as_path(), &wish, &mut |found| {
        if entries.len() == limit {
            truncated = true;
            return Ok(false);
        }
        entries.push(listed(found));
        Ok(true)
    })?;
    let truncated = truncated || left.late;
    Ok(Happened::Listed { path: effect.path.clone(), entries, truncated, refused: left.refused })
}

fn listed(found: &Found<'_>) -> ListedEntry {
    let kind = match found.kind {
        FileType::RegularFile => ListedKind::File,
        FileType::Directory => ListedKind::Dir,
        FileType::Symlink => ListedKind::Link,
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => ListedKind::Other,
    };
    let size = if kind == ListedKind::File { u64::try_from(found.stat.st_size).unwrap_or(0) } else { 0 };
    ListedEntry { path: found.path.to_string_lossy().into_owned(), kind, size, mtime: found.stat.st_mtime }
}
