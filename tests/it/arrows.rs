//! Who may know whom. A new arrow is a visible decision: it is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Rooms from the ground up, each with the rooms it names. All of them stand above it in this list.
const ROOMS: &[(&str, &[&str])] = &[
    ("call", &[]),
    ("canon", &["call"]),
    ("state", &["call"]),
    ("audit", &["call", "canon", "state"]),
    // Before the tools: whether a question to a model is sound is for its tool to say.
    ("model", &["call", "canon"]),
    ("tools", &["call", "canon", "model"]),
    // Before the gate: a breaker that opens is announced where it opens.
    ("notify", &["call", "state"]),
    ("gate", &["audit", "call", "canon", "notify", "state", "tools"]),
    ("calendar", &[]),
    // fleet's own state is asked there, and which loop is overdue is part of it.
    ("effects", &["audit", "calendar", "call", "canon", "gate", "model", "notify", "state"]),
    ("submit", &["call", "effects", "gate", "state", "tools"]),
    ("loops", &["audit", "calendar", "call", "canon", "gate", "notify", "state", "submit", "tools"]),
    // Installs and sweeps: what a loop's slots are the loops know, and the owner hears of what does not run.
    ("schedule", &["calendar", "call", "gate", "loops", "notify", "state"]),
    ("mcp", &["call", "canon", "gate", "state", "submit", "tools"]),
    ("agent", &["call", "gate", "model", "state", "submit", "tools"]),
    (
        "cli",
        &[
            "agent", "audit", "calendar", "call", "canon", "effects", "gate", "loops", "mcp", "schedule",
            "state", "submit", "tools",
        ],
    ),
];

/// Rooms whose code is pure: no files, processes, sockets, environment or clock.
const PURE: &[&str] = &[
    "call",
    "canon",
    "model",
    "tools",
    "calendar",
    "schedule/launchd.rs",
    "schedule/systemd.rs",
    "schedule/cron.rs",
    "schedule/job.rs",
    "audit/chain.rs",
];
const IMPURE: &[&str] =
    &["std::fs", "std::process", "std::net", "std::env", "SystemTime", "Instant", "rustix", "Timestamp::now"];

fn sources(below: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(below)
        .into_iter()
        .map(|e| e.unwrap().into_path())
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .collect()
}

fn room_of(path: &Path) -> String {
    let first = path.strip_prefix(SRC).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Rooms that a source names, tests and comments included: what a test names is an arrow too.
fn named(text: &str) -> BTreeSet<String> {
    let after = text.split("crate::").skip(1);
    let word = |rest: &str| {
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    for rest in after {
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group.split(',').map(|part| word(part.trim_start()))),
            None => drop(names.insert(word(rest))),
        }
    }
    names
}

#[test]
fn every_arrow_is_in_the_table_and_points_up() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(Path::new(SRC)) {
        let room = room_of(&path);
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let names = named(&std::fs::read_to_string(&path).unwrap());
        let known: BTreeSet<_> =
            names.into_iter().filter(|n| ROOMS.iter().any(|(r, _)| r == n) && *n != room).collect();
        found.entry(room).or_default().extend(known);
    }
    let table: BTreeMap<String, BTreeSet<String>> = ROOMS
        .iter()
        .map(|(room, knows)| ((*room).to_owned(), knows.iter().map(|k| (*k).to_owned()).collect()))
        .collect();
    assert_eq!(found, table, "left: the sources, right: the table");
    for (at, (room, knows)) in ROOMS.iter().enumerate() {
        for other in *knows {
            assert!(
                ROOMS[..at].iter().any(|(r, _)| r == other),
                "`{room}` names `{other}`, which does not stand above it"
            );
        }
    }
}

#[test]
fn pure_rooms_name_nothing_that_touches_the_world() {
    for room in PURE {
        for path in sources(&Path::new(SRC).join(room)) {
            let text = std::fs::read_to_string(&path).unwrap();
            for word in IMPURE {
                assert!(!text.contains(word), "{} names `{word}`", path.display());
            }
        }
    }
}

#[test]
fn the_arrow_finder_sees_what_it_must() {
    assert_eq!(
        named("use crate::gate::{a}; fn f() { crate::audit::x() }"),
        ["audit", "gate"].map(str::to_owned).into()
    );
    assert_eq!(named("use crate::{call::X, state};"), ["call", "state"].map(str::to_owned).into());
    assert_eq!(named("#[cfg(test)] mod t { use crate::cli; }"), ["cli".to_owned()].into());
}

#[test]
fn the_tools_list_is_sorted_and_holds_every_file_of_its_folder() {
    let names: Vec<_> = fleet::tools::TOOLS.iter().map(|t| t.card().name.to_owned()).collect();
    let mut files: Vec<_> = std::fs::read_dir(Path::new(SRC).join("tools"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap().replace(".rs", ""))
        .filter(|n| !["mod", "card", "page", "typed", "undo"].contains(&n.as_str()))
        .collect();
    files.sort();
    assert_eq!(names, files);
}

#[test]
fn architecture_names_every_room_and_the_paths_it_tells_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    for (room, _) in ROOMS {
        assert!(
            text.contains(&format!("`{room}`")) || text.contains(&format!("`{room}/`")),
            "`{room}` is not in ARCHITECTURE.md"
        );
    }
    for path in text.split('`').filter(|p| {
        ["src/", "tests/", "loops/", "runbooks/", "man/", "plists/"].iter().any(|s| p.starts_with(s))
    }) {
        if !path.contains(['<', '*', ' ', 'N']) {
            assert!(root.join(path).exists(), "ARCHITECTURE.md names `{path}`, which is not there");
        }
    }
}

/// Where connections begin, and how often: a new one is a visible decision. What reaches a model is one line
/// of `wire`, whose address is of this machine or does not exist.
const BEGINNINGS: &[(&str, &[(&str, usize)])] = &[
    // The canary sees that what is confined cannot.
    ("TcpStream::connect", &[("effects/confine/canary.rs", 1), ("effects/net/wire.rs", 2)]),
    ("UnixStream::connect", &[("effects/confine/canary.rs", 1), ("effects/net/wire.rs", 1)]),
    ("Agent::with_parts", &[("effects/http.rs", 1)]),
    ("Wire::within", &[("effects/http.rs", 1)]),
    ("At::Loopback(address))", &[("call/model.rs", 1)]),
    ("Agent::new", &[]),
    ("Agent::config_builder", &[]),
    ("ureq::get", &[]),
    ("ureq::post", &[]),
    ("ureq::agent", &[]),
    ("ureq::run", &[]),
];

#[test]
fn connections_begin_where_they_are_known_to_begin() {
    for (word, known) in BEGINNINGS {
        let mut found: Vec<(String, usize)> = sources(Path::new(SRC))
            .into_iter()
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
                let name = path.strip_prefix(SRC).unwrap().display().to_string();
                (name, code.map(|line| line.matches(word).count()).sum())
            })
            .filter(|(_, n)| *n > 0)
            .collect();
        found.sort();
        let known: Vec<_> = known.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        assert_eq!(found, known, "`{word}`");
    }
}
