//! What files and folders are.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, Look, Risk, Wanted};
use crate::canon::sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most paths of one call, and most entries that it returns.
const PATHS: usize = 1000;
const MOST: u32 = 10_000;

pub struct FilesStat;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Files and folders, from `/` or `~/`.
    paths: Vec<AbsPath>,
    /// Instead of the paths themselves, what lies below them and matches, such as `**/*.jpg`.
    #[serde(default)]
    #[schemars(with = "String")]
    glob: Option<String>,
    /// Also the hash of each file's content.
    #[serde(default)]
    hash: bool,
    /// Also what the system keeps beside each file, such as where a download came from.
    #[serde(default)]
    xattr: bool,
    /// Also one hash over all of them: that of the list which `sha256sum` would print. Hashes each file.
    #[serde(default)]
    manifest: bool,
    /// At most this many entries; 10000 is the most.
    #[serde(default = "thousand")]
    limit: u32,
}

const fn thousand() -> u32 {
    1000
}

impl Typed for FilesStat {
    type Args = Args;
    const CARD: Card = Card {
        name: "files_stat",
        family: "files",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "What files and folders are: kind, size, mode, last change, and if asked hash, extended \
                attributes and one hash over all. Files over 4 GiB are not hashed, which is said.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"paths":["~/Pictures"],"glob":"**/*.jpg","manifest":true}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { paths, glob, hash, xattr, manifest, limit } = args;
        if paths.is_empty() || paths.len() > PATHS {
            return Err(Unclear::Args(format!("{} paths: expected 1 to {PATHS}", paths.len())));
        }
        if limit == 0 || limit > MOST {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST}")));
        }
        if let Some(glob) = &glob {
            globset::Glob::new(glob).map_err(|e| Unclear::Args(format!("glob: {e}")))?;
        }
        Ok(vec![Wanted::Look(Look::Stat { paths, glob, hash: hash || manifest, xattr, limit })])
    }

    fn report(args: Args, happened: &[Happened]) -> Value {
        let mut result = told(happened);
        let sum = args.manifest.then(|| manifest(&result)).flatten();
        if let Some(members) = result.as_object_mut().filter(|_| args.manifest) {
            members.insert("manifest".into(), sum.into());
        }
        result
    }
}

/// The hash of `HASH  PATH` lines of all files; none if one was not hashed, or not all are listed.
fn manifest(result: &Value) -> Option<String> {
    let mut lines = String::new();
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    if result.get("truncated").and_then(Value::as_bool) != Some(false) {
        return None;
    }
    for item in result.get("items")?.as_array()? {
        if text(item, "kind")? == "file" {
            lines.push_str(&format!("{}  {}\n", text(item, "sha256")?, text(item, "path")?));
        }
    }
    Some(sha256(lines.as_bytes()).as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_manifest_is_of_all_files_or_of_none() {
        let item = |sha: Value| json!({"kind": "file", "path": "/a", "sha256": sha});
        let of = |items: Value, truncated: bool| manifest(&json!({"items": items, "truncated": truncated}));
        let sum = sha256(b"ff  /a\n").as_str().to_owned();
        assert_eq!(of(json!([item(json!("ff")), {"kind": "dir", "path": "/b"}]), false), Some(sum));
        assert_eq!(of(json!([item(json!("ff"))]), true), None);
        assert_eq!(of(json!([item(json!("ff")), item(Value::Null)]), false), None);
    }

    #[test]
    fn nothing_and_too_much_are_unclear() {
        for args in [
            json!({"paths": []}),
            json!({"paths": ["/a"], "limit": 0}),
            json!({"paths": ["/a"], "glob": "[a"}),
        ] {
            assert!(Tool::plan(&FilesStat, &FilesStat.bind(&args).unwrap()).is_err(), "{args}");
        }
    }
}
