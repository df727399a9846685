//! Decisions are a person's: channel, proof, and nothing that fleet itself started.

use crate::harness::{FLEET, World};
use serde_json::json;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

#[test]
fn without_an_open_channel_it_waits_and_says_what_to_do() {
    let world = World::bare();
    assert_eq!(world.fleet(&["init", "--workspace", world.w().to_str().unwrap()]).code, 0);
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    for args in [&["approve", &id][..], &["deny", &id, "--reason", "x"], &["loop", "register", "--all"]] {
        let ran = world.fleet(args);
        assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains("on a terminal"), "{ran:?}");
    }
    assert_eq!((world.count("approval.decided"), world.count("call.intent")), (0, 0));
}

/// Where no profile holds programs, this is what keeps them from deciding.
#[test]
fn what_fleet_started_does_not_decide_about_fleet() {
    let world = World::new();
    world.unconfine();
    let target = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    std::fs::copy(FLEET, world.at("copy")).unwrap();
    std::os::unix::fs::symlink(FLEET, world.at("link")).unwrap();
    let set = format!(
        "F={FLEET} W={} T={target}; export FLEET_HOME={} HOME={}\n",
        world.w().display(),
        world.root().join("fleet").display(),
        world.user().display()
    );
    let lines = [
        "$F approve $T",
        "$F deny $T --reason x",
        "$F loop register --all",
        "$F loop unregister stale-branches",
        "$F loop live stale-branches",
        "$F loop observe stale-branches",
        "$F loop pause stale-branches --for 7d",
        "$F loop resume stale-branches",
        "sh -c 'exec \"$0\" approve \"$1\"' $F $T",
        "$W/copy approve $T",
        "$W/link approve $T",
        "cp $F $W/renamed && $W/renamed approve $T",
        "ln -f $W/copy $W/hard && $W/hard approve $T",
        "python3 -c 'import os, sys; os.execv(sys.argv[1], [\"ls\", \"approve\", sys.argv[2]])' $F $T",
        "$(ls /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* 2>/dev/null | head -1) $F approve $T",
        "env -i FLEET_HOME=$FLEET_HOME $F approve $T",
        "setsid -w $W/copy approve $T",
        "nohup $F approve $T",
        "echo $T | xargs $F approve",
        "find $F -exec {} approve $T ';' 2>&1 | grep -q 'descends from' && echo descends from && false",
        "script -qec \"$F approve $T\" /dev/null",
        "/proc/self/root$F approve $T",
        "((sleep 0.1; $F approve $T) >$W/orphan 2>&1 &); sleep 0.3; cat $W/orphan; false",
        "HOME=$W FLEET_HOME=$FLEET_HOME $F approve $T",
    ];
    for (line, exit, said) in world.lines(&set, &lines, json!({})) {
        assert!(exit != 0 && said.contains("descends from"), "`{line}` exit {exit}: {said}");
    }
    let waiting = world.fleet(&["approval", "list", "--json"]).json();
    assert_eq!(waiting.as_array().unwrap().iter().filter(|a| a["approval"] == target.as_str()).count(), 1);
    let decided = |e: &serde_json::Value| e["kind"] == "approval.decided" && e["approval"] == target.as_str();
    assert!(!world.log().iter().any(decided));
}

/// As in a container that was entered from outside: `getsid` answers 0 there.
#[test]
fn a_session_whose_leader_is_outside_the_pid_namespace_decides_too() {
    let world = World::new();
    let outside = ["--map-root-user", "--pid", "--fork"];
    if !world.process("unshare", &outside).arg("true").status().is_ok_and(|s| s.success()) {
        crate::harness::left_out("a_session_whose_leader_is_outside", "this machine gives no pid namespaces");
        return;
    }
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    let ran = world.process("unshare", &outside).args([FLEET, "approve", &id]).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    assert_eq!(world.count("approval.decided"), 1);
}

#[test]
fn who_from_where_and_with_which_proof_is_on_record() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    world.fleet(&["approve", &id]);
    let entry = world.log().into_iter().find(|e| e["kind"] == "approval.decided").unwrap();
    assert!(entry["by"].as_str().unwrap().contains("uid"), "{entry}");
    assert!(entry["source"].as_str().unwrap().starts_with("script"), "{entry}");
    assert_eq!(entry["proof"], "none");
}

/// A terminal with a person at it who types `script`, each after the prompt that ends in its first part.
pub fn at_a_terminal(world: &World, args: &[&str], script: &[(&str, &str)]) -> (i32, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let end: OwnedFd =
        std::fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
    let stdio = || Stdio::from(end.try_clone().unwrap());
    let mut child =
        world.process(FLEET, args).stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
    drop(end);
    let mut terminal = File::from(controller);
    let (mut seen, mut from) = (String::new(), 0);
    let mut script = script.iter();
    let mut next = script.next();
    let mut buffer = [0; 4096];
    // The terminal answers with an error once the other end is closed.
    while let Ok(n) = terminal.read(&mut buffer) {
        seen.push_str(&String::from_utf8_lossy(&buffer[..n]));
        while let Some((prompt, answer)) = next {
            let Some(at) = seen[from..].find(prompt) else { break };
            from += at + prompt.len();
            // The prompt comes after echo is off, so that nothing typed is shown.
            terminal.write_all(format!("{answer}\n").as_bytes()).unwrap();
            next = script.next();
        }
    }
    (child.wait().unwrap().code().unwrap(), seen)
}

#[test]
fn init_on_a_terminal_asks_and_the_pin_is_demanded_and_never_shown() {
    let world = World::bare();
    let (code, seen) = at_a_terminal(
        &world,
        &["init"],
        &[
            ("workspace: ", "/no/such/folder"),
            ("workspace: ", world.w().to_str().unwrap()),
            ("workspace: ", ""),
            ("PIN (empty for none): ", "12"),
            ("PIN (empty for none): ", "24681357"),
            ("again: ", "24681357"),
        ],
    );
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("24681357"), "{seen}");
    let id = world.waits(
        "shell_run",
        json!({"argv": ["sh", "-c", "echo x >> $1", "x", world.at("out")], "write_roots": [world.w()]}),
    );
    let (code, seen) = at_a_terminal(&world, &["approve", &id], &[("PIN: ", "1111")]);
    assert_eq!(code, 4, "{seen}");
    assert!(seen.contains("the PIN is wrong") && seen.contains("it would do exactly this"), "{seen}");
    assert!(!world.w().join("out").exists());
    let (code, seen) = at_a_terminal(&world, &["approve", &id], &[("PIN: ", "24681357")]);
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("24681357"), "{seen}");
    assert_eq!(std::fs::read_to_string(world.at("out")).unwrap(), "x\n");
    let entry = world.log().into_iter().find(|e| e["kind"] == "approval.decided").unwrap();
    assert_eq!(entry["proof"], "pin");
    assert!(entry["source"].as_str().unwrap().starts_with("tty /dev/"), "{entry}");
    for (path, content) in World::snapshot(&world.root().join("fleet")) {
        let content = content.unwrap_or_default();
        assert!(!content.windows(8).any(|w| w == b"24681357"), "{path:?} holds the PIN");
    }
    // A script has no terminal to type it on.
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
}

#[test]
fn on_a_terminal_without_a_pin_it_shows_the_call_and_asks_once_more() {
    let world = World::bare();
    let (code, seen) = at_a_terminal(
        &world,
        &["init", "--workspace", world.w().to_str().unwrap()],
        &[("PIN (empty for none): ", "")],
    );
    assert_eq!(code, 0, "{seen}");
    let call = ["tool", "call", "shell_run", "--args", r#"{"argv":["touch","at once"]}"#];
    let (code, seen) = at_a_terminal(&world, &call, &[("[y/N] ", "n")]);
    assert_eq!((code, world.count("approval.decided")), (3, 0), "{seen}");
    let (code, seen) = at_a_terminal(&world, &call, &[("[y/N] ", "y")]);
    assert!(code == 0 && seen.contains("it would do exactly this"), "{seen}");
    assert_eq!(world.count("approval.decided"), 1);
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    let (code, seen) = at_a_terminal(&world, &["approve", &id], &[("[y/N] ", "")]);
    assert_eq!(code, 3, "{seen}");
    assert_eq!(world.count("approval.decided"), 1);
    let (code, seen) = at_a_terminal(&world, &["approve", &id], &[("[y/N] ", "y")]);
    assert_eq!(code, 0, "{seen}");
}
