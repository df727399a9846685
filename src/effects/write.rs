//! Writing a file: the earlier content is kept, the new one is there whole or not at all.
#![expect(clippy::disallowed_methods, reason = "hands write files")]

use super::{Hand, Step, Trouble, folder, read};
use crate::call::{FileWrite, Happened, Pin, WriteMode};
use crate::canon::sha256;
use crate::state::durable;
use rustix::fs::{AtFlags, RenameFlags, renameat, renameat_with, unlinkat};
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;

/// Longest diff that is returned.
const DIFF: usize = 8 * 1024;

pub fn write(hand: &Hand<'_>, effect: &FileWrite) -> Step {
    let shown = &effect.path;
    let before = before(effect)?;
    if let (Some(expected), Some(bytes)) = (&effect.expect, &before)
        && *expected != sha256(bytes)
    {
        return Err(Trouble::Not(format!(
            "`{shown}` does not have the content of expect_sha256: read it again"
        )));
    }
    if effect.expect.is_some() && before.is_none() {
        return Err(Trouble::Not(format!("`{shown}` does not exist, and expect_sha256 says what it holds")));
    }
    let mut after = match (effect.mode, &before) {
        (WriteMode::Append, Some(before)) => before.clone(),
        (WriteMode::Append | WriteMode::Create | WriteMode::Replace, _) => Vec::new(),
    };
    after.extend_from_slice(&effect.content.bytes);

    let undo = format!("{}-{}", hand.judged.call().id, hand.nth);
    if let Some(bytes) = &before {
        let kept = hand.home.undo().join(&undo);
        durable::create(&kept, bytes)
            .map_err(|e| Trouble::io("keep the earlier content in", kept.display(), &e))?;
    }
    put(effect, &after, &format!(".fleet-{undo}"))?;
    Ok(Happened::Written {
        path: shown.clone(),
        diff: diff(before.as_deref().unwrap_or_default(), &after),
        before: before.as_deref().map(sha256),
        after: sha256(&after),
        undo: before.is_some().then_some(undo),
    })
}

/// What stands there, if it is what was judged.
fn before(effect: &FileWrite) -> Result<Option<Vec<u8>>, Trouble> {
    match &effect.pin {
        Pin::Absent => {
            let there = effect.path.as_path().symlink_metadata().is_ok();
            if there { Err(Trouble::changed(&effect.path)) } else { Ok(None) }
        }
        Pin::File { .. } if effect.mode == WriteMode::Create => {
            Err(Trouble::Not(format!("`{}` exists: use mode `replace` or `append`", effect.path)))
        }
        Pin::File { sha256: judged, .. } => {
            let bytes =
                read::whole(effect.path.as_path()).map_err(|e| Trouble::io("read", &effect.path, &e))?;
            if sha256(&bytes) == *judged { Ok(Some(bytes)) } else { Err(Trouble::changed(&effect.path)) }
        }
        Pin::Large { .. } => {
            Err(Trouble::Not(format!("`{}` is too large to keep its earlier content", effect.path)))
        }
        Pin::Tree { .. } | Pin::Folder | Pin::Link { .. } | Pin::Unread | Pin::Some | Pin::Special => {
            Err(Trouble::Not(format!("`{}` is not a file", effect.path)))
        }
    }
}

/// A temporary file beside the target, synced, then renamed over it; the folder synced.
fn put(effect: &FileWrite, bytes: &[u8], temporary: &str) -> Result<(), Trouble> {
    let io = |e: io::Error| Trouble::io("write", &effect.path, &e);
    let (folder, name) = folder::holding(effect.path.as_path()).map_err(io)?;
    let temporary = OsString::from(temporary);
    let mode = effect.path.as_path().metadata().map_or(0o644, |m| m.permissions().mode());
    let mut file = folder::create(&folder, &temporary, mode).map_err(io)?;
    let written = file.write_all(bytes).and_then(|()| {
        if effect.pin != Pin::Absent {
            file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))?;
        }
        file.sync_all()
    });
    let named = written.and_then(|()| {
        let named = if effect.pin == Pin::Absent {
            renameat_with(&folder, &temporary, &folder, name, RenameFlags::NOREPLACE)
        } else {
            renameat(&folder, &temporary, &folder, name)
        };
        named.map_err(io::Error::from)
    });
    if let Err(e) = named {
        let _ = unlinkat(&folder, &temporary, AtFlags::empty());
        return Err(if e.kind() == io::ErrorKind::AlreadyExists {
            Trouble::changed(&effect.path)
        } else {
            io(e)
        });
    }
    // The new content is in place; only whether its name survives a power cut is open.
    folder::sync(folder).map_err(|e| {
        Trouble::Unknown(format!("`{}` was written, but its folder could not be synced: {e}", effect.path))
    })
}

/// A unified diff, or a sentence where there is none to show.
fn diff(before: &[u8], after: &[u8]) -> String {
    let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after)) else {
        return "binary content".to_owned();
    };
    if before.len() + after.len() > 1 << 20 {
        return "too large for a diff".to_owned();
    }
    let diff = similar::TextDiff::from_lines(before, after).unified_diff().context_radius(2).to_string();
    match diff.char_indices().nth(DIFF) {
        Some((cut, _)) => {
            format!("{}… ({} bytes of diff in all)", diff.get(..cut).unwrap_or_default(), diff.len())
        }
        None => diff,
    }
}
