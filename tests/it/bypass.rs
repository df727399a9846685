//! Ways around the gate that must not compile. Each file of `tests/bypass/` is put into the crate as a
//! room of its own, where everything that is not private is in reach, and must be refused with the
//! code that its first line names.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Attempt by name: its file and the code it must be refused with.
fn attempts() -> BTreeMap<String, (PathBuf, String)> {
    let folder = Path::new(ROOT).join("tests/bypass");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text
                .lines()
                .next()
                .unwrap()
                .strip_prefix("// refused: ")
                .expect("a first line `// refused: CODE`");
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), (path, code.to_owned()))
        })
        .collect()
}

/// Compiles the crate with these attempts in it; the codes that each was refused with.
fn refused(
    work: &Path,
    attempts: &BTreeMap<String, (PathBuf, String)>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut lib = std::fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    for (name, (path, _)) in attempts {
        lib.push_str(&format!("#[path = \"{}\"]\npub mod {name};\n", path.display()));
    }
    std::fs::write(work.join("src/lib.rs"), lib).unwrap();
    let out = Command::new(env!("CARGO"))
        .args(["clippy", "--offline", "--lib", "--message-format=json", "--quiet"])
        .current_dir(work)
        .env("CLIPPY_CONF_DIR", ROOT)
        .env("CARGO_TARGET_DIR", Path::new(ROOT).join("target"))
        .output()
        .unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        for span in message["spans"].as_array().into_iter().flatten().filter(|s| s["is_primary"] == true) {
            let file = Path::new(span["file_name"].as_str().unwrap())
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let code = message["code"]["code"].as_str().unwrap_or("none").to_owned();
            assert!(
                attempts.contains_key(&file),
                "{} does not compile by itself: {message}",
                span["file_name"]
            );
            found.entry(file).or_default().insert(code);
        }
    }
    let failed = !out.status.success();
    assert_eq!(failed, !found.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    found
}

#[test]
fn no_way_around_the_gate_compiles() {
    let work = tempfile::tempdir().unwrap();
    std::fs::create_dir(work.path().join("src")).unwrap();
    for entry in std::fs::read_dir(Path::new(ROOT).join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "lib.rs" && path.file_name().unwrap() != "main.rs" {
            symlink(&path, work.path().join("src").join(path.file_name().unwrap())).unwrap();
        }
    }
    for folder in ["loops", "runbooks"] {
        symlink(Path::new(ROOT).join(folder), work.path().join(folder)).unwrap();
    }
    // The library alone: other targets are not in this folder.
    let manifest = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let value: toml::Table = manifest.parse().unwrap();
    let kept: toml::Table = value
        .into_iter()
        .filter(|(k, _)| !["bin", "test", "bench", "profile"].contains(&k.as_str()))
        .collect();
    let mut kept = kept;
    kept["package"].as_table_mut().unwrap().remove("default-run");
    kept["package"].as_table_mut().unwrap().remove("readme");
    std::fs::write(work.path().join("Cargo.toml"), toml::to_string(&kept).unwrap()).unwrap();
    std::fs::copy(Path::new(ROOT).join("Cargo.lock"), work.path().join("Cargo.lock")).unwrap();

    let all = attempts();
    assert!(all.len() >= 15, "only {} attempts", all.len());
    let mut left = all;
    // An error of an early pass hides those of later ones: what was refused is taken out, and the
    // rest is tried again until nothing is left, or something compiles.
    while !left.is_empty() {
        let found = refused(work.path(), &left);
        assert!(!found.is_empty(), "these compile: {:?}", left.keys());
        for (name, codes) in found {
            let (_, expected) = left.remove(&name).unwrap();
            assert!(codes.contains(&expected), "{name} is refused with {codes:?}, not {expected}");
        }
    }
}
