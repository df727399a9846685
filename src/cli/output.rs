//! Data to stdout, talk to stderr. A reader that went away is not an error.

use crate::call::visible;
use serde::Serialize;
use std::io::Write as _;

/// One JSON value on one line.
pub fn json<T: Serialize>(value: &T) {
    let text = serde_json::to_string(value).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
    raw(&format!("{text}\n"));
}

/// Lines for a person: what a terminal would obey or hide is written out.
pub fn line(text: &str) {
    raw(&format!("{}\n", visible(text)));
}

/// Data as it is.
pub fn raw(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// One line to the person.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(text));
}

/// `text` in lines of at most `width` characters, broken between words; a longer word stays whole.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in visible(text).split_whitespace() {
        let long = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if long == 0 => line.push_str(word),
            Some(line) if long + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_stay_whole() {
        assert_eq!(wrapped("one two  three abcdefghijk x", 8), ["one two", "three", "abcdefghijk", "x"]);
        assert_eq!(wrapped("", 8), [""]);
    }
}
