//! The text itself, before any parser: what a person could not read as it is.

use crate::call::{Malformed, visible_line};

/// Longer lines are not shown whole, so they are not run without a look.
const LONG: usize = 4096;

/// Longest line: the kernel takes no longer argument.
const LONGEST: usize = 100_000;

/// So many blanks in a row push what follows out of sight.
const PADDING: usize = 60;

/// Why a person should look at `text` whatever it does; none if it reads as it is.
///
/// # Errors
/// [`Malformed`] for control characters, and for nothing at all.
pub fn look(text: &str) -> Result<Option<String>, Malformed> {
    if let Some(at) = text.find(|c: char| c.is_control() && c != '\n' && c != '\t') {
        let why = format!("contains a control character at byte {at}");
        return Err(Malformed::new("command", text, why));
    }
    if text.trim().is_empty() {
        return Err(Malformed::new("command", text, "names no program"));
    }
    if text.len() > LONGEST {
        return Err(Malformed::new("command", text, "is longer than 100000 bytes"));
    }
    if text.len() > LONG {
        return Ok(Some(format!("the line has {} bytes: it cannot be shown whole", text.len())));
    }
    if text.contains(&" ".repeat(PADDING)) || text.contains(&"\n".repeat(PADDING / 4)) {
        return Ok(Some("the line is padded with blanks: its end may be out of sight".into()));
    }
    let plain = |c: char| c == '\n' || c == '\t' || visible_line(&c.to_string(), 8).chars().eq([c]);
    Ok(text
        .find(|c: char| !plain(c))
        .map(|at| format!("the line has a character that does not show, at byte {at}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_run_without_a_look() {
        for bad in ["", " \n", "ls\u{1b}[2K", "ls\r", "ls\0", "ls\u{7f}", "ls \u{85}", &"a".repeat(100_001)] {
            assert!(look(bad).is_err(), "{bad:?}");
        }
        for odd in [
            "ls \u{202e}x",
            "ls\u{200b}",
            "ls \u{2028}x",
            &"a".repeat(5000),
            &format!("ls{}x", " ".repeat(99)),
            &format!("ls{}x", "\n".repeat(15)),
            &"a".repeat(4097),
            &"a".repeat(100_000),
        ] {
            assert!(matches!(look(odd), Ok(Some(_))), "{odd:?}");
        }
        let longest = "a".repeat(4096);
        for plain in ["ls -l", "grep 'grün' a.txt", "ls\nls", "cat\ta", "ls\n\n\nls", &longest] {
            assert_eq!(look(plain), Ok(None), "{plain:?}");
        }
    }
}
