//! Move or copy files and folders.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, FileWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most pairs of one call: what an approver can read and a log line can hold.
const MOST: usize = 500;

pub struct FilesMove;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What goes where, in this order; 500 pairs at most.
    pairs: Vec<Pair>,
    /// Leave the originals.
    #[serde(default)]
    copy: bool,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pair {
    /// The file or folder, from `/` or `~/`.
    from: AbsPath,
    /// Its new path; nothing may stand there. Its folder is made if the one above exists.
    to: AbsPath,
}

impl Typed for FilesMove {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_move",
        family: "files",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Moves or copies files and folders, pair by pair. Never overwrites: a target that exists stops the \
                call there; pairs before it stay moved.",
        undo: "fleet veto, or move back as the undo line of each pair says",
        bulk: &[],
        needs: None,
        example: r#"{"pairs":[{"from":"~/Downloads/a.pdf","to":"~/Documents/a.pdf"}]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.pairs.is_empty() || args.pairs.len() > MOST {
            return Err(Unclear::Args(format!("{} pairs: expected 1 to {MOST}", args.pairs.len())));
        }
        let copy = args.copy;
        let wanted = |Pair { from, to }| Wanted::File(FileWanted::Move { from, to, copy });
        Ok(args.pairs.into_iter().map(wanted).collect())
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let moved: Vec<Value> = happened
            .iter()
            .filter_map(|one| {
                let Happened::Moved { from, to, sha256, undo } = one else { return None };
                Some(json!({ "from": from, "to": to, "sha256": sha256, "undo": undo }))
            })
            .collect();
        json!({ "moved": moved })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn no_pairs_and_too_many_are_unclear() {
        for n in [0, MOST + 1] {
            let pairs = vec![json!({"from": "/a", "to": "/b"}); n];
            let bound = FilesMove.bind(&json!({ "pairs": pairs })).unwrap();
            assert!(Tool::plan(&FilesMove, &bound).is_err(), "{n}");
        }
    }
}
