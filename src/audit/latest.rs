//! The latest time that the log has seen, kept once the clock went back: an entry written meanwhile
//! has an earlier stamp, and would otherwise make the clock look right to whoever comes next.

use super::LogError;
use super::log::io;
use crate::state::{clock, durable};
use jiff::Timestamp;
use std::path::Path;

/// Before an entry of time `now` follows `line`: if the clock went back, remembers how late it was.
pub(super) fn remember(path: &Path, line: &[u8], now: Timestamp) -> Result<(), LogError> {
    let Some(before) = stamp_in(line).filter(|before| *before > now) else { return Ok(()) };
    if known(path)?.is_some_and(|known| known >= before) {
        return Ok(());
    }
    durable::write(path, clock::stamp(before).as_bytes()).map_err(io("writing", path))
}

/// The time kept at `path`, if the clock ever went back. One that does not read is in the far future.
pub(super) fn known(path: &Path) -> Result<Option<Timestamp>, LogError> {
    let mut text = String::new();
    match durable::open_read(path).and_then(|file| std::io::Read::read_to_string(&mut &file, &mut text)) {
        Ok(_) => Ok(Some(clock::read(text.trim_end()).unwrap_or(Timestamp::MAX))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(io("reading", path)(why)),
    }
}

/// The stamp of an entry's line: the last member of that name, since only `v` stands after it.
fn stamp_in(line: &[u8]) -> Option<Timestamp> {
    let name = b",\"ts\":\"";
    let at = memchr::memmem::rfind(line, name)?;
    let text = line.get(at + name.len()..)?.split(|b| *b == b'"').next()?;
    clock::read(std::str::from_utf8(text).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn line(seconds: i64) -> Vec<u8> {
        let ts = clock::stamp(at(seconds));
        format!(r#"{{"args":{{"ts":"x"}},"kind":"k","ts":"{ts}","v":1,"seq":1,"prev":"0","hash":"0"}}"#)
            .into()
    }

    #[test]
    fn the_latest_time_is_kept_once_the_clock_went_back_and_never_lowered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("latest");
        remember(&path, &line(0), at(10)).unwrap();
        assert_eq!(known(&path).unwrap(), None, "a clock that goes on leaves nothing");
        remember(&path, &line(100), at(50)).unwrap();
        remember(&path, &line(50), at(40)).unwrap();
        assert_eq!(known(&path).unwrap(), Some(at(100)));
        std::fs::write(&path, "x").unwrap();
        assert_eq!(known(&path).unwrap(), Some(Timestamp::MAX));
    }
}
