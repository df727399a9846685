//! What works, and what refuses, when the log is broken, the switch is set, the clock is behind the
//! log, or data are read-only: each cell of the table that the design ends its brakes with.
//!
//! `status` and `doctor` are not here yet; their rows belong here once they are.

use crate::harness::{FLEET, Ran, World};
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    Broken,
    Killed,
    Behind,
    ReadOnly,
}

use Trouble::{Behind, Broken, Killed, ReadOnly};

const ALL: [Trouble; 4] = [Broken, Killed, Behind, ReadOnly];

impl Trouble {
    fn begin(self, world: &World) {
        match self {
            Broken => std::fs::remove_file(world.data().join("audit/head")).unwrap(),
            Killed => std::fs::write(world.data().join("KILL"), "").unwrap(),
            Behind | ReadOnly => {}
        }
    }

    /// Runs fleet in this trouble; none if this machine cannot bring it about.
    fn fleet(self, world: &World, args: &[&str]) -> Option<Ran> {
        match self {
            Broken | Killed => Some(world.fleet(args)),
            Behind => Some(world.fleet_at("-1h", args)),
            ReadOnly => world.read_only(args),
        }
    }
}

#[test]
fn what_only_looks_works() {
    for trouble in ALL {
        let world = World::new();
        world.waits("shell_run", json!({"argv": ["touch", "x"]}));
        trouble.begin(&world);
        for args in [&["approval", "list", "--json"][..], &["breaker", "list"], &["ceiling", "list"]] {
            let Some(ran) = trouble.fleet(&world, args) else { continue };
            assert_eq!(ran.code, 0, "{trouble:?} {args:?}: {ran:?}");
        }
        let Some(ran) = trouble.fleet(&world, &["audit", "verify", "--json"]) else { continue };
        // With the log broken its work is to say so.
        assert_eq!(ran.code, if trouble == Broken { 6 } else { 0 }, "{trouble:?}: {ran:?}");
        assert_eq!(ran.json()["ok"], trouble != Broken);
    }
}

#[test]
fn kill_and_deny_work() {
    for trouble in ALL {
        let world = World::new();
        let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
        trouble.begin(&world);
        let Some(ran) = trouble.fleet(&world, &["kill", "--reason", "x", "--json"]) else { continue };
        let recorded = ran.json()["recorded"] == true;
        assert_eq!(recorded, matches!(trouble, Killed | Behind), "{trouble:?}: {ran:?}");
        assert_eq!(!recorded, ran.stderr.contains("not on record"), "{trouble:?}: {ran:?}");
        // On read-only data there is no switch to set, and it says that, too.
        assert_eq!(ran.code, i32::from(trouble == ReadOnly), "{trouble:?}: {ran:?}");
        assert_eq!(world.data().join("KILL").exists(), trouble != ReadOnly);
        assert_eq!(trouble == ReadOnly, ran.stderr.contains("NOT stopped"), "{ran:?}");
        let Some(ran) = trouble.fleet(&world, &["deny", &id, "--reason", "no"]) else { continue };
        assert_eq!(ran.code, i32::from(trouble == ReadOnly), "{trouble:?}: {ran:?}");
        if trouble != ReadOnly {
            assert_eq!(world.fleet(&["approval", "list", "--json"]).json(), json!([]), "{trouble:?}");
            assert_eq!(world.count("approval.decided"), usize::from(trouble != Broken), "{trouble:?}");
        }
    }
}

#[test]
fn kill_ends_what_it_can_on_read_only_data() {
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["sh", "-c", "sleep 45.8201"], "timeout_s": 60}));
    let mut child = world.process(FLEET, &["approve", &id]).spawn().unwrap();
    let program = crate::brakes::wait_for_child(&world);
    let ran = world.read_only(&["kill", "--json"]);
    if let Some(ran) = ran {
        assert_eq!((ran.code, ran.json()["switch"].as_str()), (1, Some("not-set")), "{ran:?}");
        assert!(ran.json()["calls"][0]["ended"].as_u64().unwrap() >= 1, "{ran:?}");
        assert!(!std::path::Path::new(&format!("/proc/{program}")).exists());
    } else {
        child.kill().unwrap();
    }
    let _ = child.wait();
    assert_eq!(world.fleet(&["kill"]).code, 0);
}

#[test]
fn approve_and_every_call_refuse() {
    for trouble in ALL {
        let world = World::new();
        let line = format!("echo x >> {}", world.at("ran"));
        let id = world.waits("shell_run", json!({"argv": ["sh", "-c", line]}));
        trouble.begin(&world);
        let code = match trouble {
            Broken => 6,
            Killed | Behind => 5,
            ReadOnly => 1,
        };
        let list = json!({"path": world.w()}).to_string();
        let write = json!({"path": world.at("ran"), "content": "x"}).to_string();
        let shell = json!({"argv": ["touch", "x"]}).to_string();
        for args in [
            &["approve", &id][..],
            &["tool", "call", "files_list", "--args", &list],
            &["tool", "call", "files_write", "--args", &write],
            &["tool", "call", "shell_run", "--args", &shell],
        ] {
            let Some(ran) = trouble.fleet(&world, args) else { continue };
            assert_eq!(ran.code, code, "{trouble:?} {args:?}: {ran:?}");
        }
        assert!(!world.w().join("ran").exists(), "{trouble:?}");
        assert_eq!((world.count("approval.spent"), world.count("call.intent")), (0, 0), "{trouble:?}");
    }
}

#[test]
fn breaker_reset_refuses() {
    for trouble in ALL {
        let world = World::new();
        assert_eq!(world.fleet(&["breaker", "trip", "files", "--hold"]).code, 0);
        trouble.begin(&world);
        let Some(ran) = trouble.fleet(&world, &["breaker", "reset", "files"]) else { continue };
        let code = match trouble {
            Broken => 6,
            Killed | Behind => 5,
            ReadOnly => 1,
        };
        assert_eq!(ran.code, code, "{trouble:?}: {ran:?}");
        assert_eq!(
            world.fleet(&["breaker", "show", "files", "--json"]).json()["state"],
            "open",
            "{trouble:?}"
        );
        assert_eq!(world.count("breaker.closed"), 0);
    }
}

#[test]
fn a_release_works_but_on_a_broken_log_and_read_only_data() {
    for trouble in ALL {
        let world = World::new();
        trouble.begin(&world);
        std::fs::write(world.data().join("KILL"), "").unwrap();
        let Some(ran) = trouble.fleet(&world, &["kill", "--release", "--reason", "x"]) else { continue };
        let code = match trouble {
            Broken => 6,
            Killed | Behind => 0,
            ReadOnly => 1,
        };
        assert_eq!(ran.code, code, "{trouble:?}: {ran:?}");
        assert_eq!(world.data().join("KILL").exists(), code != 0, "{trouble:?}");
        assert_eq!(world.count("kill.released"), usize::from(code == 0), "{trouble:?}");
    }
}

#[test]
fn veto_works_with_the_switch_set_and_refuses_in_every_other_trouble() {
    for trouble in ALL {
        let world = World::new();
        world.done("files_write", json!({"path": world.at("made"), "content": "x"}));
        let seq = world.log().last().unwrap()["seq"].to_string();
        trouble.begin(&world);
        let Some(ran) = trouble.fleet(&world, &["veto", &seq, "--reason", "x"]) else { continue };
        let code = match trouble {
            Broken => 6,
            Killed => 0,
            Behind => 5,
            ReadOnly => 1,
        };
        assert_eq!(ran.code, code, "{trouble:?}: {ran:?}");
        assert_eq!(world.w().join("made").exists(), trouble != Killed, "{trouble:?}: {ran:?}");
        assert_eq!(world.count("veto"), usize::from(trouble == Killed), "{trouble:?}");
    }
}

#[test]
fn a_failing_loop_is_told_of_in_every_trouble_that_leaves_a_place_for_it() {
    for trouble in [Broken, Behind] {
        let world = World::bare();
        world.repository("site");
        let ran = world.fleet(&["init", "--workspace", world.w().to_str().unwrap(), "--approvals", "script"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(world.fleet(&["loop", "register", "--all"]).code, 0);
        trouble.begin(&world);
        let Some(ran) = trouble.fleet(&world, &["run-loop", "stale-branches", "--now"]) else { continue };
        assert_ne!(ran.code, 0, "{trouble:?}: {ran:?}");
        assert!(!world.outbox().is_empty(), "{trouble:?}: {ran:?}");
    }
}

/// No approver within reach is wait, never allow: no terminal, no channel, no input.
#[test]
fn without_an_approver_a_call_waits_and_nothing_runs() {
    let world = World::bare();
    let repo = world.repository("site");
    let ran = world.fleet(&["init", "--workspace", world.w().to_str().unwrap(), "--approvals", "script"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.fleet(&["loop", "register", "--all"]).code, 0);
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("\"script\"", "")).unwrap();
    let branches = world.branches("site");
    // A session of its own has no terminal; `<&-` closes the input.
    let headless = |args: &[&str]| {
        let line = "exec setsid --wait \"$0\" \"$@\" <&-";
        Ran::from(world.process("sh", &[&["-c", line, FLEET], args].concat()).output().unwrap())
    };
    let ran = headless(&["run-loop", "stale-branches", "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (3, Some("awaiting_approval")), "{ran:?}");
    let id = ran.json()["approvals"][0].as_str().unwrap().to_owned();
    let args = json!({"repo": repo, "branches": ["done/one"]}).to_string();
    let ran = headless(&["tool", "call", "git_branch_delete", "--args", &args, "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (3, Some("waiting")), "{ran:?}");
    for args in [&["approve", &id][..], &["approve", &id, "--yes"], &["deny", &id, "--reason", "x"]] {
        let ran = headless(args);
        assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
    }
    assert_eq!(world.branches("site"), branches);
    assert_eq!((world.count("call.intent"), world.count("approval.decided")), (0, 0));
}
