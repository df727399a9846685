//! Ways in which what fleet runs could get at fleet: each ends at the gate, at the question for a
//! person, or at the kernel, and says at which.

use crate::confine::{kernel_confines, run};
use crate::harness::{FLEET, World, has, left_out};
use serde_json::{Value, json};
use std::path::PathBuf;

/// By the gate: no tool is let near, whatever it is asked with.
#[test]
fn no_tool_is_let_near_fleet() {
    let world = World::new();
    let (data, config) = (world.data().display().to_string(), world.config().display().to_string());
    let user = world.user().display().to_string();
    std::os::unix::fs::symlink(world.data(), world.at("door")).unwrap();
    std::fs::write(world.at("mine"), "x").unwrap();
    let write = |path: String| json!({"tool": "files_write", "args": {"path": path, "content": "x"}});
    let cases = [
        write(format!("{config}/policy.toml")),
        write(format!("{config}/fleet.toml")),
        write(format!("{config}/loops/mine.toml")),
        write(format!("{data}/approvals.jsonl")),
        write(format!("{data}/audit/00000000000000000001.jsonl")),
        write(format!("{data}/audit/head")),
        write(format!("{data}/inflight/x")),
        write(format!("{data}/loops/stale-branches/loop.toml")),
        write(format!("{data}/pin.json")),
        write(format!("{data}/confinement.json")),
        write(format!("{data}/KILL")),
        write(world.at("door/approvals.jsonl")),
        write(format!("{}/fleet/secrets.json", world.root().display())),
        write(FLEET.to_owned()),
        write(format!("{user}/Library/LaunchAgents/x.plist")),
        write(format!("{user}/.config/systemd/user/x.service")),
        write("/var/spool/cron/crontabs/x".to_owned()),
        json!({"tool": "files_trash", "args": {"paths": [format!("{data}/KILL")]}}),
        json!({"tool": "files_trash", "args": {"paths": [FLEET]}}),
        json!({"tool": "files_move", "args": {"pairs": [{"from": world.at("mine"), "to": format!("{data}/KILL")}]}}),
        json!({"tool": "files_move", "args": {"pairs": [{"from": world.root(), "to": world.at("elsewhere")}]}}),
        json!({"tool": "files_read", "args": {"path": format!("{data}/audit/head")}}),
        json!({"tool": "files_read", "args": {"path": "/proc/self/environ"}}),
        json!({"tool": "shell_run", "args": {"argv": [FLEET, "approve", "abcde"]}}),
        json!({"tool": "shell_run", "args": {"argv": ["sh", FLEET]}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "cwd": data}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "write_roots": [config]}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "write_roots": [world.root()]}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "write_roots": ["/"]}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "write_roots": [world.at("door")]}}),
        json!({"tool": "shell_run", "args": {"argv": ["touch", "x"], "write_roots": [user]}}),
    ];
    let file = world.at("cases.jsonl");
    std::fs::write(&file, cases.map(|c| format!("{c}\n")).concat()).unwrap();
    let ran = world.fleet(&["policy", "check", "--cases", &file]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let answers: Vec<Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let asked = std::fs::read_to_string(&file).unwrap();
    assert_eq!(answers.len(), asked.lines().count());
    for (answer, asked) in answers.iter().zip(asked.lines()) {
        assert_eq!(
            (&answer["decision"], &answer["risk"]),
            (&json!("block"), &json!("CRITICAL")),
            "{asked}: {answer}"
        );
        let rules = ["fleet-own", "persistence", "secrets", "pseudo-files"];
        let by = answer["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| rules.contains(&r["rule"].as_str().unwrap()));
        assert!(by.count() > 0, "{asked}: {answer}");
    }
}

/// What must not change while somebody is at work.
fn state(world: &World) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let moves = ["audit", "inflight", "approvals", "audit.lock", "audit.sync"];
    let mut all = World::snapshot(&world.root().join("fleet"));
    all.retain(|(path, _)| {
        let name =
            path.strip_prefix(world.data()).map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        !moves.iter().any(|m| name.starts_with(m))
    });
    all
}

/// By the kernel: every line is tried below one approved call, by a copy of fleet if need be.
#[test]
fn nothing_below_a_confined_run_gets_at_fleet() {
    if !kernel_confines("nothing_below_a_confined_run") {
        return;
    }
    let world = World::new();
    std::fs::create_dir(world.at("out")).unwrap();
    std::fs::copy(FLEET, world.at("copy")).unwrap();
    let target = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    std::fs::create_dir_all(world.user().join("Library/LaunchAgents")).unwrap();
    let before = state(&world);
    let set = format!(
        "F={FLEET} C={} O={} T={target} R={} U={}; export FLEET_HOME=$R/fleet; D=$R/fleet/data; P=$PPID\n\
         L=$(ls /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* 2>/dev/null | head -1)\n",
        world.at("copy"),
        world.at("out"),
        world.root().display(),
        world.user().display(),
    );
    let denied = "ermission denied";
    let not_permitted = "not permitted";
    let lines = [
        // Asking fleet itself, by any name and from anywhere.
        ("$F approve $T", denied),
        ("$C approve $T", denied),
        ("$C deny $T --reason x", denied),
        ("$C loop register --all", denied),
        ("$C tool call files_write --args '{\"path\":\"/tmp/x\",\"content\":\"\"}'", denied),
        ("cp $F $O/f && $O/f approve $T", denied),
        ("mv $F $O/m", denied),
        ("ln $F $O/h && $O/h approve $T", "cross-device link"),
        ("ln -s $F $O/l && $O/l approve $T", denied),
        ("cp $C $O/renamed && $O/renamed approve $T", denied),
        ("$L $F approve $T", denied),
        ("$L $C approve $T", denied),
        ("/proc/self/root$F approve $T", denied),
        ("sh -c 'exec \"$0\" approve \"$1\"' $C $T", denied),
        (
            "python3 -c 'import os, sys; os.execv(sys.argv[1], [\"ls\", \"approve\", sys.argv[2]])' $C $T",
            denied,
        ),
        ("env -i FLEET_HOME=$FLEET_HOME $C approve $T", denied),
        ("HOME=$U FLEET_HOME=$FLEET_HOME $C approve $T", denied),
        ("env -u FLEET_HOME HOME=$U $C approve $T", "no fleet home"),
        ("FLEET_HOME=$O $C approve $T", "no fleet home"),
        ("FLEET_HOME=/proc/self/root$FLEET_HOME $C approve $T", denied),
        ("FLEET_HOME=$O/made $C init; FLEET_HOME=$O/made $C approve $T", "no call waits"),
        ("setsid -w $C approve $T", denied),
        ("nohup $C approve $T", denied),
        (
            "((setsid sh -c 'sleep 0.1; $0 approve $1 > $2/orphan 2>&1' $C $T $O) &); sleep 0.5; cat $O/orphan; false",
            denied,
        ),
        ("script -qec \"$C approve $T\" /dev/null", denied),
        ("python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' $C approve $T", "pty devices"),
        ("unshare --user --map-root-user --pid --fork --mount-proc $C approve $T", not_permitted),
        ("unshare --mount sh -c 'umount -l /; $0 approve $1' $C $T", not_permitted),
        ("nsenter --target 1 --mount --pid $C approve $T", denied),
        ("systemd-run --user --wait $C approve $T", "bus"),
        ("chroot / $C approve $T", not_permitted),
        // Its files.
        ("echo >> $R/fleet/config/policy.toml", denied),
        ("echo >> $R/fleet/config/fleet.toml", denied),
        ("echo x > $R/fleet/config/loops/mine.toml", denied),
        ("echo >> $D/approvals.jsonl", denied),
        ("echo >> $D/audit/00000000000000000001.jsonl", denied),
        ("echo >> $D/audit/head", denied),
        ("rm $D/audit/head", denied),
        ("touch $D/KILL", denied),
        ("rm $D/home.json", denied),
        ("for i in $D/inflight/*; do echo >> $i; done", denied),
        ("rm -r $D/inflight", denied),
        ("cat $R/fleet/secrets.json", denied),
        ("echo >> $R/fleet/secrets.json", denied),
        ("mkdir $D/loops/mine", denied),
        ("echo '{}' > $D/pin.json", denied),
        ("echo '{}' > $D/confinement.json", denied),
        ("mv $D $O/data", denied),
        ("ln -s $D $O/door; echo >> $O/door/approvals.jsonl", denied),
        ("ln $D/approvals.jsonl $O/second", "cross-device link"),
        ("cat /proc/self/root$D/approvals.jsonl", denied),
        ("cat /proc/$P/root$D/approvals.jsonl", denied),
        ("cat /proc/$P/cwd/fleet/data/approvals.jsonl", denied),
        ("tr '\\0' '\\n' < /proc/$P/environ", denied),
        ("head -c 1 /proc/$P/mem", denied),
        ("ls -l /proc/$P/fd/", denied),
        ("echo >> $F", "file busy"),
        ("mv $R/w $R/elsewhere && ln -s / $R/w", denied),
        // Its processes.
        ("kill -9 $P", not_permitted),
        ("kill -STOP $P", not_permitted),
        ("strace -p $P", not_permitted),
        // What would run later.
        (
            "mkdir -p /var/spool/cron/crontabs && echo '* * * * * true' > /var/spool/cron/crontabs/root",
            denied,
        ),
        ("echo x > $U/Library/LaunchAgents/x.plist", denied),
        ("mkdir -p $U/.config/systemd/user", denied),
        ("echo true >> $U/.bashrc", denied),
    ];
    let lines: Vec<_> = lines
        .into_iter()
        .filter(|(line, _)| {
            let there = !line.starts_with("systemd-run") || has("systemd-run");
            if !there {
                left_out(&format!("self_protection: `{line}`"), "this machine has no systemd-run");
            }
            there
        })
        .collect();
    let shell: Vec<_> = lines.iter().map(|(line, _)| *line).collect();
    let how = json!({"cwd": world.w(), "write_roots": [world.at("out")]});
    let ends = world.lines(&set, &shell, how).into_iter().zip(lines);
    let otherwise: Vec<_> =
        ends.filter(|((_, exit, said), (_, by))| *exit == 0 || !said.contains(by)).collect();
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert_eq!(state(&world), before);
    let waiting = world.fleet(&["approval", "list", "--json"]).json();
    assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
    let decided = |e: &Value| e["kind"] == "approval.decided" && e["approval"] == target.as_str();
    assert!(!world.log().iter().any(decided));
    world.verify();
}

/// By the log and by the hand: the kernel goes by names, and a second name was made before.
#[test]
fn a_hard_link_made_earlier_is_no_way_to_what_it_names() {
    let world = World::new();
    std::fs::create_dir(world.at("out")).unwrap();
    let second = world.at("out/second");
    let call = json!({"argv": ["touch", "x"], "write_roots": [world.at("out")]});
    std::fs::hard_link(world.segment(), &second).unwrap();
    let ran = world.fleet(&["tool", "call", "shell_run", "--args", &call.to_string()]);
    assert!(ran.code == 6 && ran.stderr.contains("has a second name"), "{ran:?}");
    std::fs::remove_file(&second).unwrap();
    if !kernel_confines("a_hard_link_made_earlier") {
        return;
    }
    let policy = world.config().join("policy.toml");
    let id = world.waits("shell_run", call.clone());
    std::fs::hard_link(&policy, &second).unwrap();
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.json()["error"].as_str().unwrap().contains("2 names (hard links)"), "{ran:?}");
    // A tool that writes that name puts another file in its place.
    let text = std::fs::read(&policy).unwrap();
    let id = world.waits("files_write", json!({"path": second, "content": "x", "mode": "replace"}));
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    assert_eq!(std::fs::read(&policy).unwrap(), text);
    run(&world, call);
    world.verify();
}

#[test]
fn no_file_that_fleet_decides_by_may_have_a_second_name() {
    if !kernel_confines("no_file_that_fleet_decides_by") {
        return;
    }
    let names = ["data/audit/head", "secrets.json", "config/fleet.toml", "config/loops/own.toml"];
    let data = ["vetoes.jsonl", "unknown.jsonl", "policy.seen", "home.json"];
    let data = data.into_iter().chain(["inflight/call_0123456789abcdef"]);
    let registered =
        ["mode", "scope.json", "loop.toml"].map(|name| format!("data/loops/stale-branches/{name}"));
    let data = data.map(|name| format!("data/{name}"));
    for name in names.map(str::to_owned).into_iter().chain(data).chain(registered) {
        // A world each: a breaker opens when calls fail in a row.
        let world = World::new();
        std::fs::create_dir(world.at("out")).unwrap();
        let ran = world.fleet(&["loop", "register", "stale-branches"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let args = json!({"argv": ["touch", "x"], "write_roots": [world.at("out")]});
        let id = world.waits("shell_run", args);
        let file = world.root().join("fleet").join(&name);
        if !file.exists() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "").unwrap();
        }
        std::fs::hard_link(&file, world.at("out/second")).unwrap();
        let ran = world.fleet(&["approve", &id, "--json"]);
        assert!(ran.code == 1 && ran.stdout.contains("2 names (hard links)"), "{name}: {ran:?}");
    }
    // What grows with the calls is not looked at.
    let world = World::new();
    std::fs::create_dir(world.at("out")).unwrap();
    let kept = world.data().join("undo/kept");
    std::fs::write(&kept, "").unwrap();
    std::fs::hard_link(&kept, world.at("out/kept")).unwrap();
    run(&world, json!({"argv": ["touch", "x"], "write_roots": [world.at("out")]}));
}

/// By the kernel: what fleet itself is held to is held to by all it starts, in a namespace or not.
/// Without a profile a program in a pid namespace of its own would not be seen as below a run.
#[test]
fn a_confined_program_makes_no_namespace_of_its_own() {
    if !kernel_confines("a_confined_program_makes_no_namespace") {
        return;
    }
    let world = World::new();
    let kinds = ["--user", "--pid --fork", "--mount", "--net", "--uts", "--ipc", "--cgroup", "--time"];
    let lines: Vec<_> = kinds.iter().map(|k| format!("unshare {k} true")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    for (line, exit, said) in world.lines("", &lines, json!({})) {
        assert!(exit != 0 && said.contains("Operation not permitted"), "`{line}` exit {exit}: {said}");
    }
}
