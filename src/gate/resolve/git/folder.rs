//! Where git goes for a repository, read from its files: git itself is not asked.

use crate::call::{Pin, RealPath};
use crate::gate::resolve::{self, Unresolved};
use crate::state::small;
use std::path::{Path, PathBuf};

/// Most bytes of a file of the repository's settings.
const MOST_CONFIG: u64 = 1 << 20;

/// What stands at the repository's path: a folder with a repository, or as good as nothing.
pub fn pin(repo: &Path) -> Pin {
    if git_dir(repo).is_some() { resolve::pin::kind(repo) } else { Pin::Absent }
}

/// Git's own folder of the repository at `repo`, found as git finds it, without asking git: `.git`
/// as a folder, a link to one or a file that names one, or `repo` itself.
pub(super) fn git_dir(repo: &Path) -> Option<PathBuf> {
    let inner = repo.join(".git");
    if inner.is_dir() {
        return Some(inner);
    }
    if inner.is_file() {
        let named = first_line(&inner)?;
        return Some(repo.join(named.strip_prefix("gitdir:")?.trim()));
    }
    looks_bare(repo).then(|| repo.to_path_buf())
}

/// Whether git takes `folder` itself for its own folder.
pub fn looks_bare(folder: &Path) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|name| folder.join(name).exists())
}

/// The repository's own configuration: that of the folder which it shares with others, and of this
/// work tree alone.
///
/// # Errors
/// What stopped the reading of a file that is there.
pub fn configuration(repo: &Path) -> std::io::Result<String> {
    let Some(own) = git_dir(repo) else { return Ok(String::new()) };
    let shared = first_line(&own.join("commondir")).map_or_else(|| own.clone(), |common| own.join(common));
    let mut all = String::new();
    for path in [shared.join("config"), own.join("config.worktree")] {
        let text = small::read_if_there(&path, MOST_CONFIG)?.unwrap_or_default();
        all.push_str(&String::from_utf8_lossy(&text));
        all.push('\n');
    }
    Ok(all)
}

/// Whether the repository is bare: it has no work tree to look at.
pub fn is_bare(repo: &Path) -> bool {
    git_dir(repo).as_deref() == Some(repo)
}

/// Folders in which git looks up remotes by name, besides its settings, where they hold anything or do
/// not tell. Older git makes one of them, empty, in every repository.
pub fn nicknames(repo: &Path) -> Vec<PathBuf> {
    let Some(own) = git_dir(repo) else { return Vec::new() };
    let mut folders = vec![own.clone()];
    folders.extend(first_line(&own.join("commondir")).map(|common| own.join(common)));
    let all = folders.iter().flat_map(|folder| ["remotes", "branches"].map(|name| folder.join(name)));
    let holds = |place: &PathBuf| {
        place.symlink_metadata().is_ok()
            && std::fs::read_dir(place).map_or(true, |mut held| held.next().is_some())
    };
    all.filter(holds).collect()
}

/// Where git goes besides `repo`: its own folder if that lies elsewhere, the folder that this
/// shares, and the object stores that it borrows from. All of it is judged like the repository.
///
/// # Errors
/// [`Unresolved`].
pub fn reaches(repo: &Path) -> Result<Vec<RealPath>, Unresolved> {
    let Some(own) = git_dir(repo) else { return Ok(Vec::new()) };
    let own = resolve::path::real(&own)?;
    let mut found = vec![own.clone()];
    let common = match first_line(&own.join("commondir")) {
        Some(common) => resolve::path::real(&own.join(common))?,
        None => own,
    };
    found.push(common.clone());
    // Parts of the folder can themselves be links.
    for part in ["objects", "refs", "config", "HEAD", "index", "packed-refs", "logs", "info", "worktrees"] {
        found.push(resolve::path::real(&common.join(part))?);
    }
    let mut stores = vec![resolve::path::real(&common.join("objects"))?];
    while let Some(store) = stores.pop() {
        let named = store.join("info/alternates");
        let borrowed = small::read_if_there(&named, MOST_CONFIG)
            .map_err(|e| Unresolved::Io(named.display().to_string(), e.to_string()))?
            .unwrap_or_default();
        for line in
            String::from_utf8_lossy(&borrowed).lines().filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            let other = resolve::path::real(&store.join(line))?;
            if !found.contains(&other) && found.len() < 64 {
                found.push(other.clone());
                stores.push(other);
            }
        }
    }
    // What lies inside is judged with the repository.
    found.retain(|path| !path.starts_with(repo) || path == repo);
    found.retain(|path| path != repo);
    found.sort();
    found.dedup();
    found.iter().map(|path| Ok(RealPath::new(path)?)).collect()
}

fn first_line(path: &Path) -> Option<String> {
    let text = String::from_utf8(small::read(path, 4096).ok()?).ok()?;
    text.lines().next().map(|line| line.trim_end().to_owned())
}
