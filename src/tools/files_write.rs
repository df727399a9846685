//! Write one text file.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, Digest, FileWanted, Happened, Risk, Wanted, WriteMode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct FilesWrite;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The file, from `/` or `~/`; its folder must exist.
    path: AbsPath,
    /// The text.
    content: String,
    /// `create` refuses to touch a file that exists.
    #[serde(default = "create")]
    mode: WriteMode,
    /// The hash of the content that is believed to be there; another content stops the call.
    #[serde(default)]
    #[schemars(with = "String")]
    expect_sha256: Option<Digest>,
}

const fn create() -> WriteMode {
    WriteMode::Create
}

impl Typed for FilesWrite {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_write",
        family: "files",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Writes a text file: creates, replaces or appends. The earlier content is kept.",
        undo: "fleet veto; the earlier content is kept under the undo id of the result",
        bulk: &["content"],
        needs: None,
        example: r#"{"path":"~/notes.txt","content":"hello\n","mode":"append"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { path, content, mode, expect_sha256 } = args;
        if mode == WriteMode::Create && expect_sha256.is_some() {
            return Err(Unclear::Args(
                "expect_sha256 makes no sense with mode `create`: nothing is there".into(),
            ));
        }
        Ok(vec![Wanted::File(FileWanted::Write {
            path,
            content: content.into_bytes(),
            mode,
            expect: expect_sha256,
        })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Written { path, before, after, diff, undo }) = happened.first() else {
            return Value::Null;
        };
        json!({ "path": path, "sha256_before": before, "sha256_after": after, "diff": diff, "undo": undo })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn the_safe_mode_is_the_default() {
        let bound = FilesWrite.bind(&json!({"path": "/a", "content": ""})).unwrap();
        assert_eq!(bound.json()["mode"], "create");
        assert!(FilesWrite.bind(&json!({"path": "/a", "content": "", "mode": "overwrite"})).is_err());
        assert!(FilesWrite.bind(&json!({"path": "/a", "content": "", "expect_sha256": "abc"})).is_err());
    }
}
