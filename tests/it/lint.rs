//! The gate for loops and the registry's commands, as processes.

use crate::harness::World;
use std::path::Path;

const CLEAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loops/lint/clean");

/// The clean loop among the owner's, with parts of its files replaced.
fn own(world: &World, edits: &[(&str, &str, &str)]) {
    for ending in ["toml", "md"] {
        let mut text =
            std::fs::read_to_string(Path::new(CLEAN).join(format!("scan-filer.{ending}"))).unwrap();
        for (_, from, to) in edits.iter().filter(|(of, ..)| *of == ending) {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(world.config().join("loops").join(format!("scan-filer.{ending}")), text).unwrap();
    }
}

/// A mail's text that chooses a path, a half waiver, and a stub in the runbook.
const BAD: &[(&str, &str, &str)] = &[
    (
        "toml",
        "path = \"{{ config.folder }}/filed/list.txt\"",
        "path = \"{{ config.folder }}/{{ known | map(attribute='content') | first }}\"",
    ),
    ("toml", "[limits]", "# fl: allow FL307 because it never happened here until 2099-01-01\n[limits]"),
    (
        "toml",
        "known = \"gather.words",
        "# fl: allow FL305 because the third is for later until 2099-01-01\nthird = \"3 * 3\"\nknown = \"gather.words",
    ),
    ("md", "The scan was left where it is, and is not on the list.\n", ""),
];

#[test]
fn the_lint_reads_like_a_compiler_and_fits_80_columns() {
    let world = World::new();
    own(&world, BAD);
    let mut all = String::new();
    for args in [
        &["loop", "lint", "scan-filer"][..],
        &["loop", "lint"],
        &["loop", "register", "scan-filer"],
        &["loop", "explain", "FL307"],
        &["loop", "explain", "FL999"],
        &["loop", "lint", "no-such-loop"],
    ] {
        let ran = world.fleet(args);
        let text = format!("{}{}", ran.stdout, ran.stderr).replace(world.root().to_str().unwrap(), "/root");
        let long: Vec<_> = text
            .lines()
            .filter(|l| l.chars().count() > 80 && !l.contains("/root") && !l.contains("map("))
            .collect();
        assert!(long.is_empty(), "{long:#?}");
        all.push_str(&format!("$ fleet {}\n{text}[{}]\n\n", args.join(" "), ran.code));
    }
    insta::assert_snapshot!("lint", all);
    let rows = world.fleet(&["loop", "lint", "scan-filer", "--json"]);
    assert_eq!(rows.code, 1);
    let rows = rows.json();
    let got: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["level"] != "warning")
        .map(|r| (r["rule"].as_str().unwrap(), r["level"].as_str().unwrap()))
        .collect();
    assert_eq!(
        got,
        [("FL903", "error"), ("FL305", "waived"), ("FL307", "error"), ("FL608", "error")],
        "{rows}"
    );
    assert!(rows.as_array().unwrap().iter().any(|r| r["rule"] == "FL307" && r["safety"] == true));
}

#[test]
fn what_the_lint_refuses_is_not_registered_and_a_clean_loop_is() {
    let world = World::new();
    own(&world, BAD);
    let ran = world.fleet(&["loop", "register", "scan-filer"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!world.data().join("loops/scan-filer/registered.json").exists());
    assert_eq!(world.count("loop.registered"), 0);
    own(&world, &[]);
    assert_eq!(world.fleet(&["loop", "lint", "scan-filer"]).code, 0);
    assert_eq!(world.fleet(&["loop", "register", "scan-filer"]).code, 0);
    // What is wrong beside the bytes that are copied counts as well.
    let plist = std::fs::read_to_string(Path::new(CLEAN).join("local.fleet.scan-filer.plist")).unwrap();
    let file = world.config().join("loops/local.fleet.scan-filer.plist");
    std::fs::write(&file, plist.replace("/usr/local/bin/fleet", "/bin/sh")).unwrap();
    let ran = world.fleet(&["loop", "register", "scan-filer"]);
    assert!(ran.code == 1 && ran.stderr.contains("FL110"), "{ran:?}");
    std::fs::remove_file(&file).unwrap();
    own(&world, &[("md", "# Scan filer\n", &format!("# Scan filer\n{}\n", "x".repeat(300 << 10)))]);
    let ran = world.fleet(&["loop", "register", "scan-filer"]);
    assert!(ran.code == 1 && ran.stderr.contains("FL008"), "{ran:?}");
    own(&world, &[]);
    // Whoever may write it could change it before it is registered again.
    use std::os::unix::fs::PermissionsExt as _;
    let file = world.config().join("loops/scan-filer.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let ran = world.fleet(&["loop", "register", "scan-filer"]);
    assert!(ran.code == 1 && ran.stderr.contains("FL011"), "{ran:?}");
}

#[test]
fn a_folder_is_looked_at_without_a_home() {
    let world = World::bare();
    let ran = world.fleet(&["loop", "lint", "--in", CLEAN]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1 loop: 0 errors, 0 warnings\n"), "{ran:?}");
    let root = env!("CARGO_MANIFEST_DIR");
    let ran = world.fleet(&["loop", "lint", "--in", root]);
    assert_eq!(ran.code, 0, "the committed loops, runbooks and plists: {ran:?}");
    assert_eq!(world.fleet(&["loop", "lint", "--in", "/no/such/folder"]).code, 2);
}

#[test]
fn a_new_loop_is_refused_until_it_is_written_and_overwrites_nothing() {
    let world = World::new();
    let args =
        ["loop", "new", "old-scans", "--every", "6h", "--gather", "files_list", "--act", "files_trash"];
    let ran = world.fleet(&args);
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 6), "{ran:?}");
    let rows = world.fleet(&["loop", "lint", "old-scans", "--json"]);
    assert_eq!(rows.code, 1);
    let rows = rows.json();
    let files: std::collections::BTreeSet<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["level"] == "error")
        .map(|r| r["file"].as_str().unwrap().rsplit('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(files.len(), 2, "both files wait to be written: {rows}");
    let worlds: Vec<_> = rows.as_array().unwrap().iter().filter(|r| r["rule"] == "FL703").collect();
    assert_eq!(worlds.len(), 0, "what has no clock has no plan: {rows}");
    assert_eq!(world.fleet(&["loop", "register", "old-scans"]).code, 1);
    let again = world.fleet(&args);
    assert!(again.code == 1 && again.stderr.contains("there already"), "{again:?}");
    assert_eq!(world.fleet(&["loop", "new", "stale-branches"]).code, 1);
    let ran = world.fleet(&["loop", "new", "x-y", "--act", "files_shred"]);
    assert!(ran.code == 1 && !world.config().join("loops/x-y.toml").exists(), "{ran:?}");
    assert_eq!(world.fleet(&["loop", "new", "X Y"]).code, 2);
}

#[test]
fn a_pause_skips_runs_until_its_end_and_is_on_record() {
    let world = World::new();
    assert_eq!(world.fleet(&["loop", "pause", "stale-branches"]).code, 1, "not registered");
    assert_eq!(world.fleet(&["loop", "register", "stale-branches"]).code, 0);
    assert_eq!(world.fleet(&["loop", "pause", "stale-branches", "--for", "7d"]).code, 0);
    let ran = world.fleet(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (0, Some("skipped:paused")), "{ran:?}");
    assert!(world.outbox().is_empty());
    let stat = world.fleet(&["loop", "stat", "stale-branches", "-o", "state,last,mode"]);
    assert_eq!(stat.stdout, "paused\tskipped:paused\tlive\n");
    // A pause that does not read is no reason to run.
    let file = world.data().join("loops/stale-branches/paused.json");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "x").unwrap();
    assert_ne!(world.fleet(&["run-loop", "stale-branches", "--now"]).code, 0);
    // Its end has passed.
    let mut past: serde_json::Value = serde_json::from_slice(&good).unwrap();
    past["until"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&file, past.to_string()).unwrap();
    let ran = world.fleet(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_eq!(ran.json()["outcome"], "skipped:not_configured");
    std::fs::write(&file, good).unwrap();
    let ran = world.fleet(&["loop", "resume", "stale-branches", "--json"]);
    assert_eq!((ran.code, ran.json()["was_paused"].as_bool()), (0, Some(true)), "{ran:?}");
    assert_eq!(world.fleet(&["loop", "resume", "stale-branches", "--json"]).json()["was_paused"], false);
    let changes: Vec<_> = world
        .log()
        .into_iter()
        .filter(|e| e["kind"] == "loop.changed")
        .map(|e| (e["outcome"].as_str().unwrap().to_owned(), e["by"].is_string()))
        .collect();
    assert_eq!(changes, [("paused".to_owned(), true), ("resumed".to_owned(), true)]);
    world.verify();
}

#[test]
fn an_unregistered_loop_does_not_run_and_keeps_what_it_left() {
    let world = World::new();
    assert_eq!(world.fleet(&["loop", "register", "stale-branches"]).code, 0);
    world.fleet(&["run-loop", "stale-branches", "--now"]);
    assert_eq!(world.fleet(&["loop", "unregister", "stale-branches"]).code, 0);
    let ran = world.fleet(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (1, Some("failed:unregistered")));
    let runs = world.fleet(&["loop", "history", "stale-branches", "--json"]).json();
    assert_eq!(runs[0]["outcome"], "skipped:not_configured");
    assert_eq!(world.fleet(&["loop", "unregister", "stale-branches"]).code, 1);
    assert_eq!(world.fleet(&["loop", "stat"]).stdout, "");
}

#[test]
fn show_says_where_each_value_comes_from() {
    let world = World::new();
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    own(&world, &[]);
    std::fs::write(&settings, format!("{text}\n[loop.scan-filer]\nfolder = \"~/Scans\"\n")).unwrap();
    let shown = world.fleet(&["loop", "show", "scan-filer", "--json"]).json();
    assert_eq!(
        shown["settings"]["folder"],
        serde_json::json!({"value": "~/Scans", "from": "[loop.scan-filer] of fleet.toml"})
    );
    assert_eq!(shown["settings"]["years"]["from"], "default");
    assert_eq!(shown["limits_from"]["items"], serde_json::json!({"value": 50, "from": "definition"}));
    let shown = world.fleet(&["loop", "show", "unpushed-work", "--json"]).json();
    assert_eq!(shown["limits_from"]["items"]["from"], "default");
    assert_eq!(shown["settings"]["repos"]["from"], "[shared] repos of fleet.toml: empty, and required");
    let next = world.fleet(&["loop", "next", "unpushed-work", "-n", "3", "--json"]).json();
    let at: Vec<_> =
        next.as_array().unwrap().iter().map(|s| s["local"].as_str().unwrap()[10..].to_owned()).collect();
    assert_eq!(at, ["T17:20", "T17:20", "T17:20"], "{next}");
}

/// What a new user copies: the example of fleet-loops(5), with a runbook as that page asks for.
#[test]
fn the_manuals_example_goes_from_new_to_live() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/man/fleet-loops.5")).unwrap();
    let (_, rest) = page.split_once(".SH AN EXAMPLE\n.nf\n").unwrap();
    let (example, _) = rest.split_once(".fi\n").unwrap();
    let world = World::new();
    let id = "old-scans";
    let new = ["loop", "new", id, "--every", "6h", "--gather", "files_list", "--act", "files_trash"];
    assert_eq!(world.fleet(&new).code, 0);
    let (toml, md) = (world.config().join("loops/old-scans.toml"), world.config().join("loops/old-scans.md"));
    std::fs::write(&toml, example).unwrap();
    let mut runbook = std::fs::read_to_string(&md).unwrap();
    for (from, to) in [
        ("# TODO", "# Old scans"),
        ("TODO: what would go wrong without it.", "Scans that were cut off hide those that are whole."),
        (
            "TODO: what it reads, what it changes, each setting in backticks, and when it runs.",
            "Lists the folder in `config.folder`, and offers empty scans there for the trash.",
        ),
        (
            "### todo\nTODO: what is so when it shows.\n1. TODO\n2. TODO\n",
            "None: what it wants stands in the approval.\n",
        ),
        (
            "TODO: what a run that failed left in the world.",
            "A run that failed moved nothing into the trash.",
        ),
        (
            "- `do`: TODO: how it is taken back, or that it cannot be.",
            "- `trash`: take the file out of the trash.",
        ),
        ("- TODO: a command that does without fleet.", "- `ls -la ~/Scans`"),
    ] {
        assert!(runbook.contains(from), "{from}: {runbook}");
        runbook = runbook.replacen(from, to, 1);
    }
    std::fs::write(&md, runbook).unwrap();
    let ran = world.fleet(&["loop", "lint", id]);
    assert!(ran.code == 1 && ran.stdout.matches("FL703").count() == 2, "its worlds are open: {ran:?}");
    let (_, rest) = page.split_once(".SH RECORDED WORLDS\n").unwrap();
    let (_, rest) = rest.split_once(".nf\n").unwrap();
    let (quiet, _) = rest.split_once(".fi\n").unwrap();
    let quiet = quiet.replace("\\-", "-");
    let scan = "[{\"path\": \"/Users/ada/Scans/e.pdf\", \"kind\": \"file\", \"size\": 0}]";
    for (name, told) in [("quiet", quiet.clone()), ("typical", quiet.replace("[]", scan))] {
        let folder = world.config().join("loops/fixtures/old-scans").join(name);
        std::fs::write(folder.join("world.json"), told).unwrap();
        let ran = world.fleet(&["run-loop", id, "--fixture", folder.to_str().unwrap(), "--json"]);
        assert_eq!((ran.code, ran.json()["outcome"].as_str()), (0, Some("planned")), "{ran:?}");
        std::fs::write(folder.join("plan.json"), ran.stdout).unwrap();
    }
    let ran = world.fleet(&["loop", "lint", id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1 loop: 0 errors, 0 warnings\n"), "{ran:?}");
    assert_eq!(world.fleet(&["loop", "register", id]).code, 0);
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\n[loop.old-scans]\nfolder = \"{}\"\n", world.at("scans")))
        .unwrap();
    std::fs::create_dir(world.at("scans")).unwrap();
    std::fs::write(world.at("scans/empty.pdf"), "").unwrap();
    std::fs::write(world.at("scans/whole.pdf"), "x").unwrap();
    let ran = world.fleet(&["run-loop", id, "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (3, Some("awaiting_approval")), "{ran:?}");
    let approval = ran.json()["approvals"][0].as_str().unwrap().to_owned();
    let shown = world.fleet(&["approval", "show", &approval]).stdout;
    assert!(shown.contains("empty.pdf") && !shown.contains("whole.pdf"), "{shown}");
}

#[test]
fn a_recorded_world_is_replayed_without_a_home_and_what_does_not_match_is_loud() {
    let world = World::bare();
    let root = env!("CARGO_MANIFEST_DIR");
    let at = |name: &str| format!("{root}/loops/fixtures/stale-branches/{name}");
    let ran = world.fleet(&["run-loop", "stale-branches", "--fixture", &at("typical")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!("replayed", ran.stdout);
    let ran = world.fleet(&["run-loop", "stale-branches", "--fixture", &at("nothing")]);
    assert!(ran.code == 2 && ran.stderr.contains("nothing/world.json"), "{ran:?}");
    // A call that is not recorded, one that is not made, and a world that is none.
    let typical = std::fs::read_to_string(format!("{}/world.json", at("typical"))).unwrap();
    for (from, to, says, code) in [
        ("\"limit\": 1", "\"limit\": 2", "no call of `git_status`", 1),
        ("[\"~/code/site\", \"~/code/gone\"]", "[\"~/code/site\"]", "does not make it", 1),
        ("\"error\"", "\"eror\"", "unknown field", 2),
        ("\"error\": \"", "\"result\": 1, \"error\": \"", "and not both", 2),
    ] {
        assert!(typical.contains(from), "{from}");
        std::fs::write(world.at("world.json"), typical.replacen(from, to, 1)).unwrap();
        let ran = world.fleet(&["run-loop", "stale-branches", "--fixture", world.w().to_str().unwrap()]);
        assert!(ran.code == code && ran.stderr.contains(says), "{to}: {ran:?}");
    }
    assert!(!world.data().exists(), "it made a home");
    let ran = world.fleet(&["run-loop", "downloads-sorter", "--fixture", &at("typical")]);
    assert_eq!(ran.code, 1, "{ran:?}");
}
