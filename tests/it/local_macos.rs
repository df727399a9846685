//! Back ends of macOS on any system: programs of the same names that answer as recorded, in the folder
//! where this home's programs are looked up. What was recorded, and by whom, stands beside each reader.

use crate::harness::{FLEET, World};
use fleet::call::{Call, Caller};
use fleet::gate::Person;
use fleet::state::{Home, Platform, call_id};
use fleet::submit::{Reply, Status, approve, submit};
use serde_json::{Value, json};
use std::path::PathBuf;

struct Mac {
    world: World,
    home: Home,
}

impl Mac {
    /// A machine with these programs: each answers by the lines of shell given.
    fn with(programs: &[(&str, &str)]) -> Self {
        let world = World::new();
        let bin = world.root().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for (name, lines) in programs {
            std::fs::write(bin.join(name), format!("#!/bin/sh\n{lines}\n")).unwrap();
            std::fs::set_permissions(bin.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .unwrap();
        }
        let home = Home::scratch(&world.root().join("fleet")).unwrap();
        let home = home.seen_as(Platform::Macos, vec![bin], PathBuf::from(FLEET));
        Self { world, home }
    }

    fn call(&self, tool: &str, args: Value) -> Reply {
        let call = Call {
            id: call_id().unwrap(),
            caller: Caller::Cli,
            tool: tool.into(),
            args,
            run: None,
            why: None,
        };
        submit(&self.home, call).unwrap()
    }

    fn done(&self, tool: &str, args: Value) -> Value {
        let reply = self.call(tool, args);
        assert_eq!(reply.status, Status::Done, "{reply:?}");
        reply.result.unwrap()
    }

    fn approved(&self, tool: &str, args: Value) -> Reply {
        let id = self.call(tool, args).approval.expect("it waits");
        let shown = fleet::gate::get(&self.home, &id).unwrap();
        let person = Person::prove(&self.home, &mut || Ok(String::new())).unwrap();
        approve(&self.home, &shown, &person).unwrap().0
    }
}

#[test]
fn a_battery_jobs_and_updates_are_told_as_the_programs_tell_them() {
    let mac = Mac::with(&[
        (
            "pmset",
            "printf \"Now drawing from 'Battery Power'\\n -InternalBattery-0 (id=22806627)\\t78%%; discharging; 5:05 remaining present: true\\n\"",
        ),
        (
            "launchctl",
            r#"case "$2" in
*/local.fleet.broken) printf '%s = {\n\tpath = /Users/ada/x.plist\n\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n}\n' "$2" ;;
*) printf 'gui = {\n\tservices = {\n\t  0 78 local.fleet.broken\n\t  7 - com.apple.x\n\t}\n\tdisabled services = {\n\t\t"local.fleet.off" => disabled\n\t}\n}\n' ;;
esac"#,
        ),
        (
            "softwareupdate",
            "printf '* Label: macOS Tahoe 26.5.1-25F80\\n\\tTitle: macOS Tahoe 26.5.1, Version: 26.5.1, Size: 3691689KiB, Recommended: YES, Action: restart,\\n'",
        ),
        (
            "brew",
            "echo '{\"formulae\":[{\"name\":\"wget\",\"installed_versions\":[\"1.24.5\"],\"current_version\":\"1.25.0\",\"pinned\":false}],\"casks\":[]}'",
        ),
    ]);
    let battery = json!({"mains": false, "percent": 78, "state": "discharging", "minutes": 305});
    assert_eq!(mac.done("system_info", json!({"sections": ["power"]})), json!({ "battery": battery }));
    let jobs = mac.done("system_launchd", json!({"prefix": "local.fleet."}));
    let rows: Vec<_> = jobs["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|j| (j["label"].as_str().unwrap(), &j["last_exit"], &j["disabled"]))
        .collect();
    assert_eq!(
        rows,
        [("local.fleet.broken", &json!(78), &json!(false)), ("local.fleet.off", &Value::Null, &json!(true))]
    );
    assert_eq!(jobs["jobs"][0]["state"], "not running");
    let updates = mac.done("system_updates", json!({"sources": ["os", "brew"]}));
    let rows: Vec<_> = updates["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| [&i["source"], &i["name"], &i["new"]].map(|v| v.as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(rows, [["os", "macOS Tahoe 26.5.1", "26.5.1"], ["brew", "wget", "1.25.0"]]);
}

#[test]
fn what_guards_a_mac_is_judged_by_its_own_words() {
    let mac = Mac::with(&[
        ("csrutil", "echo 'System Integrity Protection status: enabled.'"),
        ("fdesetup", "echo 'FileVault is Off.'"),
        ("spctl", "echo 'assessments enabled'"),
        ("defaults", "echo 'The domain/default pair does not exist' >&2; exit 1"),
        ("launchctl", "printf 'disabled services = {\\n\\t\"com.apple.smbd\" => enabled\\n}\\n'"),
    ]);
    let checks = ["sip", "disk_encryption", "gatekeeper", "updates", "sharing", "firewall"];
    let said = mac.done("security_posture", json!({ "checks": checks }));
    let of = |name: &str| {
        said["items"].as_array().unwrap().iter().find(|i| i["check"] == name).unwrap()["state"].clone()
    };
    let states = checks.map(|check| of(check).as_str().unwrap().to_owned());
    assert_eq!(states, ["ok", "bad", "ok", "unknown", "bad", "unknown"]);
}

#[test]
fn a_shortcut_runs_once_a_person_says_so_with_its_input_on_stdin() {
    let mac = Mac::with(&[("shortcuts", "printf '%s|' \"$@\"; /bin/cat")]);
    let reply = mac.approved("shortcuts_run", json!({"name": "Log $(id)", "input": "250 ml"}));
    assert_eq!(reply.status, Status::Done, "{reply:?}");
    let output = reply.result.unwrap()["output"].clone();
    assert_eq!(output, "run|Log $(id)|--input-path|-|--output-path|-|250 ml");
    let log = std::fs::read_to_string(mac.world.segment()).unwrap();
    assert!(!log.contains("250 ml") && log.contains("shortcut.run"));
    mac.world.verify();
}

#[test]
fn a_shortcut_that_fails_or_holds_a_credential_is_not_done() {
    let mac = Mac::with(&[("shortcuts", "echo 'no shortcut of that name' >&2; exit 1")]);
    let reply = mac.approved("shortcuts_run", json!({"name": "x"}));
    assert!(reply.status == Status::Failed && reply.error.unwrap().contains("no shortcut of that name"));
    let token = format!("ghp_{}", "aB3dE5".repeat(7));
    let reply = mac.call("shortcuts_run", json!({"name": "x", "input": token}));
    assert_eq!((reply.status, reply.reasons[0].rule.as_str()), (Status::Refused, "secret-leaves"));
    // Where there is none, the hand says what is missing.
    let none = Mac::with(&[]);
    let reply = none.approved("shortcuts_run", json!({"name": "x"}));
    assert!(reply.error.unwrap().contains("macOS 12"));
    let reply = none.call("system_launchd", json!({}));
    assert!(reply.error.unwrap().contains("`launchctl` is not in"));
}

#[test]
fn a_program_that_never_answers_or_never_stops_talking_is_ended() {
    let mac = Mac::with(&[("csrutil", "while :; do echo xxxxxxxxxxxxxxxx; done"), ("fdesetup", "exit 3")]);
    let started = std::time::Instant::now();
    let said = mac.done("security_posture", json!({"checks": ["sip", "disk_encryption"]}));
    assert!(started.elapsed() < std::time::Duration::from_secs(40), "{:?}", started.elapsed());
    for item in said["items"].as_array().unwrap() {
        assert_eq!(item["state"], "unknown", "{item}");
    }
}
