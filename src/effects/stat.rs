//! What files and folders are: kind, size, mode, last change, and if asked their hash and what the
//! system keeps beside them.

use super::walk::{self, DEEPEST, Found, Wish};
use super::watched::{Watch, Watched};
use super::{Hand, Step, Trouble, folder};
use crate::call::{Digest, Happened, Look, Place};
use crate::canon::Hasher;
use crate::state::dataless;
use rustix::fs::{AtFlags, FileType, Mode, Stat, fgetxattr, flistxattr, readlinkat, statat};
use serde_json::{Map, Value, json};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long it may take.
const TIME: Duration = Duration::from_secs(40);
/// Longest file that is hashed.
const LONG: i64 = 4 << 30;
/// Longest value of an extended attribute that is shown, and most of their names.
const VALUE: usize = 4096;
const NAMES: usize = 16 << 10;

pub fn stat(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let Look::Stat { paths, glob, hash, xattr, limit } = look else {
        return Err(Trouble::Not("this is no look at files".into()));
    };
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    let until = Instant::now() + TIME;
    let ask = Ask { hash: *hash, xattr: *xattr, watch: Watch::new(hand, until) };
    let (mut items, mut missing, mut more) = (Vec::new(), Vec::new(), false);
    let (mut guarded, mut refused) = (0, Vec::new());
    for place in paths {
        let path = place.path.as_path();
        let Some(glob) = glob else {
            match one(path, &ask) {
                Ok(item) => items.push(item),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    missing.push(path.display().to_string())
                }
                Err(e) => return Err(Trouble::io("look at", path.display(), &e)),
            }
            continue;
        };
        let wish = Wish { depth: DEEPEST, hidden: true, ignored: true, glob: Some(walk::glob(glob)?), until };
        let left = walk::walk(hand, path, &wish, &mut |found: &Found<'_>| {
            if items.len() >= limit || ask.watch.over().is_some() {
                more = true;
                return Ok(false);
            }
            // A second name of a file that lies elsewhere tells nothing of its content.
            let alone = found.stat.st_nlink == 1 || !found.kind.is_file();
            let plain = Ask { hash: false, xattr: false, ..ask };
            let mut item = described(
                found.folder,
                found.name,
                found.path,
                found.stat,
                if alone { &ask } else { &plain },
            );
            if let Some(item) = item.as_object_mut().filter(|_| !alone && (ask.hash || ask.xattr)) {
                item.insert("unread".into(), "it has more than one name (a hard link)".into());
            }
            items.push(item);
            Ok(true)
        })?;
        guarded += left.guarded;
        more |= left.late;
        refused.extend(left.refused);
    }
    if hand.stopped() {
        return Err(Trouble::Braked(format!("{} stopped it while looking", hand.stopper())));
    }
    let value = json!({
        "items": items, "missing": missing, "truncated": more, "left_out": { "guarded": guarded, "refused": refused },
    });
    Ok(Happened::Told { value, lacks: None })
}

#[derive(Clone, Copy)]
struct Ask<'a> {
    hash: bool,
    xattr: bool,
    watch: Watch<'a>,
}

fn one(path: &Path, ask: &Ask<'_>) -> std::io::Result<Value> {
    if path.parent().is_none() {
        let top = folder::folder(path)?;
        let stat = rustix::fs::fstat(&top)?;
        return Ok(described(&top, OsStr::new("."), path, &stat, &Ask { hash: false, ..*ask }));
    }
    let (folder, name) = folder::holding(path)?;
    let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(described(&folder, name, path, &stat, ask))
}

fn described(folder: &OwnedFd, name: &OsStr, path: &Path, stat: &Stat, ask: &Ask<'_>) -> Value {
    let kind = FileType::from_raw_mode(stat.st_mode);
    let word = match kind {
        FileType::RegularFile => "file",
        FileType::Directory => "dir",
        FileType::Symlink => "link",
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => "other",
    };
    let mut item = Map::new();
    let mut say = |name: &str, value: Value| drop(item.insert(name.to_owned(), value));
    say("path", path.to_string_lossy().into());
    say("kind", word.into());
    say("size", if kind.is_file() { stat.st_size.into() } else { 0.into() });
    say("mode", format!("{:04o}", Mode::from_raw_mode(stat.st_mode).bits() & 0o7777).into());
    say("mtime", stat.st_mtime.into());
    if kind.is_symlink() {
        let to = readlinkat(folder, name, Vec::new()).ok();
        say("to", to.map(|to| to.to_string_lossy().into_owned()).into());
    }
    // What lies in a cloud alone would be fetched by reading it.
    let clouded = dataless(stat);
    if clouded {
        say("dataless", true.into());
    }
    if !kind.is_file() || !(ask.hash || ask.xattr) {
        return item.into();
    }
    match folder::regular(folder, name) {
        Err(e) => say("unread", e.to_string().into()),
        Ok(file) => {
            if ask.xattr {
                say("xattr", attributes(&file));
            }
            match ask.hash.then(|| hashed(&file, stat.st_size, clouded, ask.watch)) {
                None => {}
                Some(Ok(sha256)) => say("sha256", sha256.as_str().into()),
                Some(Err(why)) => say("unread", why.into()),
            }
        }
    }
    item.into()
}

fn hashed(file: &File, size: i64, clouded: bool, watch: Watch<'_>) -> Result<Digest, String> {
    if clouded {
        return Err("it lies in a cloud alone, and reading would fetch it".into());
    }
    if size > LONG {
        return Err("it is over 4 GiB".into());
    }
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; 1 << 17]);
    let mut file = Watched::new(file, watch);
    let mut left = LONG;
    loop {
        let read = file.read(&mut buffer).map_err(|e| e.to_string())?;
        left -= i64::try_from(read).unwrap_or(LONG);
        if left < 0 {
            return Err("it grew over 4 GiB meanwhile".into());
        }
        match buffer.get(..read) {
            Some([]) | None => return Ok(hasher.finish()),
            Some(part) => hasher.update(part),
        }
    }
}

/// Extended attributes: text as it is, other bytes in hexadecimal.
fn attributes(file: &File) -> Value {
    let mut names = vec![0_u8; NAMES];
    let Ok(read) = flistxattr(file, names.as_mut_slice()) else { return json!({}) };
    let mut found = Map::new();
    for name in names.get(..read).unwrap_or_default().split(|b| *b == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0_u8; VALUE];
        use std::os::unix::ffi::OsStrExt as _;
        let read = fgetxattr(file, OsStr::from_bytes(name), value.as_mut_slice());
        let said = match read {
            Ok(read) => text_or_hex(value.get(..read).unwrap_or_default()).into(),
            Err(_) => Value::Null,
        };
        found.insert(String::from_utf8_lossy(name).into_owned(), said);
    }
    found.into()
}

fn text_or_hex(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => format!("0x{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}
