//! Walking a folder by its descriptors: no link is followed whatever is put there meanwhile, and what
//! no tool may look into is neither entered nor named.

use super::{Hand, Trouble, folder};
use crate::gate::resolve::path::real;
use crate::gate::{Guarded, forbidden};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, statat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Deepest level below the root; each holds a descriptor open.
pub const DEEPEST: usize = 64;
/// Longest ignore file that is read.
const IGNORES: u64 = 1 << 20;
/// Most places that are named as not to be looked into.
const NAMED: usize = 20;

/// What is wanted of a walk.
pub struct Wish {
    /// Levels below the root.
    pub depth: usize,
    /// Also names that start with a dot.
    pub hidden: bool,
    /// Also what `.gitignore` and `.ignore` name.
    pub ignored: bool,
    /// Only what matches, below the root.
    pub glob: Option<globset::GlobMatcher>,
    /// When it ends, however much there is.
    pub until: Instant,
}

/// An entry that was come by.
pub struct Found<'a> {
    /// The folder that holds it.
    pub folder: &'a OwnedFd,
    /// Its name there.
    pub name: &'a OsStr,
    /// Its whole path.
    pub path: &'a Path,
    /// What it is.
    pub stat: &'a Stat,
    /// Its kind.
    pub kind: FileType,
}

/// What a walk left out.
#[derive(Debug, Default)]
pub struct Left {
    /// Entries that no tool may look at.
    pub guarded: u64,
    /// Folders that the system refused to open, the first of them.
    pub refused: Vec<String>,
    /// Whether it was deeper than a walk goes.
    pub deeper: bool,
    /// Whether its time was over before all was seen.
    pub late: bool,
}

/// A glob over paths below a root, in which `*` stays within a name.
pub fn glob(pattern: &str) -> Result<globset::GlobMatcher, Trouble> {
    let built = globset::GlobBuilder::new(pattern).literal_separator(true).build();
    Ok(built.map_err(|e| Trouble::Not(format!("glob `{pattern}`: {e}")))?.compile_matcher())
}

/// Shows `see` every entry below `root`, a folder before what it holds, sorted by name, until it
/// answers false.
pub fn walk(
    hand: &Hand<'_>,
    root: &Path,
    wish: &Wish,
    see: &mut dyn FnMut(&Found<'_>) -> Result<bool, Trouble>,
) -> Result<Left, Trouble> {
    let top = folder::folder(root).map_err(|e| Trouble::io("look into", root.display(), &e))?;
    let guarded = Guarded::of(hand.home);
    let stopping = || hand.stopping();
    let (ignores, left) = (Vec::new(), Left::default());
    let mut walk = Walk { stopping: &stopping, root, wish, guarded, see, ignores, left, seen: 0 };
    let _ = walk.folder(&top, &mut root.to_path_buf(), 1)?;
    Ok(walk.left)
}

struct Walk<'a> {
    /// Who stops it, if somebody does.
    stopping: &'a dyn Fn() -> Option<&'static str>,
    root: &'a Path,
    wish: &'a Wish,
    guarded: Guarded,
    see: &'a mut dyn FnMut(&Found<'_>) -> Result<bool, Trouble>,
    ignores: Vec<Gitignore>,
    left: Left,
    seen: u32,
}

impl Walk<'_> {
    /// Whether the walk goes on.
    fn folder(&mut self, at: &OwnedFd, path: &mut PathBuf, level: usize) -> Result<bool, Trouble> {
        let names = match self.names(at)? {
            Ok(Some(names)) => names,
            Ok(None) => return Ok(false),
            Err(e) => {
                self.refused(path, &e.into());
                return Ok(true);
            }
        };
        let before = self.ignores.len();
        if !self.wish.ignored {
            self.ignores.extend(rules(at, path, &names));
        }
        for name in &names {
            path.push(name);
            let on = self.entry(at, name, path, level);
            path.pop();
            if !on? {
                return Ok(false);
            }
        }
        self.ignores.truncate(before);
        Ok(true)
    }

    fn entry(
        &mut self,
        at: &OwnedFd,
        name: &OsStr,
        path: &mut PathBuf,
        level: usize,
    ) -> Result<bool, Trouble> {
        if !self.on()? {
            return Ok(false);
        }
        if !self.wish.hidden && name.as_bytes().starts_with(b".") {
            return Ok(true);
        }
        // What went away meanwhile is left out, like any later change.
        let Ok(stat) = statat(at, name, AtFlags::SYMLINK_NOFOLLOW) else { return Ok(true) };
        let kind = FileType::from_raw_mode(stat.st_mode);
        if self.ignored(path, kind.is_dir()) {
            return Ok(true);
        }
        let below = path.strip_prefix(self.root).unwrap_or(path);
        let wanted = self.wish.glob.as_ref().is_none_or(|glob| glob.is_match(below));
        // What is neither shown nor entered needs no judging.
        if !wanted && !kind.is_dir() {
            return Ok(true);
        }
        // A link to what no tool may look into is not named either.
        let leads = || kind.is_symlink() && real(path).is_ok_and(|to| forbidden(&to, false, &self.guarded));
        if forbidden(path, false, &self.guarded) || leads() {
            self.left.guarded += 1;
            return Ok(true);
        }
        if wanted {
            let found = Found { folder: at, name, path, stat: &stat, kind };
            if !(self.see)(&found)? {
                return Ok(false);
            }
        }
        if !kind.is_dir() || level >= self.wish.depth {
            return Ok(true);
        }
        if level >= DEEPEST {
            self.left.deeper = true;
            return Ok(true);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match open_at(at, name, flags) {
            Ok(inner) => self.folder(&inner, path, level + 1),
            Err(e) => {
                self.refused(path, &e);
                Ok(true)
            }
        }
    }

    /// Whether there is time for another entry. Each counts, wanted or not.
    fn on(&mut self) -> Result<bool, Trouble> {
        self.seen = self.seen.wrapping_add(1);
        if self.seen % 64 == 1
            && let Some(by) = (self.stopping)()
        {
            return Err(Trouble::Braked(format!("{by} stopped it while looking")));
        }
        self.left.late |= Instant::now() >= self.wish.until;
        Ok(!self.left.late)
    }

    /// The names in a folder; none if the time is over before all are read.
    fn names(&mut self, at: &OwnedFd) -> Result<rustix::io::Result<Option<Vec<OsString>>>, Trouble> {
        let mut names = Vec::new();
        let entries = match Dir::read_from(at) {
            Ok(entries) => entries,
            Err(e) => return Ok(Err(e)),
        };
        for entry in entries {
            if !self.on()? {
                return Ok(Ok(None));
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => return Ok(Err(e)),
            };
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(Ok(Some(names)))
    }

    /// The innermost file that says something decides.
    fn ignored(&self, path: &Path, is_dir: bool) -> bool {
        let said = self.ignores.iter().rev().map(|rules| rules.matched(path, is_dir));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }

    fn refused(&mut self, path: &Path, e: &std::io::Error) {
        if self.left.refused.len() < NAMED {
            // macOS answers EPERM where privacy settings, not modes, refuse.
            let why = match e.raw_os_error() {
                Some(1) => "refused by the system's privacy settings".to_owned(),
                _ => e.to_string(),
            };
            self.left.refused.push(format!("{}: {why}", path.display()));
        }
    }
}

/// What the ignore files of this folder say. They are read like any other file: regular ones alone.
fn rules(at: &OwnedFd, path: &Path, names: &[OsString]) -> Option<Gitignore> {
    let mut builder = None;
    for file in [".gitignore", ".ignore"] {
        if names.binary_search_by(|name| name.as_os_str().cmp(OsStr::new(file))).is_err() {
            continue;
        }
        let mut text = Vec::new();
        let opened = folder::regular(at, OsStr::new(file)).ok()?;
        opened.take(IGNORES).read_to_end(&mut text).ok()?;
        let builder = builder.get_or_insert_with(|| GitignoreBuilder::new(path));
        for line in String::from_utf8_lossy(&text).lines() {
            // A line that does not read ignores nothing.
            let _ = builder.add_line(None, line);
        }
    }
    builder?.build().ok()
}

#[expect(clippy::disallowed_methods, reason = "hands open files")]
fn open_at(at: &OwnedFd, name: &OsStr, flags: OFlags) -> std::io::Result<OwnedFd> {
    Ok(openat(at, name, flags, Mode::empty())?)
}

/// The file that was found, for reading; none if it is another one by now, or no regular file, or one
/// that has a second name: it may be a file that lies elsewhere.
pub fn opened(found: &Found<'_>) -> Option<File> {
    use std::os::unix::fs::MetadataExt as _;
    if !found.kind.is_file() || found.stat.st_nlink > 1 {
        return None;
    }
    let file = folder::regular(found.folder, found.name).ok()?;
    let meta = file.metadata().ok()?;
    (meta.ino() == found.stat.st_ino && meta.nlink() == 1).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Home;
    use std::time::Duration;

    /// Walks a folder of 300 entries of which none is wanted.
    fn walked(
        until: Instant,
        stopping: &dyn Fn() -> Option<&'static str>,
    ) -> (Result<bool, Trouble>, Left, u32) {
        let made = tempfile::tempdir().unwrap();
        let root = made.path().canonicalize().unwrap();
        for n in 0..300 {
            std::fs::write(root.join(n.to_string()), "").unwrap();
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let guarded = Guarded::of(&Home::scratch(elsewhere.path()).unwrap());
        let wish = Wish { depth: 9, hidden: true, ignored: true, glob: Some(glob("no").unwrap()), until };
        let top = folder::folder(&root).unwrap();
        let see = &mut |_: &Found<'_>| Ok(true);
        let (ignores, left) = (Vec::new(), Left::default());
        let mut walk = Walk { stopping, root: &root, wish: &wish, guarded, see, ignores, left, seen: 0 };
        let on = walk.folder(&top, &mut root.clone(), 1);
        (on, walk.left, walk.seen)
    }

    #[test]
    fn a_walk_ends_at_its_time_and_when_stopped_also_where_nothing_is_wanted() {
        let later = Instant::now() + Duration::from_secs(60);
        let (on, left, seen) = walked(later, &|| None);
        assert_eq!((on.unwrap(), left.late, seen), (true, false, 602));
        // Already while the names are read.
        let (on, left, seen) = walked(Instant::now(), &|| None);
        assert_eq!((on.unwrap(), left.late, seen), (false, true, 1));
        let asked = std::cell::Cell::new(0);
        let third = || {
            asked.set(asked.get() + 1);
            (asked.get() == 7).then_some("its caller")
        };
        let (on, left, seen) = walked(later, &third);
        assert!(matches!(on, Err(Trouble::Braked(why)) if why == "its caller stopped it while looking"));
        assert_eq!((left.late, seen), (false, 385));
    }
}
