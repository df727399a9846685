//! The built-in deny-list: one file a rule. It cannot be removed, and no approval outranks it.
//!
//! Names are compared folded, since the file systems of users fold case.

mod own;
mod persistence;
mod pseudo;
mod secrets;

use crate::call::{Effect, RealPath};
use crate::state::Home;
use std::path::Path;

/// One rule of the deny-list.
pub struct Rule {
    /// Its id in reasons.
    pub id: &'static str,
    /// What it guards and why, for the person who is refused.
    pub message: &'static str,
    /// Whether it forbids touching this path; `writes` tells whether the touch changes something.
    pub forbids: fn(&Path, bool, &Home) -> bool,
    /// Paths it must forbid, as `r PATH` or `w PATH`; `~` is the owner's home, `@` fleet's data.
    pub must: &'static [&'static str],
    /// Paths it must leave alone.
    pub must_not: &'static [&'static str],
}

/// All rules. To add one: its file, a `mod` line above, a line here.
pub static RULES: &[&Rule] = &[&own::RULE, &persistence::RULE, &pseudo::RULE, &secrets::RULE];

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
            let mut paths: Vec<_> = e.write_roots.iter().map(|root| (root, true)).collect();
            paths.extend(e.cwd.iter().chain(&e.program).map(|path| (path, false)));
            paths.extend(e.inputs.iter().map(|input| (&input.path, false)));
            paths
        }
    }
}

/// Lower case of `path`, for comparing names as a folding file system would.
fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

/// Whether `path` is `root` or below it, folded.
fn within(path: &Path, root: &Path) -> bool {
    Path::new(&folded(path)).starts_with(folded(root))
}

/// The path below one of the owner's home folders, folded, if it is there.
fn below_home(path: &Path, home: &Home) -> Option<String> {
    let path = folded(path);
    home.owner().iter().find_map(|owner| {
        let owner = super::resolve::path::real(owner).unwrap_or_else(|_| owner.clone());
        Path::new(&path).strip_prefix(folded(&owner)).ok().map(|p| p.to_string_lossy().into_owned())
    })
}

/// Whether a folder that holds what is guarded would go with `path`: for changes only.
fn holds(path: &Path, guarded: &Path) -> bool {
    Path::new(&folded(guarded)).starts_with(folded(path))
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
            for (examples, expected) in [(rule.must, true), (rule.must_not, false)] {
                for example in examples {
                    let (mode, path) = example.split_once(' ').unwrap();
                    let owner = home.tilde().display().to_string();
                    let data = home.data().display().to_string();
                    let path = path.replacen('~', &owner, 1).replacen('@', &data, 1);
                    let said = (rule.forbids)(Path::new(&path), mode == "w", &home);
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
