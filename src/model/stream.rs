//! An answer as it comes in, piece by piece: lines with an end, and what all servers say in their ways.

use super::{LONGEST_LINE, LONGEST_TEXT};
use crate::call::ModelTokens;
use serde_json::Value;

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// By itself.
    Stop,
    /// At the most that was asked for.
    Length,
    /// Otherwise.
    Other,
}

impl Finish {
    /// As it is recorded.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Other => "other",
        }
    }

    /// As servers write it.
    pub(super) fn read(text: &str) -> Self {
        match text {
            "stop" => Self::Stop,
            "length" => Self::Length,
            _ => Self::Other,
        }
    }
}

/// What one line said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Nothing of the answer.
    Nothing,
    /// A piece of the answer.
    Piece(String),
    /// The server gave up, in its own words.
    Error(String),
    /// Another machine answers in its place.
    Remote(String),
    /// It is over: nothing comes after.
    Over,
}

/// All that was heard so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// The answer.
    pub text: String,
    /// How it ended, once it did.
    pub finish: Option<Finish>,
    /// As counted by the server.
    pub tokens: ModelTokens,
    /// Probabilities of the first piece, if they were asked for.
    pub odds: Vec<(String, f64)>,
    /// Whether the end was said, not only reached.
    pub over: bool,
    /// Bytes that it spent on thinking aloud.
    pub thought: usize,
}

impl Heard {
    /// Takes a piece.
    ///
    /// # Errors
    /// It is more than an answer may be.
    pub(super) fn take(&mut self, piece: &str) -> Result<(), String> {
        if self.text.len() + piece.len() > LONGEST_TEXT {
            return Err(format!("the answer is longer than {LONGEST_TEXT} bytes"));
        }
        self.text.push_str(piece);
        Ok(())
    }
}

/// A number of tokens, if it is one.
pub(super) fn tokens(value: Option<&Value>) -> u64 {
    value.and_then(Value::as_u64).unwrap_or(0)
}

/// Takes bytes as they come, gives whole lines.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Adds bytes; the lines that are whole with them.
    ///
    /// # Errors
    /// A line is longer than it may be, or is not UTF-8.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            if self.rest.len() + part.len() > LONGEST_LINE {
                return Err(format!("a line of the answer is longer than {LONGEST_LINE} bytes"));
            }
            self.rest.extend_from_slice(part);
            if part.ends_with(b"\n") {
                lines.push(text(std::mem::take(&mut self.rest))?);
            }
        }
        Ok(lines)
    }

    /// What is left without its line feed.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn end(&mut self) -> Result<Option<String>, String> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Ok(None) } else { text(rest).map(Some) }
    }
}

fn text(line: Vec<u8>) -> Result<String, String> {
    let line = String::from_utf8(line).map_err(|_| "a line of the answer is not UTF-8".to_owned())?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let all = "{\"a\":\"\u{e4}\u{1f600}\"}\r\n\ndata: x\nrest";
        for size in 1..all.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for chunk in all.as_bytes().chunks(size) {
                found.extend(lines.take(chunk).unwrap());
            }
            found.extend(lines.end().unwrap());
            assert_eq!(found, ["{\"a\":\"\u{e4}\u{1f600}\"}", "", "data: x", "rest"], "{size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_given_up() {
        let mut lines = Lines::default();
        let chunk = vec![b'x'; 64 * 1024];
        let said = (0..100).find_map(|_| lines.take(&chunk).err());
        assert!(said.unwrap().contains("longer than"));
        assert!(Lines::default().take(b"\xff\n").is_err());
    }
}
