//! Deletion: judged by its targets, at any spelling, not by its flags.

use super::arguments;
use super::walk::{Cwd, Walk};
use super::word::Value;
use crate::gate::resolve::path::real;
use std::path::{Component, Path, PathBuf};

/// Places of the system, folded; what lies in them goes with them.
const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/root",
    "/sbin",
    "/sys",
    "/usr",
    "/system",
    "/library",
    "/applications",
    "/private/etc",
    "/cores",
    "/nix",
];

/// Places that hold much else than the system: they themselves, not what lies in them.
const HOLDERS: &[&str] = &[
    "/home",
    "/users",
    "/var",
    "/opt",
    "/mnt",
    "/media",
    "/srv",
    "/run",
    "/volumes",
    "/private",
    "/private/var",
    "/usr/local",
    "/opt/homebrew",
    "/var/lib",
];

/// A target of a deletion.
pub fn target(walk: &mut Walk<'_>, value: &Value) {
    let text = shape(value);
    arguments::touch(walk, value, true);
    let Some(text) = text else { return };
    if vital(walk, &text) {
        walk.block(
            "delete-system",
            value.at,
            &format!("`{}` holds the system, your home, or all of it", value.text),
        );
    }
}

/// A folder of which something goes that is not known by name.
pub fn below(walk: &mut Walk<'_>, value: &Value) {
    let Some(text) = shape(value) else { return };
    arguments::touch(walk, value, false);
    walk.inside_of.extend(walk.place(&text));
    if vital(walk, &text) {
        walk.block(
            "delete-system",
            value.at,
            &format!("`{}` holds the system, your home, or all of it", value.text),
        );
    }
}

/// What goes: the folder whose contents a pattern matches, else the place itself.
fn shape(value: &Value) -> Option<String> {
    if value.known && !value.glob {
        return Some(value.text.clone());
    }
    if !value.glob {
        return None;
    }
    let (folder, start) = match value.text.rsplit_once('/') {
        Some((folder, start)) => (if folder.is_empty() { "/" } else { folder }, start),
        None => (".", value.text.as_str()),
    };
    // `~/*` and `~/.*` are all of it; `/u*` is more than one would like.
    (start.is_empty() || start == "." || folder == "/").then(|| folder.to_owned())
}

/// Whether `text` is the root, a home, what holds a home, or a place of the system.
fn vital(walk: &Walk<'_>, text: &str) -> bool {
    let path = match (walk.place(text), &walk.cwd) {
        (Some(path), _) => path,
        // From an unknown folder, three steps up are out of anything that is the caller's.
        (None, Cwd::Scratch | Cwd::Unknown) => return text.matches("..").count() >= 3,
        (None, Cwd::At(_)) => return false,
    };
    let lexical = if text.starts_with('/') { normal(Path::new(text)) } else { path.clone() };
    [path, lexical].iter().any(|p| is_vital(walk, p))
}

fn is_vital(walk: &Walk<'_>, path: &Path) -> bool {
    let folded = path.to_string_lossy().to_lowercase();
    let folded = folded.strip_prefix("/system/volumes/data").unwrap_or(&folded);
    let folded = Path::new(if folded.is_empty() { "/" } else { folded });
    let homes = walk.world.home.owner();
    let of_home = |home: &PathBuf| {
        let real = real(home).unwrap_or_else(|_| home.clone());
        [home, &real].iter().any(|h| Path::new(&h.to_string_lossy().to_lowercase()).starts_with(folded))
    };
    let below_local = folded.starts_with("/usr/local") || folded.starts_with("/opt/homebrew");
    let own = homes.iter().any(|h| path.starts_with(h)) || walk.inside(path);
    homes.iter().any(of_home)
        || HOLDERS.iter().any(|h| folded == Path::new(h))
        || (!below_local && !own && SYSTEM.iter().any(|s| folded.starts_with(s)))
}

fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    out
}
