//! Reading archives entry by entry, within limits. The resolver and the hand read with this alone,
//! so that they cannot disagree about what is in one.

use crate::call::ArchiveFormat;
use crate::state::durable;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

/// What an entry says about itself. Nothing of it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as bytes.
    pub name: Vec<u8>,
    /// What it claims to be.
    pub kind: Kind,
    /// How long it claims to be.
    pub bytes: u64,
    /// Its mode.
    pub mode: u32,
}

/// What an entry claims to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link to this.
    Link(Vec<u8>),
    /// A second name of another entry.
    HardLink,
    /// A device, a pipe, a sparse file, or what nobody knows.
    Other,
}

/// Why an archive could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is none.
    #[error("is not a zip, tar or tar.gz archive")]
    NotAnArchive,
    /// More comes out of it than may.
    #[error("holds more than may come out of it")]
    TooMuch,
    /// It is damaged, encrypted, or packed by another method.
    #[error("cannot be read: {0}")]
    Broken(String),
}

/// What a visitor does with an entry and its content.
pub type Visit<'a> = dyn FnMut(Entry, &mut dyn Read) -> io::Result<ControlFlow<()>> + 'a;

/// Shows each entry of the archive at `path` to `visit` until that breaks off. At most `most` bytes
/// are unpacked, names and headers included.
///
/// # Errors
/// [`Unreadable`].
pub fn walk(path: &Path, most: u64, visit: &mut Visit<'_>) -> Result<ArchiveFormat, Unreadable> {
    let broken = |e: io::Error| Unreadable::Broken(e.to_string());
    let mut file = durable::open_read(path).map_err(broken)?;
    let format = format(&mut file).map_err(broken)?.ok_or(Unreadable::NotAnArchive)?;
    let walked = match format {
        ArchiveFormat::Zip => return zip(file, visit).map(|()| format),
        ArchiveFormat::Tar => tar(BufReader::new(file), visit),
        ArchiveFormat::TarGz => {
            tar(Limited { inner: MultiGzDecoder::new(BufReader::new(file)), left: most }, visit)
        }
    };
    match walked {
        Ok(()) => Ok(format),
        Err(e) if e.kind() == io::ErrorKind::FileTooLarge => Err(Unreadable::TooMuch),
        Err(e) => Err(broken(e)),
    }
}

/// How it is packed, by its first bytes; a name proves nothing.
fn format(file: &mut File) -> io::Result<Option<ArchiveFormat>> {
    let mut first = Vec::new();
    file.take(512).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    let tape = first.get(257..262) == Some(b"ustar");
    Ok(match first.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(ArchiveFormat::Zip),
        [0x1f, 0x8b, ..] => Some(ArchiveFormat::TarGz),
        _ if tape => Some(ArchiveFormat::Tar),
        _ => None,
    })
}

fn tar(packed: impl Read, visit: &mut Visit<'_>) -> io::Result<()> {
    for entry in tar::Archive::new(packed).entries()? {
        let mut entry = entry?;
        let header = entry.header().clone();
        let kind = header.entry_type();
        let kind = if kind.is_file() || kind.is_contiguous() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Folder
        } else if kind.is_symlink() {
            Kind::Link(entry.link_name_bytes().unwrap_or_default().into_owned())
        } else if kind.is_hard_link() {
            Kind::HardLink
        } else if kind.is_pax_global_extensions() {
            continue;
        } else {
            Kind::Other
        };
        let name = entry.path_bytes().into_owned();
        // A name that ends in a slash is a folder to old programs, whatever its type says.
        let kind = if kind == Kind::File && name.ends_with(b"/") { Kind::Folder } else { kind };
        let what = Entry { name, kind, bytes: entry.size(), mode: header.mode()? };
        if visit(what, &mut entry)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

fn zip(file: File, visit: &mut Visit<'_>) -> Result<(), Unreadable> {
    let broken = |e: String| Unreadable::Broken(e);
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| broken(e.to_string()))?;
    for nth in 0..archive.len() {
        let mut entry = archive.by_index(nth).map_err(|e| broken(e.to_string()))?;
        let name = entry.name_raw().to_vec();
        // Taken as written, from whatever system: the reader itself leaves out what is dangerous.
        let mode = match entry.external_attributes() >> 16 {
            0 => entry.unix_mode().unwrap_or(0o644),
            written => written,
        };
        let kind = match mode & 0o170_000 {
            0o120_000 => {
                let mut to = Vec::new();
                (&mut entry).take(4097).read_to_end(&mut to).map_err(|e| broken(e.to_string()))?;
                Kind::Link(to)
            }
            0o040_000 => Kind::Folder,
            0 | 0o100_000 if name.ends_with(b"/") => Kind::Folder,
            0 | 0o100_000 => Kind::File,
            _ => Kind::Other,
        };
        let what = Entry { name, kind, bytes: entry.size(), mode: mode & 0o7777 };
        if visit(what, &mut entry).map_err(|e| broken(e.to_string()))?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// How many entries a zip's last record counts: a name that comes twice is one to its reader.
pub fn counted(path: &Path) -> Option<u64> {
    const TAIL: u64 = 22 + 65_535;
    let mut file = durable::open_read(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail).ok()?;
    let at = tail.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let count = tail.get(at + 10..at + 12)?;
    let count = u16::from_le_bytes(count.try_into().ok()?);
    // The largest number means that it stands elsewhere.
    (count != u16::MAX).then(|| u64::from(count))
}

/// A reader that ends with an error, rather than early, once too much came out of it.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        match self.left.checked_sub(u64::try_from(n).unwrap_or(u64::MAX)) {
            Some(left) => {
                self.left = left;
                Ok(n)
            }
            None => Err(io::ErrorKind::FileTooLarge.into()),
        }
    }
}
