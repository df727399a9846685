//! What goes into a commit: the files that were judged, and of those exactly the content.

use super::super::Trouble;
use crate::call::{GitCommit, Pin};
use crate::gate::resolve::pin;
use std::collections::BTreeMap;

/// Longest file that is committed.
const MOST: usize = 64 << 20;

/// What is to be committed, `staged`, is what was judged, byte for byte: `name` tells what git calls a
/// content. A file that changed since, and changed back, is caught by this alone.
pub fn as_judged(
    e: &GitCommit,
    staged: &str,
    name: &dyn Fn(&[u8]) -> Result<String, Trouble>,
) -> Result<(), Trouble> {
    let row = |row: &str| {
        let (what, name) = row.split_once('\t')?;
        Some((name.to_owned(), what.split(' ').nth(1)?.to_owned()))
    };
    let mut staged: BTreeMap<_, _> = staged.split('\0').filter_map(row).collect();
    for file in &e.files {
        let content = match &file.pin {
            Pin::Absent => None,
            Pin::Link { target } => Some(target.clone().into_bytes()),
            Pin::Some
            | Pin::File { .. }
            | Pin::Large { .. }
            | Pin::Tree { .. }
            | Pin::Folder
            | Pin::Unread
            | Pin::Special => {
                let now = pin::content_and_bytes(file.path.as_path(), MOST);
                let (pin, bytes) = now.map_err(|e| Trouble::Not(e.to_string()))?;
                if pin != file.pin {
                    return Err(Trouble::changed(&file.path));
                }
                let over =
                    || Trouble::Not(format!("`{}` is over {} MiB: commit it by hand", file.path, MOST >> 20));
                Some(bytes.ok_or_else(over)?)
            }
        };
        let judged = content.map(|content| name(&content)).transpose()?;
        if staged.remove(&file.name) != judged {
            return Err(Trouble::Not(format!(
                "git would not commit `{}` as it lies there: it changed since the call was judged, or the \
                 repository's attributes have it written otherwise (line ends, `ident`, an encoding); nothing was \
                 committed",
                file.path
            )));
        }
    }
    Ok(())
}

/// The files are what was judged.
pub fn unchanged(e: &GitCommit) -> Result<(), Trouble> {
    for file in &e.files {
        if matches!(file.pin, Pin::Tree { .. } | Pin::Folder) {
            return Err(Trouble::Not(format!("`{}` is a folder: name the files", file.path)));
        }
        if pin::content(file.path.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0 != file.pin {
            return Err(Trouble::changed(&file.path));
        }
    }
    Ok(())
}
