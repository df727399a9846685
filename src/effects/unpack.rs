//! Unpacking an archive: what was judged comes out, or nothing does.
#![expect(clippy::disallowed_methods, reason = "hands make files")]

use super::{Hand, Step, Trouble, folder};
use crate::call::{Becomes, Digest, Extract, Happened, Pin, RealPath, Unpacked};
use crate::canon::Hasher;
use crate::gate::resolve::{archive, pin, unpack};
use crate::state::durable;
use rustix::fs::{AtFlags, Mode, RenameFlags, XattrFlags, mkdirat, renameat_with, symlinkat, unlinkat};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The mark by which macOS remembers that a file came from elsewhere.
const QUARANTINE: &str = "com.apple.quarantine";

/// How often the kill switch is looked at inside an entry.
const LOOK: Duration = Duration::from_millis(200);

pub fn extract(hand: &Hand<'_>, effect: &Extract) -> Step {
    unchanged(effect)?;
    let planned: Vec<_> = effect.entries.all.iter().map(|entry| entry.path.as_str()).collect();
    // Before the first of them is made, so that a crash leaves a list of what it may have left.
    let list = hand.home.undo().join(format!("{}-{}", hand.judged.call().id, hand.nth));
    let text =
        serde_json::json!({ "v": 1, "unpacks": effect.archive, "into": effect.into, "makes": planned });
    durable::create(&list, format!("{text}\n").as_bytes())
        .map_err(|e| Trouble::io("keep a list of what is made in", list.display(), &e))?;

    let temporary = format!(".fleet-{}-{}", hand.judged.call().id, hand.nth);
    let mut made = Made { mark: mark(effect.archive.as_path()), temporary, ..Made::default() };
    let done = all(hand, effect, &mut made).and_then(|()| {
        made.sync(&|| hand.stopping()).map_err(|halt| halt.trouble("write below", &effect.into))
    });
    match done {
        Ok(()) => {
            Ok(Happened::Unpacked { into: effect.into.clone(), undo: made.undo(), created: made.files })
        }
        Err(trouble) => Err(made.take_back(trouble)),
    }
}

/// Sees that the archive is what was judged.
fn unchanged(effect: &Extract) -> Result<(), Trouble> {
    if effect.pin == Pin::Absent {
        return Err(Trouble::Not(format!("`{}` does not exist", effect.archive)));
    }
    match pin::content(effect.archive.as_path()) {
        Ok((now, _)) if now == effect.pin => Ok(()),
        Ok(_) | Err(_) => Err(Trouble::changed(&effect.archive)),
    }
}

fn all(hand: &Hand<'_>, effect: &Extract, made: &mut Made) -> Result<(), Trouble> {
    if !effect.into.as_path().is_dir() {
        made.folder(effect.into.as_path()).map_err(|e| Trouble::io("make", &effect.into, &e))?;
    }
    let mut expected = effect.entries.all.iter();
    let mut trouble = None;
    let walked = unpack::walk(effect.archive.as_path(), u64::MAX, &mut |entry, content| {
        // An entry for the folder itself makes nothing, and was not judged as one.
        if archive::place(&entry.name).is_ok_and(|steps| steps.is_empty()) {
            return Ok(ControlFlow::Continue(()));
        }
        let step = if let Some(by) = hand.stopping() {
            Err(Halt::Stopped(by).trouble("make", &effect.into))
        } else {
            expected.next().ok_or_else(|| Trouble::changed(&effect.archive)).and_then(|next| {
                made.one(effect.into.as_path(), next, content, &|| hand.stopping())
                    .map_err(|halt| halt.trouble("make", &next.path))
            })
        };
        Ok(step.map_or_else(
            |found| {
                trouble = Some(found);
                ControlFlow::Break(())
            },
            ControlFlow::Continue,
        ))
    });
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    walked.map_err(|e| Trouble::Not(format!("`{}` {e}", effect.archive)))?;
    if expected.next().is_some() {
        return Err(Trouble::changed(&effect.archive));
    }
    // Names and lengths were compared one by one; this says that the content was the judged one, too.
    unchanged(effect)
}

/// Why an entry was not made.
enum Halt {
    /// The system's reason, or the archive's.
    Io(io::Error),
    /// It was stopped meanwhile, by this.
    Stopped(&'static str),
}

impl<E: Into<io::Error>> From<E> for Halt {
    fn from(e: E) -> Self {
        Self::Io(e.into())
    }
}

impl Halt {
    fn trouble(self, doing: &str, path: impl std::fmt::Display) -> Trouble {
        match self {
            Self::Io(e) => Trouble::io(doing, path, &e),
            Self::Stopped(by) => {
                Trouble::Braked(format!("{by} stopped it while unpacking: what was made is gone again"))
            }
        }
    }
}

/// Who stopped it; a look at the disk, so not for every piece of a file.
type Stopper<'a> = &'a dyn Fn() -> Option<&'static str>;

/// What this call made, in order.
#[derive(Default)]
struct Made {
    files: Vec<(RealPath, Option<Digest>)>,
    folders: Vec<PathBuf>,
    mark: Option<Vec<u8>>,
    /// What a file is called until it is whole.
    temporary: String,
    /// Files that were not whole and could not be removed.
    left: usize,
}

impl Made {
    /// Makes one entry, and the folders that it needs below `into`.
    fn one(
        &mut self,
        into: &Path,
        entry: &Unpacked,
        content: &mut dyn Read,
        stopper: Stopper<'_>,
    ) -> Result<(), Halt> {
        let path = entry.path.as_path();
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|above| *above != into).collect();
        for above in missing.into_iter().rev() {
            self.folder(above)?;
        }
        match &entry.what {
            Becomes::Folder => Ok(self.folder(path)?),
            Becomes::Link { to } => {
                let (at, name) = folder::holding(path)?;
                symlinkat(to.as_str(), &at, name)?;
                self.files.push((entry.path.clone(), None));
                Ok(())
            }
            Becomes::File { bytes, runs } => {
                self.file(entry, *bytes, if *runs { 0o755 } else { 0o644 }, content, stopper)
            }
        }
    }

    /// A folder that may be there already, made by an earlier entry or before.
    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let (above, name) = folder::holding(path)?;
        match mkdirat(&above, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => self.folders.push(path.to_path_buf()),
            Err(Errno::EXIST) => drop(folder::folder(path)?),
            Err(e) => return Err(e.into()),
        }
        Ok(())
    }

    /// A new file of exactly `bytes` bytes. It gets its name once it is whole, so that a crash leaves
    /// nothing that looks like it and is not.
    fn file(
        &mut self,
        entry: &Unpacked,
        bytes: u64,
        mode: u32,
        content: &mut dyn Read,
        stopper: Stopper<'_>,
    ) -> Result<(), Halt> {
        let (at, name) = folder::holding(entry.path.as_path())?;
        let temporary = OsString::from(&self.temporary);
        let file = folder::create(&at, &temporary, mode)?;
        let named = self.fill(file, bytes, content, stopper).and_then(|sha256| {
            renameat_with(&at, &temporary, &at, name, RenameFlags::NOREPLACE)?;
            Ok(sha256)
        });
        match named {
            Ok(sha256) => {
                self.files.push((entry.path.clone(), Some(sha256)));
                Ok(())
            }
            Err(halt) => {
                self.left += usize::from(unlinkat(&at, &temporary, AtFlags::empty()).is_err());
                Err(halt)
            }
        }
    }

    fn fill(
        &self,
        mut file: File,
        bytes: u64,
        content: &mut dyn Read,
        stopper: Stopper<'_>,
    ) -> Result<Digest, Halt> {
        let mut looked = Instant::now();
        let (mut hasher, mut buffer, mut left) = (Hasher::default(), vec![0; 1 << 16], bytes);
        let other = || io::Error::new(io::ErrorKind::InvalidData, "is not as long as the archive says");
        loop {
            let n = content.read(&mut buffer)?;
            let read = buffer.get(..n).unwrap_or_default();
            left = left.checked_sub(u64::try_from(n).unwrap_or(u64::MAX)).ok_or_else(other)?;
            if n == 0 {
                break;
            }
            hasher.update(read);
            file.write_all(read)?;
            if looked.elapsed() > LOOK {
                if let Some(by) = stopper() {
                    return Err(Halt::Stopped(by));
                }
                looked = Instant::now();
            }
        }
        if left > 0 {
            return Err(other().into());
        }
        if let Some(mark) = &self.mark {
            rustix::fs::fsetxattr(&file, QUARANTINE, mark, XattrFlags::empty())?;
        }
        Ok(hasher.finish())
    }

    /// Makes contents and names durable: at the end, when the system has written most of them.
    fn sync(&self, stopper: Stopper<'_>) -> Result<(), Halt> {
        for (path, _) in self.files.iter().filter(|(_, sha256)| sha256.is_some()) {
            if let Some(by) = stopper() {
                return Err(Halt::Stopped(by));
            }
            let (at, name) = folder::holding(path.as_path())?;
            folder::regular(&at, name)?.sync_all()?;
        }
        let holders =
            self.files.iter().map(|(path, _)| path.as_path()).chain(self.folders.iter().map(AsRef::as_ref));
        let mut folders: Vec<_> = holders.filter_map(Path::parent).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.into_iter().try_for_each(|path| Ok(folder::sync(folder::folder(path)?)?))
    }

    /// Removes what was made, newest first; a folder goes only if nobody put anything into it.
    fn take_back(self, trouble: Trouble) -> Trouble {
        let gone = |path: &Path, flags| {
            folder::holding(path).and_then(|(at, name)| unlinkat(&at, name, flags).map_err(io::Error::from))
        };
        let files = self.files.iter().rev().map(|(path, _)| gone(path.as_path(), AtFlags::empty()));
        let folders = self.folders.iter().rev().map(|path| gone(path, AtFlags::REMOVEDIR));
        let left = self.left + files.chain(folders).filter(Result::is_err).count();
        match trouble {
            Trouble::Not(why) | Trouble::Braked(why) | Trouble::Unknown(why) if left > 0 => {
                Trouble::Unknown(format!("{why}; {left} of the things that it had made could not be removed"))
            }
            other @ (Trouble::Not(_) | Trouble::Braked(_) | Trouble::Unknown(_)) => other,
        }
    }

    /// A call that puts what was made into the trash: only the uppermost, which hold the rest.
    fn undo(&self) -> String {
        let made: BTreeSet<&Path> = self.folders.iter().map(PathBuf::as_path).collect();
        let within_made = |path: &Path| path.parent().is_some_and(|above| made.contains(above));
        let all = self
            .folders
            .iter()
            .map(PathBuf::as_path)
            .chain(self.files.iter().map(|(path, _)| path.as_path()));
        let top: Vec<_> = all.filter(|path| !within_made(path)).collect();
        let args = serde_json::json!({ "paths": top }).to_string().replace('\'', r"'\''");
        format!("fleet tool call files_trash --args '{args}'")
    }
}

/// The archive's own mark, if it has one: what came out of it came from there, too.
fn mark(archive: &Path) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 4096];
    let length = rustix::fs::getxattr(archive, QUARANTINE, &mut buffer[..]).ok()?;
    buffer.truncate(length);
    Some(buffer)
}
