//! Is a file known by a second name, outside of what its path says?

use super::Draft;
use crate::call::{Answer, Effect, GitChange, RealPath, Reason, visible_line};
use crate::gate::world::World;
use std::os::unix::fs::MetadataExt as _;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let linked = |path: &&RealPath| {
        path.as_path().symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.nlink() > 1)
    };
    let reason = |path: &RealPath| {
        let message = format!(
            "`{}` has more than one name (a hard link): it may be a file that lies elsewhere",
            visible_line(path.as_str(), 200)
        );
        (Answer::Ask, Reason::built_in("hard-link", message))
    };
    draft.effects.iter().flat_map(contents).filter(linked).map(reason).collect()
}

/// Files whose content is read, copied or changed.
fn contents(effect: &Effect) -> Vec<&RealPath> {
    match effect {
        Effect::FileRead(e) => vec![&e.path],
        Effect::FileWrite(e) => vec![&e.path],
        Effect::FileMove(e) if e.copy => vec![&e.from],
        Effect::Mail(e) => e.attachments.iter().map(|file| &file.path).collect(),
        Effect::Extract(e) => vec![&e.archive],
        Effect::Spawn(e) => {
            e.inputs.iter().map(|input| &input.path).chain(&e.reads).chain(&e.writes).collect()
        }
        Effect::Look(e) => e.contents(),
        Effect::GitChange(GitChange::Commit(e)) => e.files.iter().map(|file| &file.path).collect(),
        // Lists, moves and the trash read no content.
        Effect::FileList(_)
        | Effect::FileMove(_)
        | Effect::FileTrash(_)
        | Effect::GitRead(_)
        | Effect::GitBranchDelete(_)
        | Effect::FileRestore(_)
        | Effect::GitBranchRestore(_)
        | Effect::GitChange(_)
        | Effect::Fleet(_)
        | Effect::Stop(_)
        | Effect::Shortcut(_)
        | Effect::Model(_)
        | Effect::Remote(_)
        | Effect::Screen(_)
        | Effect::Web(_) => Vec::new(),
    }
}
