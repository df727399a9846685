//! Lock files against a checkout of the RustSec advisory database. What cannot be judged is a failure:
//! silence must not read as safety.

mod advisory;
mod cvss;

use super::{Hand, Step, Trouble, read};
use crate::call::{Happened, Look, Place};
use crate::gate::resolve::{change, git};
use crate::state::clock;
use advisory::Advisory;
use jiff::Timestamp;
use semver::Version;
use serde_json::{Value, json};
use std::path::Path;

/// Most advisories about one package.
const ABOUT: usize = 500;

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    source: Option<String>,
}

#[derive(serde::Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

pub fn matched(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let Look::Vulns { lockfiles, db, max_age_days } = look else {
        return Err(Trouble::Not("this is no look at lock files".into()));
    };
    let db = db.path.as_path();
    let crates = db.join("crates");
    if !crates.is_dir() {
        return Err(Trouble::Not(format!(
            "`{}` holds no folder `crates`: it is no checkout of the RustSec advisory database",
            db.display()
        )));
    }
    let (mut hits, mut skipped, mut packages) = (Vec::new(), Vec::new(), 0_usize);
    for place in lockfiles {
        let file = place.path.as_str();
        match lock(place.path.as_path()) {
            Err(why) => skipped.push(json!({ "lockfile": file, "why": why })),
            Ok(found) => {
                for package in found {
                    if hand.stopped() {
                        return Err(Trouble::Braked(format!("{} stopped it while looking", hand.stopper())));
                    }
                    packages += 1;
                    if let Err(why) = one(&crates, &package, file, &mut hits) {
                        let name = format!("{} {}", package.name, package.version);
                        skipped.push(json!({ "lockfile": file, "package": name, "why": why }));
                    }
                }
            }
        }
    }
    let (date, stale) = age(hand, db, *max_age_days);
    let mut lacks = Vec::new();
    if !skipped.is_empty() {
        lacks.push(format!("{} lock files or packages were not judged", skipped.len()));
    }
    lacks.extend(stale);
    let value = json!({ "hits": hits, "packages": packages, "db_date": date, "skipped": skipped });
    Ok(Happened::Told { value, lacks: (!lacks.is_empty()).then(|| lacks.join("; ")) })
}

/// The packages of a lock file that come from somewhere else; those of the workspace itself have no
/// source.
fn lock(path: &Path) -> Result<Vec<Package>, String> {
    if path.file_name().is_none_or(|name| name != "Cargo.lock") {
        return Err("only `Cargo.lock` is understood".into());
    }
    let bytes = read::whole(path).map_err(|e| e.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let lock: Lock = toml::from_str(&text).map_err(|e| format!("it does not read: {}", e.message()))?;
    Ok(lock.package.into_iter().filter(|package| package.source.is_some()).collect())
}

/// Judges one package by every advisory about it.
fn one(crates: &Path, package: &Package, lockfile: &str, hits: &mut Vec<Value>) -> Result<(), String> {
    let source = package.source.as_deref().unwrap_or_default();
    if !["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"]
        .contains(&source)
    {
        return Err(format!(
            "it comes from `{}`, about which no advisory speaks",
            crate::call::visible_line(source, 100)
        ));
    }
    // A name is a folder of the checkout, and nothing else.
    if !package.name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err("its name is none of a crate".into());
    }
    let version = Version::parse(&package.version).map_err(|e| format!("its version: {e}"))?;
    let folder = crates.join(&package.name);
    let files = match std::fs::read_dir(&folder) {
        Ok(files) => files,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e.to_string()),
    };
    let mut files: Vec<_> = files.filter_map(|e| e.ok().map(|e| e.path())).take(ABOUT).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "md"));
    files.sort();
    for path in files {
        let bytes = read::whole(&path).map_err(|e| format!("`{}`: {e}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let advisory = Advisory::read(&text).map_err(|e| format!("`{}`: {e}", path.display()))?;
        if advisory.concerns(&package.name, &version)? {
            hits.push(json!({
                "id": advisory.id, "package": package.name, "have": package.version, "fixed": advisory.patched,
                "severity": advisory.severity(), "kind": advisory.kind(), "title": advisory.title,
                "lockfile": lockfile,
            }));
        }
    }
    Ok(())
}

/// When the checkout was last changed, and whether that is too long ago or not known.
fn age(hand: &Hand<'_>, db: &Path, most: u32) -> (Option<String>, Option<String>) {
    // A store elsewhere was not judged, and is not asked.
    let own = git::reaches(db).is_ok_and(|elsewhere| elsewhere.is_empty());
    let said = own.then(|| change::line(hand.home, db, &["log", "-1", "--format=%cI", "HEAD"])).flatten();
    let date = said.and_then(|said| said.parse::<Timestamp>().ok());
    let Some(date) = date else {
        return (
            None,
            Some("when the advisory database was last updated is not known: use a git checkout".into()),
        );
    };
    let days = clock::now().duration_since(date).as_hours() / 24;
    let stale = (days > i64::from(most))
        .then(|| format!("the advisory database is {days} days old, {most} are the most: pull it"));
    (Some(date.to_string()), stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_no_advisory_speaks_about_are_not_taken_for_safe() {
        let dir = tempfile::tempdir().unwrap();
        let package = |source: &str, name: &str| Package {
            name: name.into(),
            version: "1.0.0".into(),
            source: Some(source.into()),
        };
        let mut hits = Vec::new();
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(one(dir.path(), &package(registry, "serde"), "l", &mut hits).is_ok());
        for (source, name) in [("git+https://example.org/x#1", "x"), (registry, "../../etc"), (registry, "")]
        {
            let judged = one(dir.path(), &package(source, name), "l", &mut hits);
            assert_eq!(judged.is_err(), !name.is_empty(), "{source} {name}");
        }
        assert!(hits.is_empty());
    }
}
