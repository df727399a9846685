//! Lines of a stream, with bounded memory: a line that is too long is skipped to its end.

use std::io::{self, BufRead};

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its line feed.
    Whole(Vec<u8>),
    /// Longer than what is taken; nothing of it was kept.
    TooLong,
}

/// The next line of at most `most` bytes; none at the end. What stands after the last line feed counts as
/// a line: a message that ends in the middle does not read anyway.
pub(super) fn next(from: &mut impl BufRead, most: usize) -> io::Result<Option<Line>> {
    let (mut line, mut long, mut any) = (Vec::new(), false, false);
    loop {
        let there = match from.fill_buf() {
            Ok(there) => there,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let end = memchr::memchr(b'\n', there);
        let part = there.get(..end.unwrap_or(there.len())).unwrap_or_default();
        any |= !there.is_empty();
        long |= line.len() + part.len() > most;
        if long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let (over, used) = (there.is_empty() || end.is_some(), part.len() + usize::from(end.is_some()));
        from.consume(used);
        if over {
            let line = if long { Line::TooLong } else { Line::Whole(line) };
            return Ok(any.then_some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn all(bytes: &[u8], buffer: usize) -> Vec<Line> {
        let mut from = BufReader::with_capacity(buffer, bytes);
        std::iter::from_fn(|| next(&mut from, 4).unwrap()).collect()
    }

    #[test]
    fn long_lines_are_skipped_whatever_the_buffer_holds() {
        let whole = |text: &str| Line::Whole(text.into());
        for buffer in [1, 2, 3, 5, 64] {
            assert_eq!(
                all(b"abcd\nabcde\n\nx\nabcdefghijklm\nend", buffer),
                [whole("abcd"), Line::TooLong, whole(""), whole("x"), Line::TooLong, whole("end")],
                "{buffer}"
            );
            assert!(all(b"", buffer).is_empty());
            assert_eq!(all(b"abcdefgh", buffer), [Line::TooLong]);
        }
    }
}
