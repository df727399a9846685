//! `head`: how far the log was synced. It may lag behind the log, it never leads.

use crate::call::Digest;
use crate::state::durable;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// A longer file is no head.
const LONGEST: usize = 512;

/// The last synced entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's id, from its first entry.
    pub log: String,
    /// The entry's number.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// A head that cannot be used.
#[derive(Debug)]
pub enum NoHead {
    /// The file is not there.
    Missing,
    /// It is there and does not read.
    Invalid(String),
    /// The system refused.
    Io(io::Error),
}

impl From<NoHead> for io::Error {
    fn from(e: NoHead) -> Self {
        match e {
            NoHead::Missing => io::ErrorKind::NotFound.into(),
            NoHead::Invalid(why) => Self::new(io::ErrorKind::InvalidData, why),
            NoHead::Io(e) => e,
        }
    }
}

/// Where the head of the log in `folder` is.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("head")
}

/// The id of the log in `folder`, if its head reads.
pub fn log_id(folder: &Path) -> Option<String> {
    Head::read(folder).ok().map(|head| head.log)
}

impl Head {
    /// The three lines of the file.
    pub fn text(&self) -> String {
        format!("fleet.local/audit/{}\n{}\n{}\n", self.log, self.seq, STANDARD.encode(bytes(&self.hash)))
    }

    /// Reads the three lines.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let log = lines.next()?.strip_prefix("fleet.local/audit/")?;
        let number = lines.next()?;
        let hash = STANDARD.decode(lines.next()?).ok().filter(|h| h.len() == 32)?;
        let good = lines.next().is_none()
            && log.len() == 32
            && log.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && !number.starts_with('0')
            && number.bytes().all(|b| b.is_ascii_digit());
        let hex = crate::canon::hex(&hash);
        good.then(|| {
            Some(Self { log: log.into(), seq: number.parse().ok()?, hash: Digest::parse(&hex).ok()? })
        })?
    }

    /// Reads the head of the log in `folder` while another process may be writing it; the file need not
    /// be writable.
    ///
    /// # Errors
    /// [`NoHead`].
    pub fn read(folder: &Path) -> Result<Self, NoHead> {
        HeadFile::opened(durable::open_read_known(&path(folder)))?.steady()
    }
}

/// The file `head`, open for reading and writing. Who holds the sync lock is its only writer.
pub(super) struct HeadFile {
    file: File,
    /// Device and inode, by which it is told from another of its name.
    inode: (u64, u64),
}

impl HeadFile {
    /// Opens the head of the log in `folder` for writing, too.
    pub(super) fn open(folder: &Path) -> Result<Self, NoHead> {
        Self::opened(durable::open_in_place_known(&path(folder)))
    }

    fn opened(known: io::Result<(File, Metadata)>) -> Result<Self, NoHead> {
        match known {
            Ok((file, meta)) => Ok(Self { file, inode: (meta.dev(), meta.ino()) }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(NoHead::Missing),
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => Err(NoHead::Invalid(e.to_string())),
            Err(e) => Err(NoHead::Io(e)),
        }
    }

    /// Whether it is still the head of the log in `folder`: that log may have been closed since.
    pub(super) fn is_of(&self, folder: &Path) -> bool {
        path(folder).symlink_metadata().is_ok_and(|meta| (meta.dev(), meta.ino()) == self.inode)
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; LONGEST];
        let read = self.file.read_at(&mut bytes, 0)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// What it says while another process may be writing it: what two readings in a row say.
    ///
    /// # Errors
    /// [`NoHead`].
    pub(super) fn steady(&self) -> Result<Head, NoHead> {
        let mut before = self.bytes().map_err(NoHead::Io)?;
        for _ in 0..100 {
            let now = self.bytes().map_err(NoHead::Io)?;
            if now == before {
                break;
            }
            before = now;
        }
        read(&before).ok_or_else(|| NoHead::Invalid("not three lines of log, number and hash".into()))
    }

    /// What it says, for who holds the sync lock; none if it does not read.
    pub(super) fn held(&self) -> Option<Head> {
        read(&self.bytes().ok()?)
    }

    /// Writes it in place, without a sync of its own: a lagging head is sound, and the sync would cost
    /// as much as the entry's. The caller has synced the entry.
    pub(super) fn write(&self, head: &Head) -> io::Result<()> {
        self.file.write_all_at(head.text().as_bytes(), 0)
    }
}

fn read(bytes: &[u8]) -> Option<Head> {
    Head::parse(std::str::from_utf8(bytes).ok()?)
}

fn bytes(hash: &Digest) -> Vec<u8> {
    let text = hash.as_str();
    (0..32)
        .filter_map(|at| text.get(2 * at..2 * at + 2).and_then(|b| u8::from_str_radix(b, 16).ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::sha256;

    #[test]
    fn a_head_reads_back_and_nothing_else_does() {
        let head = Head { log: "0123456789abcdef".repeat(2), seq: 41, hash: sha256(b"x") };
        let text = head.text();
        assert_eq!(Head::parse(&text), Some(head));
        for bad in [
            text.replace("41", "041"),
            text.replace("41", "-1"),
            text.replace("fleet.local", "other.local"),
            format!("{text}x\n"),
            text.trim_end().to_owned(),
            String::new(),
        ] {
            assert_eq!(Head::parse(&bad), None, "{bad:?}");
        }
    }
}
