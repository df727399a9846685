//! Patterns that name files: expanded here, inside the workspace, so that what is judged and shown
//! is what the program gets.

use super::walk::{Cwd, Walk};
use globset::GlobBuilder;
use std::path::{Path, PathBuf};

/// Most names that one pattern may come to.
const MOST: usize = 1000;

/// Names that `pattern` matches, sorted; the pattern itself if none does, as a shell leaves it; none
/// if it cannot be said, or leads outside the workspace.
pub fn expand(pattern: &str, walk: &Walk<'_>) -> Option<Vec<String>> {
    let absolute = pattern.starts_with('/');
    let base = match (&walk.cwd, absolute) {
        (_, true) => PathBuf::from("/"),
        (Cwd::At(cwd), false) => cwd.clone(),
        // Nothing lies in an empty folder.
        (Cwd::Scratch, false) => return Some(vec![plain(pattern)]).filter(|_| !pattern.contains("..")),
        (Cwd::Unknown, false) => return None,
    };
    let mut found = vec![(base, String::new())];
    let parts: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let mut next = Vec::new();
        for (folder, shown) in found {
            let join = |name: &str| match (shown.is_empty(), absolute) {
                (true, true) => format!("/{name}"),
                (true, false) => name.to_owned(),
                (false, _) => format!("{shown}/{name}"),
            };
            if !special(part) {
                let name = plain(part);
                if name == ".." {
                    return None;
                }
                let path = folder.join(&name);
                if !last || path.symlink_metadata().is_ok() {
                    next.push((path, join(&name)));
                }
                continue;
            }
            // Where a pattern looks into a folder, that folder must be inside.
            let real = crate::gate::resolve::path::real(&folder).ok()?;
            if !walk.inside(&real) {
                return None;
            }
            next.extend(names(&real, part)?.into_iter().map(|name| (real.join(&name), join(&name))));
            if next.len() > MOST {
                return None;
            }
        }
        found = next;
    }
    let mut names: Vec<String> = found.into_iter().map(|(_, shown)| shown).collect();
    names.sort();
    // A name that a program would take for an option is not what the pattern was meant for.
    if names.iter().any(|name| name.starts_with('-')) {
        return None;
    }
    Some(if names.is_empty() { vec![plain(pattern)] } else { names })
}

fn special(part: &str) -> bool {
    let mut escaped = false;
    part.chars().any(|c| {
        let found = !escaped && matches!(c, '*' | '?' | '[');
        escaped = !escaped && c == '\\';
        found
    })
}

fn names(folder: &Path, part: &str) -> Option<Vec<String>> {
    let matcher =
        GlobBuilder::new(part).literal_separator(true).backslash_escape(true).build().ok()?.compile_matcher();
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names = Vec::new();
    for (n, entry) in entries.enumerate() {
        if n >= 20 * MOST {
            return None;
        }
        let name = entry.ok()?.file_name().into_string().ok()?;
        if matcher.is_match(&name) && (!name.starts_with('.') || part.starts_with('.')) {
            names.push(name);
        }
    }
    Some(names)
}

/// The pattern without its escapes.
fn plain(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { out.extend(chars.next()) } else { out.push(c) }
    }
    out
}
