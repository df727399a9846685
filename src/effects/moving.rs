//! Moving and copying: never over anything.
#![expect(clippy::disallowed_methods, reason = "hands move files")]

use super::{Hand, Step, Trouble, folder, same};
use crate::call::{FileMove, Happened, Pin};
use crate::gate::resolve::pin;
use rustix::fs::{AtFlags, Mode, RenameFlags, mkdirat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;

pub fn move_or_copy(hand: &Hand<'_>, effect: &FileMove) -> Step {
    let (from, to) = (&effect.from, &effect.to);
    if effect.pin == Pin::Absent {
        return Err(Trouble::Not(format!("`{from}` does not exist")));
    }
    if effect.target != Pin::Absent {
        return Err(Trouble::Not(format!("`{to}` exists: nothing is ever overwritten")));
    }
    if !same(from.as_path(), effect.identity) {
        return Err(Trouble::changed(from));
    }
    if let Some(made) = &effect.makes {
        let (above, folder) = folder::holding(made.as_path()).map_err(|e| Trouble::io("make", made, &e))?;
        match mkdirat(&above, folder, Mode::from_raw_mode(0o755)) {
            // An earlier step of the same call made it.
            Ok(()) | Err(Errno::EXIST) => folder::sync(above).map_err(|e| Trouble::io("make", made, &e))?,
            Err(e) => return Err(Trouble::io("make", made, &e.into())),
        }
    }
    let (source, name) =
        folder::holding(from.as_path()).map_err(|e| Trouble::io("open the folder of", from, &e))?;
    let (target, new_name) =
        folder::holding(to.as_path()).map_err(|e| Trouble::io("open the folder of", to, &e))?;
    let temporary = OsString::from(format!(".fleet-{}-{}", hand.judged.call().id, hand.nth));
    if effect.copy {
        copy(effect, &source, name, &target, new_name, &temporary)?;
    } else {
        match renameat_with(&source, name, &target, new_name, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(Errno::XDEV) => {
                copy(effect, &source, name, &target, new_name, &temporary)?;
                unlinkat(&source, name, AtFlags::empty()).map_err(|e| {
                    Trouble::Unknown(format!(
                        "`{from}` was copied to `{to}`, but the original could not be removed: {e}"
                    ))
                })?;
            }
            Err(e) => return Err(Trouble::io("move", from, &e.into())),
        }
        folder::sync(source).map_err(|e| unsynced(effect, &e))?;
    }
    folder::sync(target).map_err(|e| unsynced(effect, &e))?;
    let sha256 = if let Pin::File { sha256, .. } = &effect.pin { Some(sha256.clone()) } else { None };
    let undo = if effect.copy {
        format!("fleet tool call files_trash --args '{}'", quoted(&serde_json::json!({ "paths": [to] })))
    } else {
        let back = serde_json::json!({ "pairs": [{ "from": to, "to": from }] });
        format!("fleet tool call files_move --args '{}'", quoted(&back))
    };
    Ok(Happened::Moved { from: from.clone(), to: to.clone(), sha256, undo })
}

fn unsynced(effect: &FileMove, e: &io::Error) -> Trouble {
    Trouble::Unknown(format!(
        "`{}` is at `{}`, but the folder could not be synced: {e}",
        effect.from, effect.to
    ))
}

/// Copies a regular file, compares the copy with what was judged, then gives it its name.
fn copy(
    effect: &FileMove,
    source: &OwnedFd,
    name: &OsStr,
    target: &OwnedFd,
    new_name: &OsStr,
    temporary: &OsStr,
) -> Result<(), Trouble> {
    let Pin::File { sha256, .. } = &effect.pin else {
        return Err(Trouble::Not(format!(
            "`{}` is a folder, a link or over 256 MiB, and lies on another volume or is to be copied: only files up to that size can be",
            effect.from
        )));
    };
    let io = |e: io::Error| Trouble::io("copy", &effect.from, &e);
    let mut from = folder::regular(source, name).map_err(io)?;
    let mode = from.metadata().map_err(io)?.permissions().mode();
    let mut to = folder::create(target, temporary, mode).map_err(io)?;
    let copied = io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(io).and_then(|()| {
        let beside = effect.to.as_path().with_file_name(temporary);
        let (copy, _) = pin::hash(&beside).map_err(io)?;
        if copy != *sha256 {
            return Err(Trouble::changed(&effect.from));
        }
        renameat_with(target, temporary, target, new_name, RenameFlags::NOREPLACE).map_err(|e| io(e.into()))
    });
    if copied.is_err() {
        let _ = unlinkat(target, temporary, AtFlags::empty());
    }
    copied
}

/// JSON for a line in single quotes.
fn quoted(value: &serde_json::Value) -> String {
    value.to_string().replace('\'', r"'\''")
}
