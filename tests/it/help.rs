//! What people read: help at 80 columns, examples everywhere, exit codes as documented.

use crate::harness::World;

fn subcommands(world: &World, path: &[&str]) -> Vec<String> {
    let help = world.fleet(&[path, &["--help"]].concat()).stdout;
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    rest.lines()
        .take_while(|l| l.starts_with("  "))
        .filter(|l| !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|c| *c != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_help_that_fits_and_shows_an_example() {
    let world = World::bare();
    let mut all = String::new();
    let top = subcommands(&world, &[]);
    assert!(top.len() >= 12, "{top:?}");
    for command in std::iter::once(None).chain(top.iter().map(Some)) {
        let args: Vec<&str> = command.map(String::as_str).into_iter().chain(["--help"]).collect();
        let ran = world.fleet(&args);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("Examples:"), "{args:?} has no example");
        let long: Vec<_> = ran.stdout.lines().filter(|l| l.chars().count() > 80).collect();
        assert!(long.is_empty(), "{args:?}: {long:#?}");
        all.push_str(&format!("$ fleet {}\n{}\n", args.join(" "), ran.stdout));
    }
    for hidden in ["exec-child", "gen "] {
        assert!(!all.contains(hidden), "`{hidden}` shows in the help");
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn usage_errors_are_two_and_json_stays_one_line() {
    let world = World::new();
    for args in [
        &["nonsense"][..],
        &["tool"],
        &["deny"],
        &["run-loop"],
        &["audit", "verify", "--anchor", "x"],
        &["approve", "not an id"],
    ] {
        let ran = world.fleet(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        let ran = world.fleet(&[args, &["--json"]].concat());
        assert_eq!((ran.code, ran.json()["status"].as_str()), (2, Some("failed")), "{args:?}: {ran:?}");
    }
    assert_eq!(world.fleet(&["--version"]).stdout, format!("fleet {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn refusals_read_well() {
    let world = World::new();
    let mut all = String::new();
    for args in [
        &["tool", "call", "files_read", "--args", r#"{"path":"~/.ssh/id_rsa"}"#][..],
        &["tool", "call", "files_read", "--args", r#"{"path":"notes.txt"}"#],
        &["tool", "call", "files_read", "--args", r#"{"path":"/opt/notes","risk":"LOW"}"#],
        &["tool", "call", "nothing"],
        &["approve", "zzzzz"],
        &["run-loop", "stale-branches"],
        &["loop", "live", "stale-branches"],
        &["loop", "show", "nothing-here"],
        &["init"],
    ] {
        let ran = world.fleet(args);
        all.push_str(&format!("$ fleet {}\n{}{}[{}]\n\n", args.join(" "), ran.stdout, ran.stderr, ran.code));
    }
    insta::assert_snapshot!("refusals", all.replace(world.root().to_str().unwrap(), "/root"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let world = World::new();
    let line = format!(
        "{} tool list --json | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}",
        crate::harness::FLEET
    );
    let out = world.process("bash", &["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "0", "{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.stderr.is_empty());
}
