//! The built-in list: one file a rule. It cannot be removed; what it forbids no approval outranks,
//! and what it asks about no policy quiets.
//!
//! Names are compared folded, since the file systems of users fold case and composition, and under
//! the first of the several names that macOS has for a folder.

mod autorun;
mod foundations;
mod keys;
mod own;
mod persistence;
mod pseudo;
mod secrets;

use super::fold;
use super::resolve::path::{Together, real};
use crate::call::{Answer, Effect, GitChange, RealPath};
use crate::state::Home;
use std::path::{Component, Path, PathBuf};

pub use pseudo::ROOTS as PSEUDO;

/// One rule of the list.
pub struct Rule {
    /// Its id in reasons.
    pub id: &'static str,
    /// What it answers for a path that it is about.
    pub answer: Answer,
    /// What it guards and why, for the person who is refused.
    pub message: &'static str,
    /// Whether it is about touching this path; `writes` tells whether the touch changes something.
    pub forbids: fn(&Path, bool, &Guarded) -> bool,
    /// Paths it must be about, as `r PATH` or `w PATH`; `~` is the owner's home, `@` fleet's data.
    pub must: &'static [&'static str],
    /// Paths it must leave alone.
    pub must_not: &'static [&'static str],
}

/// All rules. To add one: its file, a `mod` line above, a line here.
pub static RULES: &[&Rule] = &[
    &autorun::RULE,
    &foundations::RULE,
    &keys::RULE,
    &own::RULE,
    &persistence::RULE,
    &pseudo::RULE,
    &secrets::RULE,
];

/// The places that rules compare with, resolved and folded once.
#[derive(Debug)]
pub struct Guarded {
    /// fleet's own.
    own: Vec<PathBuf>,
    /// The owner's home folders.
    owners: Vec<PathBuf>,
    /// fleet's program, as it is.
    binary: PathBuf,
}

impl Guarded {
    /// Whether `path`, which is real, is fleet's own program.
    pub fn is_binary(&self, path: &Path) -> bool {
        path == self.binary
    }

    /// Those of `home`, with every link on the way followed.
    pub fn of(home: &Home) -> Self {
        let mut together = Together::default();
        let mut resolved = |path: &Path| together.real(path).unwrap_or_else(|_| path.to_path_buf());
        let binary = resolved(home.binary());
        let own = [home.data(), home.config(), &binary].into_iter().chain(home.secrets_file());
        Self {
            own: own.map(|path| fold::path(&resolved(path))).collect(),
            owners: home.owner().iter().map(|owner| fold::path(&resolved(owner))).collect(),
            binary,
        }
    }
}

/// The rules about touching `path`.
pub fn about<'a>(
    path: &'a Path,
    writes: bool,
    guarded: &'a Guarded,
) -> impl Iterator<Item = &'static Rule> + 'a {
    RULES.iter().copied().filter(move |rule| (rule.forbids)(path, writes, guarded))
}

/// Whether a rule forbids touching `path`, whoever approves it: then it is not even looked at.
pub fn forbidden(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    about(path, writes, guarded).any(|rule| rule.answer == Answer::Block)
}

/// Whether something at or below a path is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    Open,
    /// Something below it is.
    Holds,
    /// It is.
    Closed,
}

/// The rules about what is never shown, rather than never changed.
static HIDDEN: &[&Rule] = &[&own::RULE, &secrets::RULE];

/// The rules by which something at or below `path` is never shown: a copy would take it along.
pub fn hides<'a>(path: &'a Path, guarded: &'a Guarded) -> impl Iterator<Item = &'static Rule> + 'a {
    HIDDEN.iter().copied().filter(move |rule| (rule.forbids)(path, true, guarded))
}

/// Whether keys, credentials or fleet's own files are at or below `path`: what a program is never
/// shown, whatever was declared for it.
pub fn guard(path: &Path, guarded: &Guarded) -> Guard {
    let forbid = |writes| HIDDEN.iter().any(|rule| (rule.forbids)(path, writes, guarded));
    if forbid(false) {
        Guard::Closed
    } else if forbid(true) {
        Guard::Holds
    } else {
        Guard::Open
    }
}

/// Paths of an effect, each with whether it is changed.
pub fn touched(effect: &Effect) -> Vec<(&RealPath, bool)> {
    match effect {
        Effect::FileRead(e) => vec![(&e.path, false)],
        Effect::FileList(e) => vec![(&e.path, false)],
        Effect::FileWrite(e) => vec![(&e.path, true)],
        Effect::FileMove(e) => {
            e.makes.iter().map(|made| (made, true)).chain([(&e.from, !e.copy), (&e.to, true)]).collect()
        }
        Effect::FileTrash(e) => vec![(&e.path, true)],
        Effect::GitRead(e) => e.reaches.iter().chain([&e.repo]).map(|path| (path, false)).collect(),
        // Deleting a branch changes refs inside the repository, not the files that rules guard.
        Effect::GitBranchDelete(e) => e.reaches.iter().chain([&e.repo]).map(|path| (path, false)).collect(),
        Effect::FileRestore(e) => vec![(&e.from, true), (&e.path, true)],
        Effect::GitBranchRestore(e) => e.reaches.iter().chain([&e.repo]).map(|path| (path, false)).collect(),
        Effect::Spawn(e) => {
            let mut paths: Vec<_> = e.write_roots.iter().chain(&e.writes).map(|path| (path, true)).collect();
            let stages = e.steps.iter().flat_map(|step| &step.pipeline);
            paths.extend(stages.flat_map(|s| s.program.iter().chain(&s.cwd)).map(|path| (path, false)));
            paths.extend(e.cwd.iter().chain(&e.reads).map(|path| (path, false)));
            paths.extend(e.inputs.iter().map(|input| (&input.path, false)));
            paths
        }
        // What shows a message is found in the system's folders, and is no place of the owner's.
        Effect::Web(_) | Effect::Remote(_) | Effect::Screen(_) => Vec::new(),
        Effect::Mail(e) => e.attachments.iter().map(|file| (&file.path, false)).collect(),
        Effect::Extract(e) => {
            // The folder is not changed as a whole: each entry is judged by itself.
            let out = e.entries.all.iter().map(|entry| (&entry.path, true));
            [(&e.archive, false), (&e.into, false)].into_iter().chain(out).collect()
        }
        Effect::Look(e) => e.reached().into_iter().map(|path| (path, false)).collect(),
        Effect::GitChange(e) => of_change(e),
        // fleet's own state is reached by no path; a process and a shortcut have none.
        Effect::Fleet(_) | Effect::Stop(_) | Effect::Shortcut(_) | Effect::Model(_) => Vec::new(),
    }
}

/// Places of a change: refs and objects inside the repository are not the files that rules guard, but
/// what goes into a commit is read.
fn of_change(change: &GitChange) -> Vec<(&RealPath, bool)> {
    let on = change.on();
    let mut paths: Vec<_> = on.reaches.iter().chain([&on.repo]).map(|path| (path, false)).collect();
    if let GitChange::Commit(commit) = change {
        paths.extend(commit.files.iter().map(|file| (&file.path, false)));
    }
    let writes = matches!(change, GitChange::Push(_));
    let there = change.remote().into_iter().flat_map(|r| r.place.iter().chain(&r.reaches));
    paths.extend(there.map(|path| (path, writes)));
    paths
}

/// `path` folded, and real where it may not be: what was resolved has no `..`.
fn place(path: &Path) -> PathBuf {
    let raw = path.components().any(|c| c == Component::ParentDir);
    let real = raw.then(|| real(path).ok()).flatten();
    fold::path(real.as_deref().unwrap_or(path))
}

/// The path below one of the owner's home folders, folded, if it is there.
fn below_home(path: &Path, guarded: &Guarded) -> Option<PathBuf> {
    let path = fold::path(path);
    guarded.owners.iter().find_map(|owner| path.strip_prefix(owner).ok().map(Path::to_path_buf))
}

/// Whether one of `places` is `path`, or above it.
fn lists(places: &[&str], path: &Path) -> bool {
    places.iter().any(|place| path.starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_forbids_its_examples_and_leaves_the_others_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let home = Home::scratch(&root).unwrap();
        for rule in RULES {
            assert!(!rule.must.is_empty() && !rule.must_not.is_empty(), "{} has no examples", rule.id);
            assert!(matches!(rule.answer, Answer::Ask | Answer::Block), "{}", rule.id);
            for (examples, expected) in [(rule.must, true), (rule.must_not, false)] {
                for example in examples {
                    let (mode, path) = example.split_once(' ').unwrap();
                    let owner = home.tilde().display().to_string();
                    let data = home.data().display().to_string();
                    let path = path.replacen('~', &owner, 1).replacen('@', &data, 1);
                    let said = (rule.forbids)(Path::new(&path), mode == "w", &Guarded::of(&home));
                    assert_eq!(said, expected, "{}: {example}", rule.id);
                }
            }
        }
    }

    #[test]
    fn the_list_holds_every_file_of_this_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gate/rules");
        assert_eq!(std::fs::read_dir(folder).unwrap().count() - 1, RULES.len());
    }
}
