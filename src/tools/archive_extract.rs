//! Unpack an archive.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, ExtractWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most bytes and entries that one call unpacks.
const MOST_BYTES: u64 = 4 << 30;
const MOST_ENTRIES: u64 = 20_000;

pub struct ArchiveExtract;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The archive, from `/` or `~/`: zip, tar or tar.gz.
    archive: AbsPath,
    /// The folder that gets its entries; made if the one above exists.
    into: AbsPath,
    /// Most bytes that may come out; 4294967296 is the most.
    #[serde(default = "bytes")]
    max_bytes: u64,
    /// Most entries that may come out; 20000 is the most.
    #[serde(default = "entries")]
    max_entries: u64,
}

const fn bytes() -> u64 {
    256 << 20
}

const fn entries() -> u64 {
    5000
}

impl Typed for ArchiveExtract {
    type Args = Args;
    const CARD: Card = Card {
        name: "archive_extract",
        family: "files",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Unpacks a zip, tar or tar.gz archive into one folder. Never overwrites, and never leaves that folder.",
        undo: "fleet veto puts what it created into the trash; of very many files, by hand",
        bulk: &[],
        needs: None,
        example: r#"{"archive":"~/Downloads/site.zip","into":"~/Downloads/site"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { archive, into, max_bytes, max_entries } = args;
        if max_bytes == 0 || max_bytes > MOST_BYTES {
            return Err(Unclear::Args(format!("max_bytes is {max_bytes}: expected 1 to {MOST_BYTES}")));
        }
        if max_entries == 0 || max_entries > MOST_ENTRIES {
            return Err(Unclear::Args(format!("max_entries is {max_entries}: expected 1 to {MOST_ENTRIES}")));
        }
        Ok(vec![Wanted::Extract(ExtractWanted { archive, into, max_bytes, max_entries })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Unpacked { into, created, undo }) = happened.first() else { return Value::Null };
        let created: Vec<Value> =
            created.iter().map(|(path, sha256)| json!({ "path": path, "sha256": sha256 })).collect();
        json!({ "into": into, "created": created, "undo": undo })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn limits_are_bound_and_have_an_end() {
        let bound = ArchiveExtract.bind(&json!({"archive": "/a.zip", "into": "/b"})).unwrap();
        assert_eq!(
            (&bound.json()["max_bytes"], &bound.json()["max_entries"]),
            (&json!(256 << 20), &json!(5000))
        );
        for bad in
            [json!({"max_bytes": 0}), json!({"max_bytes": (4u64 << 30) + 1}), json!({"max_entries": 20_001})]
        {
            let mut args = json!({"archive": "/a.zip", "into": "/b"});
            args.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            assert!(Tool::plan(&ArchiveExtract, &ArchiveExtract.bind(&args).unwrap()).is_err(), "{bad}");
        }
    }
}
