//! Search files.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most hits one call returns, and most lines around each.
const MOST: u32 = 1000;
const AROUND: u32 = 5;
/// Longest pattern.
const LONG: usize = 4096;

pub struct FilesSearch;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The folder or file, from `/` or `~/`.
    path: AbsPath,
    /// What a line must hold.
    pattern: String,
    /// The pattern is a regular expression (Rust's syntax), not plain text.
    #[serde(default)]
    regex: bool,
    /// Only files below the folder that match, such as `**/*.md`.
    #[serde(default)]
    #[schemars(with = "String")]
    glob: Option<String>,
    /// Also what `.gitignore` and `.ignore` below the folder name.
    #[serde(default)]
    ignored: bool,
    /// Also names that start with a dot.
    #[serde(default)]
    hidden: bool,
    /// Lines shown before and after each hit; 5 is the most.
    #[serde(default)]
    context: u32,
    /// At most this many hits; 1000 is the most.
    #[serde(default = "some")]
    limit: u32,
}

const fn some() -> u32 {
    100
}

impl Typed for FilesSearch {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_search",
        family: "files",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Lines of files below a folder that hold a text or match a regular expression, sorted by path; `col` counts bytes. \
                Links are not followed; binary files, files with a second name, and what no tool may read are \
                left out and counted.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"path":"~/notes","pattern":"invoice","glob":"**/*.md"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { path, pattern, regex, glob, ignored, hidden, context, limit } = args;
        if pattern.is_empty() || pattern.len() > LONG || pattern.contains('\n') {
            return Err(Unclear::Args(format!("pattern: expected 1 to {LONG} bytes without a line feed")));
        }
        if limit == 0 || limit > MOST {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST}")));
        }
        if context > AROUND {
            return Err(Unclear::Args(format!("context is {context}: expected 0 to {AROUND}")));
        }
        if let Some(glob) = &glob {
            globset::Glob::new(glob).map_err(|e| Unclear::Args(format!("glob: {e}")))?;
        }
        Ok(vec![Wanted::Look(Look::Search { path, pattern, regex, glob, ignored, hidden, context, limit })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_pattern_and_limits_beyond_are_unclear() {
        for more in [
            json!({"pattern": ""}),
            json!({"pattern": "a\nb"}),
            json!({"limit": 1001}),
            json!({"context": 6}),
        ] {
            let mut args = json!({"path": "/a", "pattern": "x"});
            args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert!(Tool::plan(&FilesSearch, &FilesSearch.bind(&args).unwrap()).is_err(), "{args}");
        }
    }
}
