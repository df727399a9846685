//! Paths: as wanted (absolute or below `~`) and as resolved (real, UTF-8).

use super::Malformed;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `PATH_MAX` of Linux and macOS' larger systems; longer paths cannot be opened by name anyway.
const LONGEST: usize = 4096;

/// A path that says by itself where it starts: absolute, or below `~`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsPath(String);

impl AbsPath {
    /// Takes an absolute path, `~` or `~/…`.
    ///
    /// # Errors
    /// [`Malformed`] for relative paths, control characters, and over 4096 bytes.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bad = |why: &str| Err(Malformed::new("path", text, why));
        if text.is_empty() {
            return bad("is empty");
        }
        if text.len() > LONGEST {
            return bad("is longer than 4096 bytes");
        }
        if text.chars().any(char::is_control) {
            return bad("contains a control character");
        }
        if !(text.starts_with('/') || text == "~" || text.starts_with("~/")) {
            return bad("is not absolute; write it from `/` or `~/`");
        }
        Ok(Self(text.to_owned()))
    }

    /// The path with `~` replaced by `home`.
    pub fn expand(&self, home: &Path) -> std::path::PathBuf {
        match self.0.strip_prefix('~') {
            Some(rest) => home.join(rest.trim_start_matches('/')),
            None => self.0.clone().into(),
        }
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AbsPath {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<AbsPath> for String {
    fn from(path: AbsPath) -> String {
        path.0
    }
}

impl schemars::JsonSchema for AbsPath {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AbsPath".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A path from `/` or `~/`" })
    }
}

/// A path with every link followed, as the hand will open it. Made by the gate's resolver.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RealPath(String);

impl RealPath {
    /// Takes the outcome of resolving; `path` is absolute and holds no link.
    ///
    /// # Errors
    /// [`Malformed`] if the path is not UTF-8, since it could be neither shown nor logged.
    pub fn new(path: &Path) -> Result<Self, Malformed> {
        match path.to_str() {
            Some(text) => Ok(Self(text.to_owned())),
            None => Err(Malformed::new("path", &path.to_string_lossy(), "is not UTF-8")),
        }
    }

    /// For opening.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// For showing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RealPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_say_where_they_start() {
        for bad in ["", "notes.txt", "./x", "../x", "~anna/x", "file:///x", "/a\nb", "/a\0b"] {
            assert!(AbsPath::parse(bad).is_err(), "{bad:?}");
        }
        assert!(AbsPath::parse(&format!("/{}", "a".repeat(4096))).is_err());
        assert_eq!(AbsPath::parse("~/a").map(|p| p.expand(Path::new("/home/u"))), Ok("/home/u/a".into()));
    }
}
