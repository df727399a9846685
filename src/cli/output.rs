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
