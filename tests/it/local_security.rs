//! Credentials that lie around, and packages with holes.

use crate::harness::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

// Put together here, so that no scanner takes this file for a leak.
fn token() -> String {
    format!("ghp_{}", "aB3dE5".repeat(7))
}

fn places(rows: &Value) -> BTreeSet<(String, u64, String)> {
    let row = |h: &Value| {
        let path = h["path"].as_str().unwrap();
        let name = path.rsplit('/').next().unwrap().to_owned();
        (name, h["line"].as_u64().unwrap(), h["rule"].as_str().unwrap().to_owned())
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn credentials_are_told_by_place_and_never_by_themselves() {
    let world = World::new();
    let repo = world.repository("r");
    let key = format!("-----BEGIN {} PRIVATE KEY-----\nMIIabc\n-----END {} PRIVATE KEY-----\n", "EC", "EC");
    std::fs::write(world.at("r/config.py"), format!("# x\n\nKEY = '{}'\n", token())).unwrap();
    std::fs::write(world.at("r/again.txt"), format!("{}\n", token())).unwrap();
    std::fs::write(world.at("r/server.pem"), format!("text\n{key}")).unwrap();
    std::fs::write(world.at("r/.gitignore"), "*.secret\n").unwrap();
    std::fs::write(world.at("r/a.secret"), format!("postgres://ada:{}@db.example.org/x\n", "s3cr3tWord"))
        .unwrap();
    std::fs::write(world.at("r/plain.md"), "your password: tomorrow\nthe token is missing\n").unwrap();
    std::fs::write(world.at("r/binary"), format!("\0\0{}", token())).unwrap();
    let said = world.done("security_secrets_scan", json!({"root": repo}));
    let expected = [
        ("a.secret", 1, "password-in-address"),
        ("again.txt", 1, "ghp_"),
        ("config.py", 3, "ghp_"),
        ("server.pem", 2, "private-key"),
    ];
    let expected: BTreeSet<_> = expected.map(|(p, l, r)| (p.to_owned(), l, r.to_owned())).into();
    assert_eq!(places(&said["hits"]), expected);
    let text = said.to_string();
    assert!(!text.contains(&token()) && !text.contains("s3cr3tWord") && !text.contains("MIIabc"), "{text}");
    // The same credential has the same fingerprint.
    let prints: BTreeSet<_> =
        said["hits"].as_array().unwrap().iter().map(|h| h["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), 3);
    // Neither does the log know it.
    assert!(!std::fs::read_to_string(world.segment()).unwrap().contains(&token()));
}

#[test]
fn what_was_taken_out_again_is_found_in_the_past() {
    let world = World::new();
    let repo = world.repository("r");
    std::fs::write(world.at("r/conf"), format!("one\ntwo\n{}\n", token())).unwrap();
    world.git("r", &["add", "conf"]);
    world.git("r", &["commit", "--quiet", "-m", "conf"]);
    let guilty = world.git("r", &["rev-parse", "HEAD"]);
    std::fs::write(world.at("r/conf"), "one\ntwo\n").unwrap();
    world.git("r", &["commit", "--quiet", "-am", "no conf"]);
    // Programs that the repository names do not run for it.
    let canary = world.at("canary");
    for (key, value) in
        [("diff.external", "touch"), ("diff.x.textconv", "touch"), ("core.fsmonitor", "touch")]
    {
        world.git("r", &["config", key, &format!("{value} {canary}")]);
    }
    std::fs::write(world.at("r/.gitattributes"), "* diff=x\n").unwrap();
    let now = world.done("security_secrets_scan", json!({"root": repo}));
    assert_eq!(now["hits"], json!([]));
    let past = world.done("security_secrets_scan", json!({"root": repo, "git_history": true}));
    assert_eq!(places(&past["history"]), BTreeSet::from([("conf".to_owned(), 3, "ghp_".to_owned())]));
    assert_eq!(past["history"][0]["commit"], json!(guilty));
    assert!(!past.to_string().contains(&token()) && !std::path::Path::new(&canary).exists());
    let (code, reply) = world.call("security_secrets_scan", json!({"root": world.w(), "git_history": true}));
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("no history"), "{reply}");
}

#[test]
fn giants_pipes_and_long_lines_do_not_hold_a_scan_up() {
    let world = World::new();
    std::fs::File::create(world.at("giant")).unwrap().set_len(5 << 30).unwrap();
    assert!(world.process("mkfifo", &[&world.at("pipe")]).status().unwrap().success());
    std::fs::write(world.at("long"), format!("{} {}", "x ".repeat(2 << 20), token())).unwrap();
    let started = std::time::Instant::now();
    let said = world.done("security_secrets_scan", json!({"root": world.w()}));
    assert!(started.elapsed() < std::time::Duration::from_secs(30));
    assert_eq!(places(&said["hits"]), BTreeSet::from([("long".to_owned(), 1, "ghp_".to_owned())]));
}

/// A checkout of the advisory database with one advisory, committed at `date`.
fn database(world: &World, date: &str) -> String {
    let folder = world.w().join("db/crates/smallvec");
    std::fs::create_dir_all(&folder).unwrap();
    let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2018-0003\"\npackage = \"smallvec\"\ndate = \"2018-07-19\"\ncvss = \"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"\n\n[versions]\npatched = [\">= 0.6.3\", \"^0.3.4\"]\nunaffected = [\"< 0.3.2\"]\n```\n\n# Possible double free\n";
    std::fs::write(folder.join("RUSTSEC-2018-0003.md"), advisory).unwrap();
    world.git("db", &["init", "--quiet", "."]);
    world.git("db", &["add", "."]);
    let mut commit =
        world.process("git", &["-c", "user.name=A", "-c", "user.email=a@x", "commit", "--quiet", "-m", "db"]);
    commit.current_dir(world.w().join("db")).env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date);
    assert!(commit.status().unwrap().success());
    world.at("db")
}

fn lockfile(world: &World, folder: &str, packages: &[(&str, &str, &str)]) -> String {
    std::fs::create_dir_all(world.w().join(folder)).unwrap();
    let entries = packages.iter().map(|(name, version, source)| {
        let source = if source.is_empty() { String::new() } else { format!("source = \"{source}\"\n") };
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}\n")
    });
    let path = world.at(&format!("{folder}/Cargo.lock"));
    std::fs::write(&path, format!("version = 4\n\n{}", entries.collect::<String>())).unwrap();
    path
}

#[test]
fn a_package_with_a_hole_is_named_and_what_is_not_judged_fails() {
    let world = World::new();
    let now = jiff::Timestamp::now().to_string();
    let db = database(&world, &now);
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let holed = lockfile(
        &world,
        "a",
        &[("smallvec", "0.6.2", registry), ("serde", "1.0.0", registry), ("own", "0.1.0", "")],
    );
    let sound = lockfile(&world, "b", &[("smallvec", "0.6.3", registry)]);
    let said = world.done("security_vulns", json!({"lockfiles": [holed, sound], "db": db}));
    let hit = &said["hits"][0];
    assert_eq!((said["hits"].as_array().unwrap().len(), &said["packages"]), (1, &json!(3)));
    assert_eq!(
        (&hit["id"], &hit["have"], &hit["severity"]),
        (&json!("RUSTSEC-2018-0003"), &json!("0.6.2"), &json!("critical"))
    );
    let elsewhere = lockfile(&world, "c", &[("smallvec", "0.6.2", "git+https://example.org/x#1")]);
    for (files, why) in [
        (json!([elsewhere]), "not judged"),
        (json!([sound, world.at("d/Cargo.lock")]), "not judged"),
        (json!([world.at("db/crates/smallvec/RUSTSEC-2018-0003.md")]), "not judged"),
    ] {
        let (code, reply) = world.call("security_vulns", json!({"lockfiles": files, "db": db}));
        assert!(code == 1 && reply["error"].as_str().unwrap().contains(why), "{reply}");
        assert_eq!(reply["result"]["skipped"].as_array().unwrap().len(), 1, "{reply}");
    }
}

#[test]
fn a_database_of_unknown_or_old_age_fails_whatever_it_says() {
    let world = World::new();
    let db = database(&world, "2020-01-01T00:00:00Z");
    let sound = lockfile(
        &world,
        "b",
        &[("smallvec", "0.6.3", "registry+https://github.com/rust-lang/crates.io-index")],
    );
    let call = |db: &str| world.call("security_vulns", json!({"lockfiles": [sound], "db": db}));
    let (code, reply) = call(&db);
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("days old"), "{reply}");
    std::fs::remove_dir_all(world.at("db/.git")).unwrap();
    let (code, reply) = call(&db);
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("not known"), "{reply}");
    let (code, reply) = call(&world.at("b"));
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("no checkout"), "{reply}");
}
