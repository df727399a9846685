//! Read one file.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, FileWanted, Happened, Risk, Wanted};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most bytes one call returns.
const MOST: u64 = 1 << 20;

pub struct FilesRead;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The file, from `/` or `~/`.
    path: AbsPath,
    /// First byte wanted.
    #[serde(default)]
    offset: u64,
    /// At most this many bytes; 1048576 is the most.
    #[serde(default = "some")]
    max_bytes: u64,
    /// `auto` gives text where the bytes are UTF-8, else base64.
    #[serde(default)]
    encoding: Encoding,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Auto,
    Base64,
}

const fn some() -> u64 {
    65_536
}

impl Typed for FilesRead {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_read",
        family: "files",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Reads one regular file of at most 64 MiB, whole or in parts, with the hash of the whole.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"path":"~/notes.txt"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.max_bytes == 0 || args.max_bytes > MOST {
            return Err(Unclear::Args(format!("max_bytes is {}: expected 1 to {MOST}", args.max_bytes)));
        }
        let Args { path, offset, max_bytes, .. } = args;
        Ok(vec![Wanted::File(FileWanted::Read { path, offset, max_bytes })])
    }

    fn report(args: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Read { path, bytes, sha256, size, truncated }) = happened.first() else {
            return Value::Null;
        };
        let mut result = json!({ "path": path, "sha256": sha256, "size": size, "truncated": truncated });
        let (name, value) = match text(bytes, *truncated).filter(|_| args.encoding == Encoding::Auto) {
            Some(text) => ("text", text.to_owned()),
            None => ("base64", base64::engine::general_purpose::STANDARD.encode(bytes)),
        };
        if let Some(members) = result.as_object_mut() {
            members.insert(name.to_owned(), value.into());
        }
        result
    }
}

/// The bytes as text; a character cut at the end of a part is left for the next part.
fn text(bytes: &[u8], truncated: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(e) if truncated && e.error_len().is_none() && e.valid_up_to() > 0 => {
            bytes.get(..e.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok())
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn defaults_are_bound_and_a_relative_path_is_unclear() {
        let bound = FilesRead.bind(&json!({"path": "/a"})).unwrap();
        assert_eq!(bound.json(), &json!({"path": "/a", "offset": 0, "max_bytes": 65536, "encoding": "auto"}));
        assert!(
            FilesRead.bind(&json!({"path": "notes.txt"})).unwrap_err().to_string().contains("not absolute")
        );
        let zero = FilesRead.bind(&json!({"path": "/a", "max_bytes": 0})).unwrap();
        assert!(Tool::plan(&FilesRead, &zero).is_err());
        assert!(FilesRead.bind(&json!({"path": "/a", "offset": "1"})).is_err());
        assert!(FilesRead.bind(&json!({"path": "/a", "offset": 1.0})).is_err());
    }

    #[test]
    fn a_character_cut_in_two_is_left_out_and_other_bytes_are_base64() {
        assert_eq!(text("aü".as_bytes().get(..2).unwrap(), true), Some("a"));
        assert_eq!(text(b"a\xffb", true), None);
        assert_eq!(text(b"a\xc3", false), None);
    }
}
