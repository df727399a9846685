//! Into the trash, and out of it again.
#![expect(clippy::disallowed_methods, reason = "hands move files into the trash")]

use super::{Step, Trouble, folder, same};
use crate::call::{FileRestore, FileTrash, Happened, Pin};
use crate::state::durable;
use rustix::fs::{RenameFlags, renameat_with};
use std::path::Path;

pub fn trash(effect: &FileTrash) -> Step {
    if effect.pin == Pin::Absent {
        return Err(Trouble::Not(format!("`{}` does not exist", effect.path)));
    }
    if !same(effect.path.as_path(), effect.identity) {
        return Err(Trouble::changed(&effect.path));
    }
    let path = effect.path.as_path();
    put(path).map_err(|e| Trouble::Not(format!("cannot put `{}` into the trash: {e}", effect.path)))?;
    if path.symlink_metadata().is_ok() {
        return Err(Trouble::Unknown(format!("`{}` still stands where it was", effect.path)));
    }
    Ok(Happened::Trashed { path: effect.path.clone(), at: place(path) })
}

/// Out of the trash again, to where it was. Never over anything.
pub fn restore(effect: &FileRestore) -> Step {
    let (from, path) = (&effect.from, &effect.path);
    if !same(from.as_path(), effect.identity) {
        return Err(Trouble::changed(from));
    }
    let (source, name) = folder::holding(from.as_path()).map_err(|e| Trouble::io("open", from, &e))?;
    let (target, new_name) =
        folder::holding(path.as_path()).map_err(|e| Trouble::io("open the folder of", path, &e))?;
    renameat_with(&source, name, &target, new_name, RenameFlags::NOREPLACE)
        .map_err(|e| Trouble::io("put back", path, &e.into()))?;
    let unsynced = |e| Trouble::Unknown(format!("`{path}` is back, but its folder could not be synced: {e}"));
    folder::sync(source).and_then(|()| folder::sync(target)).map_err(unsynced)?;
    // The trash's own note about it; without the thing it means nothing, so it may also stay.
    if let Some(trash) = from.as_path().parent().and_then(Path::parent) {
        let mut note = name.to_owned();
        note.push(".trashinfo");
        let _ = durable::remove(&trash.join("info").join(note));
    }
    Ok(Happened::Restored { path: path.clone() })
}

#[cfg(not(target_os = "macos"))]
fn put(path: &Path) -> Result<(), trash::Error> {
    trash::delete(path)
}

/// The file manager's own call, not the Finder: the Finder would ask for automation rights.
#[cfg(target_os = "macos")]
fn put(path: &Path) -> Result<(), trash::Error> {
    use trash::macos::{DeleteMethod, TrashContextExtMacos as _};
    let mut context = trash::TrashContext::new();
    context.set_delete_method(DeleteMethod::NsFileManager);
    context.delete(path)
}

/// Where it lies now: the newest item that came from there. The system tells on Linux only.
#[cfg(not(target_os = "macos"))]
fn place(path: &Path) -> Option<String> {
    let items = trash::os_limited::list().ok()?;
    let item = items.into_iter().filter(|i| i.original_path() == path).max_by_key(|i| i.time_deleted)?;
    // The item's id is its description: `…/info/NAME.trashinfo`; the thing itself is `…/files/NAME`.
    let info = Path::new(&item.id);
    let files = info.parent()?.parent()?.join("files").join(info.file_stem()?);
    files.to_str().map(str::to_owned)
}

#[cfg(target_os = "macos")]
fn place(_: &Path) -> Option<String> {
    None
}
