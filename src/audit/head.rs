//! `head`: how far the log was synced. It may lag behind the log, it never leads.

use crate::call::Digest;
use crate::state::durable;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

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

/// Where the head of the log in `folder` is.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("head")
}

/// The id of the log in `folder`, if its head reads.
pub fn log_id(folder: &Path) -> Option<String> {
    Head::read_steady(folder).ok().map(|head| head.log)
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
        let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
        good.then(|| {
            Some(Self { log: log.into(), seq: number.parse().ok()?, hash: Digest::parse(&hex).ok()? })
        })?
    }

    /// Reads the head of the log in `folder`.
    ///
    /// # Errors
    /// [`NoHead`].
    pub fn read(folder: &Path) -> Result<Self, NoHead> {
        let mut text = String::new();
        let file = match durable::open_read(&path(folder)) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(NoHead::Missing),
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => {
                return Err(NoHead::Invalid(e.to_string()));
            }
            Err(e) => return Err(NoHead::Io(e)),
        };
        match file.take(512).read_to_string(&mut text) {
            Ok(_) => Self::parse(&text)
                .ok_or_else(|| NoHead::Invalid("not three lines of log, number and hash".into())),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(NoHead::Invalid(e.to_string())),
            Err(e) => Err(NoHead::Io(e)),
        }
    }

    /// The same while another process may be writing it: read until two readings agree.
    ///
    /// # Errors
    /// [`NoHead`].
    pub fn read_steady(folder: &Path) -> Result<Self, NoHead> {
        let mut before = Self::read(folder);
        for _ in 0..100 {
            let now = Self::read(folder);
            match (&before, &now) {
                (Ok(a), Ok(b)) if a == b => return now,
                (Err(NoHead::Missing), _) => return before,
                _ => before = now,
            }
        }
        before
    }

    /// Writes the head in place, without a sync of its own: a lagging head is sound, and the sync
    /// would cost as much as the entry's. The caller has synced the entry.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = durable::open_in_place(&path(folder))?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(self.text().as_bytes())
    }
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
