//! List a folder.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, FileWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most entries one call returns.
const MOST: u32 = 10_000;

pub struct FilesList;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The folder, from `/` or `~/`.
    path: AbsPath,
    /// Levels below it, 1 to 16.
    #[serde(default = "one")]
    depth: u32,
    /// Only paths below the folder that match, such as `**/*.pdf`.
    #[serde(default)]
    #[schemars(with = "String")]
    glob: Option<String>,
    /// Also names that start with a dot.
    #[serde(default)]
    hidden: bool,
    /// At most this many entries; 10000 is the most.
    #[serde(default = "thousand")]
    limit: u32,
}

const fn one() -> u32 {
    1
}

const fn thousand() -> u32 {
    1000
}

impl Typed for FilesList {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_list",
        family: "files",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Lists a folder, sorted by path. Links are listed, never followed.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"path":"~/Downloads","glob":"*.pdf"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.depth == 0 || args.depth > 16 {
            return Err(Unclear::Args(format!("depth is {}: expected 1 to 16", args.depth)));
        }
        if args.limit == 0 || args.limit > MOST {
            return Err(Unclear::Args(format!("limit is {}: expected 1 to {MOST}", args.limit)));
        }
        if let Some(glob) = &args.glob {
            globset::Glob::new(glob).map_err(|e| Unclear::Args(format!("glob: {e}")))?;
        }
        let Args { path, depth, glob, hidden, limit } = args;
        Ok(vec![Wanted::File(FileWanted::List { path, depth, glob, hidden, limit })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Listed { path, entries, truncated, refused }) = happened.first() else {
            return Value::Null;
        };
        let entries: Vec<Value> = entries
            .iter()
            .map(|e| {
                let name = e.path.rsplit('/').next().unwrap_or_default();
                json!({ "path": e.path, "name": name, "kind": e.kind, "size": e.size, "mtime": e.mtime })
            })
            .collect();
        json!({ "path": path, "entries": entries, "truncated": truncated, "refused": refused })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn limits_and_globs_are_checked_before_anything_is_wanted() {
        for bad in [
            json!({"depth": 0}),
            json!({"depth": 17}),
            json!({"limit": 0}),
            json!({"limit": 10001}),
            json!({"glob": "[a"}),
        ] {
            let mut args = json!({"path": "/a"});
            args.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            let bound = FilesList.bind(&args).unwrap();
            assert!(Tool::plan(&FilesList, &bound).is_err(), "{args}");
        }
    }
}
