//! Put files and folders into the trash.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, FileWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most paths of one call.
const MOST: usize = 500;

pub struct FilesTrash;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What goes into the trash, from `/` or `~/`; 500 at most.
    paths: Vec<AbsPath>,
}

impl Typed for FilesTrash {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_trash",
        family: "files",
        risk: Risk::High,
        effect: EffectClass::Destructive,
        about: "Puts files and folders into the system's trash. Their content is pinned when the call is judged.",
        undo: "fleet veto, until the trash is emptied; on macOS by hand",
        bulk: &[],
        needs: None,
        example: r#"{"paths":["~/Downloads/old.zip"]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.paths.is_empty() || args.paths.len() > MOST {
            return Err(Unclear::Args(format!("{} paths: expected 1 to {MOST}", args.paths.len())));
        }
        Ok(args.paths.into_iter().map(|path| Wanted::File(FileWanted::Trash { path })).collect())
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let trashed: Vec<Value> = happened
            .iter()
            .filter_map(|one| {
                let Happened::Trashed { path, at } = one else { return None };
                Some(json!({ "path": path, "where": at }))
            })
            .collect();
        json!({ "trashed": trashed })
    }
}
