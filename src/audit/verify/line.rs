//! What one line says, and what is wrong with it whatever stands before it.

use super::TAMPER;
use crate::audit::chain::{self, Hex, Link};
use crate::audit::entry::good_name;
use crate::canon;

/// A kind and a class of fault, before it is known where it stands.
pub(super) type Flaw = (&'static str, &'static str);

/// A hash that an entry must have: from `head`, an anchor or a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub seq: u64,
    pub hash: Hex,
    /// The fault if it has another.
    pub fault: &'static str,
}

/// A line of which nothing is known to be wrong.
pub(super) struct Sound<'a> {
    /// Its stamp as written, quotes included; empty if it has none.
    pub ts: &'a [u8],
    /// The id that a log's first entry gives it, quotes included.
    pub log: &'a [u8],
}

/// The link of `line`, which says where it belongs.
pub(super) fn link(line: &[u8]) -> Result<Link<'_>, Flaw> {
    chain::link(line).ok_or_else(|| (misformed(line), TAMPER))
}

/// The same of a line whose hashes are about to be compared: one that does not fit is looked at again
/// with [`link`].
pub(super) fn ends(line: &[u8]) -> Result<Link<'_>, Flaw> {
    chain::ends(line).ok_or_else(|| (misformed(line), TAMPER))
}

/// The rest of what `line` must be: its own hash, strict canonical JSON, names that an entry may have.
pub(super) fn judge<'a>(link: Link<'a>, marks: &[Mark]) -> Result<Sound<'a>, Flaw> {
    if !link.sound() {
        return Err(("hash_mismatch", TAMPER));
    }
    let (mut ts, mut log, mut names) = (&b""[..], &b""[..], true);
    let canonical = canon::canonical_members(link.payload, &mut |name, value| {
        match name {
            b"ts" => ts = value,
            b"log" => log = value,
            _ => {}
        }
        names &= good_name(name);
    });
    if !canonical || !names {
        return Err((why_not_canonical(link.payload), TAMPER));
    }
    match marks.iter().find(|m| m.seq == link.seq && m.hash != *link.hash) {
        Some(mark) => Err((mark.fault, TAMPER)),
        None => Ok(Sound { ts, log }),
    }
}

fn misformed(line: &[u8]) -> &'static str {
    if line.starts_with(b"\xef\xbb\xbf") {
        "bom"
    } else if line.ends_with(b"\r") {
        "crlf"
    } else {
        "format"
    }
}

/// The name of the fault of a payload that is not as it must be.
fn why_not_canonical(open: &[u8]) -> &'static str {
    let bytes = [open, b"}"].concat();
    if std::str::from_utf8(&bytes).is_err() {
        return "utf8_invalid";
    }
    match canon::parse(&bytes) {
        Ok(_) => "not_canonical",
        Err(canon::Broken::Twice(_)) => "json_duplicate_key",
        Err(_) => "json_invalid",
    }
}
