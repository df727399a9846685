//! Archives: every entry's place is worked out before anything is unpacked.

use super::tree::Tree;
use super::unpack::{self, Entry, Kind, Unreadable, walk};
use super::{Unresolved, not_special, pin, pinned, real};
use crate::call::{
    Answer, ArchiveFormat, Becomes, Entries, Extract, ExtractWanted, Fault, Malformed, Pin, RealPath,
    Unpacked, visible_line,
};
use crate::canon::{Hasher, sha256};
use crate::gate::fold;
use crate::gate::rules::forbidden;
use crate::gate::world::World;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Most names on the way to an entry, below the folder that gets it: no honest tree is as deep.
const DEEP: usize = 64;
/// Most bytes of all names together.
const NAMES: usize = 8 << 20;
/// Most faults that are told.
const FAULTS: usize = 40;
/// What headers, names and padding of a tape archive may take besides its content, for each entry.
const OVERHEAD: u64 = 8 * 1024;
/// More than so many bytes out of one, above [`RATIO_FROM`] bytes, is a bomb.
const RATIO: u64 = 200;
const RATIO_FROM: u64 = 16 << 20;

/// The effect of unpacking an archive.
///
/// # Errors
/// [`Unresolved`] for what is no archive, or a damaged one.
pub fn resolve(wanted: ExtractWanted, world: &World<'_>) -> Result<Extract, Unresolved> {
    let ExtractWanted { archive, into, max_bytes, max_entries } = wanted;
    let (archive, into) = (real(&archive, world)?, real(&into, world)?);
    let target = not_special(pin::kind(into.as_path()), &into)?;
    let nothing = || Entries { all: Vec::new(), bytes: 0, sha256: sha256(b"") };
    let unpacked = |pin, format, entries, faults| Extract {
        archive: archive.clone(),
        pin,
        format,
        into: into.clone(),
        target,
        entries,
        faults,
        max_bytes,
        max_entries,
    };
    let readable = match pin::kind(archive.as_path()) {
        Pin::Some => !forbidden(archive.as_path(), false, &world.guarded),
        Pin::Folder => return Err(Malformed::new("archive", archive.as_str(), "is a folder").into()),
        Pin::Special => return Err(Unresolved::Special(archive.to_string())),
        Pin::Absent => false,
        Pin::File { .. } | Pin::Tree { .. } | Pin::Large { .. } | Pin::Link { .. } | Pin::Unread => false,
    };
    let (pin, _) = pinned(&archive, false, world)?;
    if !readable {
        return Ok(unpacked(pin, None, nothing(), Vec::new()));
    }
    let (format, entries, faults) = contents(&archive, &into, max_bytes, max_entries)?;
    Ok(unpacked(pin, format, entries, faults))
}

/// What would come out of `archive`, and what is wrong with it.
///
/// # Errors
/// [`Unresolved`].
pub fn contents(
    archive: &RealPath,
    into: &RealPath,
    max_bytes: u64,
    max_entries: u64,
) -> Result<(Option<ArchiveFormat>, Entries, Vec<Fault>), Unresolved> {
    let mut found = Found { max_bytes, max_entries, ..Found::new(into.as_path()) };
    let most = max_bytes.saturating_add(max_entries.saturating_mul(OVERHEAD));
    let walked = walk(archive.as_path(), most, &mut |entry, content| found.take(entry, content));
    let format = match walked {
        Ok(format) => Some(format),
        Err(Unreadable::TooMuch) => {
            found.fault("", "more would come out of it than max_bytes", Answer::Block);
            None
        }
        Err(e @ (Unreadable::NotAnArchive | Unreadable::Broken(_))) => {
            return Err(Malformed::new("archive", archive.as_str(), e.to_string()).into());
        }
    };
    let packed = archive.as_path().metadata().map_or(1, |m| m.len().max(1));
    if found.bytes > RATIO_FROM && found.bytes / packed > RATIO {
        found.fault("", "more than 200 bytes would come out of each byte: a bomb", Answer::Block);
    }
    let counted = unpack::counted(archive.as_path());
    if format == Some(ArchiveFormat::Zip) && !found.stopped && counted.is_some_and(|n| n != found.seen) {
        found.fault("", "it holds two entries of one name", Answer::Ask);
    }
    let mut hasher = Hasher::default();
    for entry in &found.all {
        hasher.update(&serde_json::to_vec(entry).unwrap_or_default());
    }
    let entries = Entries { bytes: found.bytes, sha256: hasher.finish(), all: found.all };
    Ok((format, entries, found.faults))
}

/// What was found so far.
struct Found<'a> {
    into: &'a Path,
    max_bytes: u64,
    max_entries: u64,
    all: Vec<Unpacked>,
    faults: Vec<Fault>,
    /// Places that are taken, folded.
    taken: Tree<Takes>,
    /// What stands on the disk, as far as entries lead there.
    disk: Tree<Stands>,
    /// Bytes of all names.
    names: usize,
    bytes: u64,
    seen: u64,
    stopped: bool,
}

impl<'a> Found<'a> {
    fn new(into: &'a Path) -> Self {
        Self {
            into,
            max_bytes: 0,
            max_entries: 0,
            all: Vec::new(),
            faults: Vec::new(),
            taken: Tree::of(Takes::Folder),
            disk: Tree::of(Stands::at(into)),
            names: 0,
            bytes: 0,
            seen: 0,
            stopped: false,
        }
    }

    fn fault(&mut self, entry: &str, what: &'static str, answer: Answer) {
        // What forbids is told even where there is much to ask about.
        let alike = self.faults.iter().filter(|f| f.answer == answer).count();
        if alike < FAULTS / 2 {
            self.faults.push(Fault { entry: visible_line(entry, 200), what, answer });
        }
    }

    /// Takes one entry. Stops where a limit is reached: what follows changes nothing any more.
    fn take(&mut self, entry: Entry, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        self.seen += 1;
        let shown = String::from_utf8_lossy(&entry.name).into_owned();
        if self.seen > self.max_entries {
            self.fault("", "it holds more entries than max_entries", Answer::Block);
            self.stopped = true;
            return Ok(ControlFlow::Break(()));
        }
        self.bytes = self.bytes.saturating_add(entry.bytes);
        if self.bytes > self.max_bytes {
            self.fault(&shown, "more would come out of it than max_bytes", Answer::Block);
            self.stopped = true;
            return Ok(ControlFlow::Break(()));
        }
        match place(&entry.name) {
            Err(why) => self.fault(&shown, why, Answer::Block),
            Ok(steps) if steps.is_empty() => {}
            Ok(steps) => self.place(&shown, &entry, &steps),
        }
        if self.stopped {
            return Ok(ControlFlow::Break(()));
        }
        if entry.kind == Kind::File {
            let real = match io::copy(&mut content.take(entry.bytes + 1), &mut io::sink()) {
                Err(e) if is_longer(&e) => entry.bytes + 1,
                other => other?,
            };
            if real != entry.bytes {
                self.fault(&shown, "it is not as long as it says", Answer::Block);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn place(&mut self, shown: &str, entry: &Entry, steps: &[String]) {
        self.names += entry.name.len();
        if self.names > NAMES {
            self.stopped = true;
            return self.fault("", "the names of its entries are longer than 8 MiB together", Answer::Block);
        }
        let folded: Vec<String> = steps.iter().map(|step| fold::fold(step)).collect();
        if self.taken.on_the_way(&folded).contains(&Takes::Link) {
            return self.fault(shown, "it would go through a link of the same archive", Answer::Block);
        }
        // A link that stands there now would lead elsewhere, and the hand follows none.
        let stands = self.stands(steps);
        if stands == Stands::Link {
            return self.fault(shown, "a link stands in its way", Answer::Block);
        }
        let written: PathBuf = self.into.iter().chain(steps.iter().map(AsRef::as_ref)).collect();
        let Ok(place) = RealPath::new(&written) else {
            return self.fault(shown, "its place is not UTF-8", Answer::Block);
        };
        let (what, takes) = match &entry.kind {
            Kind::File => {
                if entry.mode & 0o6000 != 0 {
                    self.fault(shown, "it would run with its owner's rights (setuid)", Answer::Block);
                }
                (Becomes::File { bytes: entry.bytes, runs: entry.mode & 0o100 != 0 }, Takes::File)
            }
            Kind::Folder => (Becomes::Folder, Takes::Folder),
            Kind::Link(to) => match inside(to, steps.len()) {
                Some(to) => {
                    self.fault(shown, "it is a link to another place of the folder", Answer::Ask);
                    (Becomes::Link { to }, Takes::Link)
                }
                None => return self.fault(shown, "it is a link that leads out of the folder", Answer::Block),
            },
            Kind::HardLink => return self.fault(shown, "it is a second name of another file", Answer::Block),
            Kind::Other => return self.fault(shown, "it is a device, a pipe or unknown", Answer::Block),
        };
        self.collide(shown, folded, takes);
        if !matches!((stands, takes), (Stands::Nothing, _) | (Stands::Folder, Takes::Folder)) {
            self.fault(shown, "something stands in its place: nothing is overwritten", Answer::Ask);
        }
        self.all.push(Unpacked { path: place, what });
    }

    /// Sees that the place is free in the archive, and takes it.
    fn collide(&mut self, shown: &str, folded: Vec<String>, takes: Takes) {
        let (mut at, last) = (Tree::<Takes>::ROOT, folded.len());
        for (nth, step) in (1..).zip(folded) {
            let is = if nth == last { takes } else { Takes::Folder };
            let (next, before) = self.taken.below(at, step, is);
            match (before, is) {
                (None, _) | (Some(Takes::Folder), Takes::Folder) => {}
                (Some(_), _) if nth < last => {
                    self.fault(shown, "another entry is a file where this one needs a folder", Answer::Ask);
                }
                (Some(_), _) => {
                    let why = "another entry has the same name, or has it where case does not count";
                    self.fault(shown, why, Answer::Ask);
                    // A link stays one: what comes below it would go through it.
                    if before != Some(Takes::Link) {
                        self.taken.set(next, takes);
                    }
                }
            }
            at = next;
        }
    }

    /// What stands at a place of the disk, or on the way to it. Each is looked at once, and nothing is
    /// looked for below what is no folder.
    fn stands(&mut self, steps: &[String]) -> Stands {
        let mut path = self.into.to_path_buf();
        let mut at = Tree::<Stands>::ROOT;
        for step in steps {
            match self.disk.get(at) {
                Some(Stands::Folder) => {}
                Some(Stands::Link) => return Stands::Link,
                Some(Stands::Nothing | Stands::Other) | None => return Stands::Nothing,
            }
            path.push(step);
            at = match self.disk.find(at, step) {
                Some(known) => known,
                None => self.disk.below(at, step.clone(), Stands::at(&path)).0,
            };
        }
        self.disk.get(at).unwrap_or(Stands::Nothing)
    }
}

/// What an entry makes of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Folder,
    File,
    Link,
}

/// What stands at a place now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Nothing,
    Folder,
    Link,
    Other,
}

impl Stands {
    fn at(path: &Path) -> Self {
        path.symlink_metadata().map_or(Self::Nothing, |meta| match meta.file_type() {
            kind if kind.is_dir() => Self::Folder,
            kind if kind.is_symlink() => Self::Link,
            _ => Self::Other,
        })
    }
}

/// Whether the reader of zips stopped because more came than was declared. It has no kind of its own
/// for that; a test sees that it says so.
fn is_longer(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::InvalidData && e.to_string().contains("declared")
}

/// The names on the way to an entry, or why it has no place.
pub fn place(name: &[u8]) -> Result<Vec<String>, &'static str> {
    let Ok(name) = std::str::from_utf8(name) else { return Err("its name is not UTF-8") };
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.starts_with('/') || drive {
        return Err("its name is absolute");
    }
    if name.contains('\\') {
        return Err("its name holds a backslash, which some programs take for `/`");
    }
    if name.chars().any(char::is_control) {
        return Err("its name holds a control character");
    }
    let steps: Vec<String> = name.split('/').filter(|s| !matches!(*s, "" | ".")).map(str::to_owned).collect();
    if steps.iter().any(|step| step == "..") {
        return Err("its name leads out of the folder");
    }
    if steps.len() > DEEP {
        return Err("it lies more than 64 names deep");
    }
    if name.len() > 2048 || steps.iter().any(|step| step.len() > 255) {
        return Err("its name is too long");
    }
    Ok(steps)
}

/// A link's target, if it stays in the folder wherever the way there leads: the link stands `deep`
/// names below it.
fn inside(to: &[u8], deep: usize) -> Option<String> {
    let to = std::str::from_utf8(to).ok()?;
    let plain =
        !to.is_empty() && !to.starts_with('/') && !to.contains('\\') && !to.chars().any(char::is_control);
    // Only steps up at the beginning can be followed without looking.
    let steps: Vec<&str> = to.split('/').filter(|s| !matches!(*s, "" | ".")).collect();
    let up = steps.iter().take_while(|s| **s == "..").count();
    let later = steps.iter().skip(up).any(|s| *s == "..");
    (plain && up < deep && !later).then(|| to.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_have_no_place() {
        for bad in ["../x", "a/../../x", "/etc/x", "C:x", "c:\\x", "a\\..\\x", "a\0b", "a\nb", ".."] {
            assert!(place(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(place(b"\xff").is_err());
        assert!(place("a".repeat(256).as_bytes()).is_err());
        assert_eq!(place("a/".repeat(DEEP).as_bytes()).unwrap().len(), DEEP);
        assert!(place("a/".repeat(DEEP + 1).as_bytes()).is_err());
        assert_eq!(place(b"./a//b/."), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(place(b"./"), Ok(vec![]));
        assert_eq!(place(b"..a/b.."), Ok(vec!["..a".to_owned(), "b..".to_owned()]));
    }

    #[test]
    fn links_stay_inside_or_are_none() {
        for (to, deep, stays) in [
            ("b", 1, true),
            ("../b", 2, true),
            ("../b", 1, false),
            ("../../b", 2, false),
            ("a/../../b", 2, false),
            ("/etc", 1, false),
            ("", 1, false),
            ("..", 1, false),
        ] {
            assert_eq!(inside(to.as_bytes(), deep).is_some(), stays, "{to} {deep}");
        }
    }
}
