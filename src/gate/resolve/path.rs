//! The real path of a name, also where nothing stands there yet.

use super::Unresolved;
use crate::gate::fold;
use crate::gate::rules::PSEUDO;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// As Linux counts them (`MAXSYMLINKS`).
const LINKS: usize = 40;

/// `path` with every link followed. Where nothing stands, the rest is kept as it is written, and a
/// dangling link leads to where it points: a write through it is judged by its target.
///
/// What is no file system is never left again: links in `/proc` lead anywhere, and the rule that
/// guards it must see that the way went through there.
///
/// # Errors
/// [`Unresolved::Links`].
pub fn real(path: &Path) -> Result<PathBuf, Unresolved> {
    follow(path, is_link)
}

/// The same for several paths at one time: what they share is looked at once.
#[derive(Debug, Default)]
pub struct Together(BTreeSet<PathBuf>);

impl Together {
    /// As [`real`].
    ///
    /// # Errors
    /// As [`real`].
    pub fn real(&mut self, path: &Path) -> Result<PathBuf, Unresolved> {
        follow(path, |step| {
            let link = !self.0.contains(step) && is_link(step);
            if !link {
                self.0.insert(step.to_owned());
            }
            link
        })
    }
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink())
}

fn follow(path: &Path, mut is_link: impl FnMut(&Path) -> bool) -> Result<PathBuf, Unresolved> {
    let mut rest: VecDeque<OsString> = steps(path);
    let mut at = PathBuf::from("/");
    let mut links = 0;
    while let Some(step) = rest.pop_front() {
        if step == ".." {
            if !is_pseudo(&at) || !is_root(&at) {
                at.pop();
            }
            continue;
        }
        let next = at.join(&step);
        if is_pseudo(&next) {
            at = next;
            continue;
        }
        if !is_link(&next) {
            at = next;
            continue;
        }
        links += 1;
        let target = if links > LINKS { None } else { std::fs::read_link(&next).ok() };
        let Some(target) = target else { return Err(Unresolved::Links(path.display().to_string())) };
        if target.is_absolute() {
            at = PathBuf::from("/");
        }
        for step in steps(&target).into_iter().rev() {
            rest.push_front(step);
        }
    }
    Ok(at)
}

/// Whether `path` is, or lies in, what is no file system.
fn is_pseudo(path: &Path) -> bool {
    // Most paths begin otherwise: a look at one letter is enough.
    let second = path.as_os_str().as_encoded_bytes().get(1);
    second.is_some_and(|b| matches!(b, b'p' | b'P' | b'd' | b'D' | b's' | b'S' | b'.'))
        && PSEUDO.iter().any(|root| fold::path(path).starts_with(root))
}

/// Whether `path` is a name in `/`.
fn is_root(path: &Path) -> bool {
    path.components().count() == 2
}

/// The names of a path, with `..` kept and `.` and slashes dropped.
fn steps(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|c| match c {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_at_every_level_and_dangling_ones_to_where_they_point() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        symlink(root.join("a"), root.join("l1")).unwrap();
        symlink("l1/b", root.join("l2")).unwrap();
        symlink("../secret", root.join("a/dangling")).unwrap();
        let mut together = Together::default();
        for (path, expected) in [
            ("l2", "a/b"),
            ("l1/../x", "x"),
            ("l2/../y", "a/y"),
            ("l2/new/file", "a/b/new/file"),
            ("none/../../gone", "../gone"),
            ("l1/dangling", "secret"),
            ("./a//b/.", "a/b"),
        ] {
            let expected = if expected.starts_with("..") {
                root.parent().unwrap().join("gone")
            } else {
                root.join(expected)
            };
            assert_eq!(together.real(&root.join(path)), Ok(expected.clone()), "{path}");
            assert_eq!(real(&root.join(path)), Ok(expected), "{path}");
        }
    }

    #[test]
    fn what_exists_resolves_as_the_kernel_does() {
        for path in ["/", "/usr/../etc/hosts", "/proc/self/../self/..", "/bin/sh"] {
            let path = Path::new(path);
            if let Ok(kernel) = path.canonicalize() {
                assert_eq!(real(path), Ok(kernel));
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_what_is_no_file_system() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        symlink("/proc/self/root", root.join("door")).unwrap();
        for (path, expected) in [
            ("/proc/self/root/etc/hosts", "/proc/self/root/etc/hosts"),
            ("/dev/fd/../../etc/hosts", "/dev/etc/hosts"),
            ("/dev/../../etc", "/dev/etc"),
            ("/proc/self/../self/..", "/proc"),
        ] {
            assert_eq!(real(Path::new(path)), Ok(expected.into()), "{path}");
        }
        assert_eq!(real(&root.join("door/etc")), Ok("/proc/self/root/etc".into()));
    }

    #[test]
    fn a_circle_of_links_ends() {
        let dir = tempfile::tempdir().unwrap();
        symlink(dir.path().join("b"), dir.path().join("a")).unwrap();
        symlink(dir.path().join("a"), dir.path().join("b")).unwrap();
        assert!(matches!(real(&dir.path().join("a/x")), Err(Unresolved::Links(_))));
    }
}
