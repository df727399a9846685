//! The log's end, looked at under the append lock: the newest entry, what is torn after it, and
//! whether it fits what was acknowledged before.

use super::LogError;
use super::back::{self, Found};
use super::chain::{self, LONGEST};
use super::head::{self, Head, HeadFile, NoHead};
use super::segment;
use super::sync::Written;
use crate::call::Digest;
use crate::canon::sha256;
use crate::state::durable;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Where the next entry goes.
pub(super) struct End {
    /// The log's id.
    pub log: String,
    /// Its head, open: what is published when the next entry is synced.
    pub head: HeadFile,
    /// The newest entry, and its hash.
    pub seq: u64,
    pub hash: Digest,
    /// Its line, for its stamp.
    pub line: Vec<u8>,
    /// The newest segment: its file, open for reading and appending, its first number and where its
    /// last complete line ends.
    pub file: File,
    pub path: PathBuf,
    pub first: u64,
    pub length: u64,
    /// What a crash left after that.
    pub torn: Option<Torn>,
}

/// The start of a line that was never finished, so nobody was given a receipt for it.
pub(super) struct Torn {
    pub bytes: u64,
    pub sha256: Digest,
}

impl End {
    /// Looks at the end of the log in `folder` and compares it with `head`: a log shorter than its
    /// head, or of another hash there, takes no entry, since the entry would launder the cut.
    pub(super) fn look(folder: &Path) -> Result<Self, LogError> {
        let (head_file, head) = acknowledged(folder)?;
        let broken = |why: String| LogError::Broken { folder: folder.to_owned(), why };
        let empty = || broken(format!("it is empty, and `head` names entry {}", head.seq));
        let mut segments = segment::list(folder).map_err(|why| unreadable(folder, why))?;
        let last = segments.pop().ok_or_else(empty)?;
        let (file, meta) =
            durable::open_append_known(&last.path).map_err(|why| unreadable(&last.path, why))?;
        let size = private(&meta, &last.path)?;

        // Back to the entry that `head` names. Lines on the way are read for their links only: an
        // edited one is for verify to find; the newest is hashed below.
        let (mut newest, mut met): (Option<Found>, bool) = (None, false);
        let mut see = |found: Found| {
            let link = chain::link(&found.bytes);
            met = link.is_some_and(|l| l.seq == head.seq && l.digest().as_ref() == Some(&head.hash));
            let further = link.is_some_and(|l| l.seq > head.seq);
            newest.get_or_insert(found);
            further
        };
        if back::walk_file(&file, size, &last.path, &mut see).map_err(|e| unreadable(&last.path, e))? {
            back::walk_segments(&segments, &mut see).map_err(|e| unreadable(folder, e))?;
        }
        let found = newest.ok_or_else(empty)?;
        let here = found.segment == last.path;
        let length = if here { found.offset + u64::try_from(found.bytes.len()).unwrap_or(0) + 1 } else { 0 };
        let link = chain::link(&found.bytes).filter(chain::Link::sound);
        let (Some(seq), Some(hash)) = (link.map(|l| l.seq), link.and_then(|l| l.digest())) else {
            let at = format!("byte {} of `{}`", found.offset, found.segment.display());
            return Err(broken(format!("the line at {at} is not a sound entry")));
        };
        if seq < head.seq {
            return Err(broken(format!("it ends at entry {seq}, and `head` names entry {}", head.seq)));
        }
        if !met {
            return Err(broken(format!("entry {} is not the one that `head` names", head.seq)));
        }
        if !here && last.first != seq + 1 {
            return Err(broken(format!("segment `{}` does not follow entry {seq}", last.path.display())));
        }
        let torn = torn(&file, length, size).map_err(|why| unreadable(&last.path, why))?;
        let (path, first) = (last.path, last.first);
        Ok(Self {
            log: head.log,
            head: head_file,
            seq,
            hash,
            line: found.bytes,
            file,
            path,
            first,
            length,
            torn,
        })
    }

    /// Its newest entry, as one that waits for its sync.
    pub(super) fn written(&self) -> Written<'_> {
        let Self { log, head, seq, hash, file, length, .. } = self;
        Written { log, seq: *seq, hash, file, end: *length, head }
    }
}

/// The head of the log in `folder`, without which nothing is appended.
fn acknowledged(folder: &Path) -> Result<(HeadFile, Head), LogError> {
    let broken = |why: String| LogError::Broken { folder: folder.to_owned(), why };
    let read = || {
        let file = HeadFile::open(folder)?;
        let head = file.steady()?;
        Ok((file, head))
    };
    read().map_err(|e| match e {
        NoHead::Missing if !folder.exists() => LogError::Missing(folder.to_owned()),
        NoHead::Missing => broken("`head` is gone".into()),
        NoHead::Invalid(why) => broken(format!("`head` does not read: {why}")),
        NoHead::Io(why) => LogError::Io { doing: "reading", path: head::path(folder), why },
    })
}

/// What follows the last complete line.
fn torn(file: &File, length: u64, size: u64) -> io::Result<Option<Torn>> {
    if size <= length {
        return Ok(None);
    }
    let most = usize::try_from(size - length).unwrap_or(usize::MAX).min(LONGEST);
    let mut rest = vec![0; most];
    file.read_exact_at(&mut rest, length)?;
    Ok(Some(Torn { bytes: size - length, sha256: sha256(&rest) }))
}

/// The size of a segment that is this user's alone: one that others can write, or that has a second
/// name, could be changed behind the chain's back.
fn private(meta: &Metadata, path: &Path) -> Result<u64, LogError> {
    let why = if meta.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user (`chown` mends it)"
    } else if meta.mode() & 0o022 != 0 {
        "can be written by others (`chmod 600` mends it)"
    } else if meta.nlink() != 1 {
        "has a second name (a hard link; remove that, or put a copy of the file in its place)"
    } else {
        return Ok(meta.len());
    };
    Err(LogError::Broken {
        folder: path.parent().unwrap_or(path).to_owned(),
        why: format!("`{}` {why}", path.display()),
    })
}

/// A line that no entry can be, or something else in a file's place, is a broken log; the rest is the
/// system's trouble, which may pass.
fn unreadable(path: &Path, why: io::Error) -> LogError {
    let kind = why.kind();
    let replaced = path.symlink_metadata().is_ok_and(|m| m.is_symlink());
    if kind == io::ErrorKind::InvalidData || kind == io::ErrorKind::InvalidInput || replaced {
        let why = format!("`{}`: {why}", path.display());
        let folder = path.parent().filter(|_| !path.is_dir()).unwrap_or(path).to_owned();
        return LogError::Broken { folder, why };
    }
    LogError::Io { doing: "reading", path: path.to_owned(), why }
}
