//! `tests/faults.toml` follows the tree: a fault that cannot be planted any more guards nothing.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[derive(Deserialize)]
struct Faults {
    fault: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    file: String,
    #[serde(flatten)]
    change: Change,
    also: Option<Change>,
    test: String,
}

#[derive(Deserialize)]
struct Change {
    find: String,
    with: String,
}

#[test]
fn every_fault_can_be_planted_and_has_its_test() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("tests/faults.toml")).unwrap();
    let Faults { fault } = toml::from_str(&text).unwrap();
    let tests: BTreeSet<String> = ["src", "tests/it"]
        .iter()
        .flat_map(|room| walkdir::WalkDir::new(Path::new(ROOT).join(room)))
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .flat_map(|path| functions(&std::fs::read_to_string(path).unwrap()))
        .collect();
    let mut names = BTreeSet::new();
    let wrong: Vec<_> = fault.iter().filter_map(|f| wrong(f, &tests, &mut names)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

fn wrong<'a>(fault: &'a Fault, tests: &BTreeSet<String>, names: &mut BTreeSet<&'a str>) -> Option<String> {
    let Fault { name, file, .. } = fault;
    if !names.insert(name) {
        return Some(format!("{name}: there are two"));
    }
    let code = std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_default();
    for Change { find, with } in std::iter::once(&fault.change).chain(&fault.also) {
        let times = code.matches(find.as_str()).count();
        if times != 1 || find == with {
            return Some(format!("{name}: `{find}` stands {times} times in {file}"));
        }
    }
    let test = fault.test.rsplit("::").next().unwrap_or_default();
    (!tests.contains(test)).then(|| format!("{name}: there is no test {test}"))
}

fn functions(code: &str) -> Vec<String> {
    code.split("fn ")
        .skip(1)
        .map(|after| after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}
