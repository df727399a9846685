//! The system's scheduler: a launchctl that answers as the real one is documented to, its failures
//! included; units that systemd itself judges; sweeps.

use crate::harness::{FLEET, World, has, left_out, wait_until};
use crate::slots::{QUARTERS, counting, keys, ran};
use fleet::calendar::Schedule;
use fleet::call::LoopId;
use fleet::schedule::{Files, Job, Overview, Patience, Place, install, status, sweep, uninstall};
use fleet::state::{Home, Platform};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

/// After launchctl(1) and reports of its users: `bootout` returns before the label is free, `bootstrap`
/// fails with 5 meanwhile, `print` ends 113 for what is not loaded.
const LAUNCHCTL: &str = r#"#!/bin/sh
PATH=/usr/bin:/bin
S=@STATE@
mkdir -p "$S/loaded" "$S/dying" "$S/fails"
echo "$*" >> "$S/log"
less() { n=$(cat "$1" 2>/dev/null || echo 0); [ "$n" -gt 0 ] || return 1; echo $((n - 1)) > "$1"; }
case $1 in
print)
  case $2 in
  */*/*) l=${2##*/}; [ -e "$S/loaded/$l" ] && exit 0; less "$S/dying/$l" && exit 0
    echo "Could not find service \"$l\" in domain" >&2; exit 113 ;;
  gui/*) [ -e "$S/headless" ] && { echo "Could not find domain" >&2; exit 112; }; exit 0 ;;
  *) exit 0 ;;
  esac ;;
bootout) l=${2##*/}; rm "$S/loaded/$l"; echo 3 > "$S/dying/$l" ;;
bootstrap)
  l=$(basename "$3" .plist)
  if [ "$(cat "$S/dying/$l" 2>/dev/null || echo 0)" -gt 0 ] || less "$S/fails/$l"; then
    c=$(cat "$S/code" 2>/dev/null || echo 5); echo "Bootstrap failed: $c: Input/output error" >&2; exit "$c"
  fi
  [ -r "$3" ] || exit 2
  touch "$S/loaded/$l" ;;
kickstart) [ -e "$S/loaded/${2##*/}" ] || exit 113 ;;
*) exit 64 ;;
esac
"#;

struct Mac {
    world: World,
    home: Home,
}

const QUICK: Patience = Patience { pause: Duration::from_millis(5), gone: Duration::from_secs(5), tries: 4 };

impl Mac {
    fn new() -> Self {
        let world = World::new();
        let bin = world.root().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::create_dir(world.root().join("launchd")).unwrap();
        let text = LAUNCHCTL.replace("@STATE@", world.root().join("launchd").to_str().unwrap());
        std::fs::write(bin.join("launchctl"), text).unwrap();
        std::fs::set_permissions(bin.join("launchctl"), PermissionsExt::from_mode(0o755)).unwrap();
        let home = Home::scratch(&world.root().join("fleet")).unwrap();
        let home = home.seen_as(Platform::Macos, vec![bin], PathBuf::from(FLEET));
        Self { world, home }
    }

    fn state(&self, name: &str) -> PathBuf {
        self.world.root().join("launchd").join(name)
    }

    /// What launchctl was asked since the last time, but for looks.
    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.state("log")).unwrap_or_default();
        std::fs::write(self.state("log"), "").unwrap();
        let line = |line: &str| {
            let mut words = line.split(' ');
            let (verb, last) = (words.next().unwrap(), words.next_back().unwrap_or_default());
            format!("{verb} {}", last.rsplit('/').next().unwrap())
        };
        log.lines().filter(|l| !l.starts_with("print")).map(line).collect()
    }

    fn place(&self) -> Place<'_> {
        Place::find(&self.home, QUICK).unwrap()
    }

    fn install(&self, jobs: &[Job]) -> Overview {
        install(&self.place(), jobs, &|_| false, &mut |_| {}).unwrap()
    }
}

fn job(id: &str, schedule: &str) -> Job {
    let schedule = Schedule::parse(&schedule.parse().unwrap()).unwrap();
    Job::Loop { id: LoopId::parse(id).unwrap(), schedule, watch: Vec::new() }
}

fn jobs() -> Vec<Job> {
    vec![Job::Sweep, job("one-a", "daily = [\"07:32\"]"), job("two-b", "every = \"15m\"")]
}

#[test]
fn what_is_declared_is_installed_and_loaded_and_what_did_not_change_is_not_touched() {
    let mac = Mac::new();
    let before = status(&mac.place(), &jobs()).unwrap();
    assert_eq!((before.good(), before.jobs[1].files, before.whole()), (0, Files::Missing, false));
    let done = mac.install(&jobs());
    assert_eq!((done.good(), done.whole()), (3, true), "{done:?}");
    let labels = ["local.fleet.schedule.sweep", "local.fleet.one-a", "local.fleet.two-b"];
    assert_eq!(mac.asked(), labels.map(|l| format!("bootstrap {l}.plist")));
    for label in labels {
        let file = mac.place().folder().join(format!("{label}.plist"));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644, "{label}");
    }
    assert!(mac.install(&jobs()).whole());
    assert_eq!(mac.asked(), [""; 0], "nothing changed");

    let mut edited = jobs();
    edited[1] = job("one-a", "daily = [\"08:15\"]");
    let seen = status(&mac.place(), &edited).unwrap();
    assert_eq!((seen.good(), seen.jobs[1].files, seen.jobs[1].loaded), (2, Files::Differ, true));
    assert!(mac.install(&edited).whole(), "the label was not free at once");
    assert_eq!(mac.asked(), ["bootout local.fleet.one-a", "bootstrap local.fleet.one-a.plist"]);

    // Switched off by hand: there, and not loaded.
    std::fs::remove_file(mac.state("loaded/local.fleet.two-b")).unwrap();
    assert_eq!(status(&mac.place(), &edited).unwrap().good(), 2);
    assert!(mac.install(&edited).whole());
    assert_eq!(mac.asked(), ["bootstrap local.fleet.two-b.plist"]);
}

#[test]
fn failures_that_pass_are_tried_again_and_others_are_told() {
    for code in ["5", "37"] {
        let mac = Mac::new();
        std::fs::create_dir_all(mac.state("fails")).unwrap();
        std::fs::write(mac.state("code"), code).unwrap();
        std::fs::write(mac.state("fails/local.fleet.one-a"), "3").unwrap();
        assert!(mac.install(&jobs()).whole(), "{code}");
        std::fs::write(mac.state("fails/local.fleet.two-b"), "99").unwrap();
        std::fs::remove_file(mac.state("loaded/local.fleet.two-b")).unwrap();
        let done = mac.install(&jobs());
        let note = done.jobs[2].note.as_deref().unwrap();
        assert!(done.good() == 2 && note.contains(&format!("ended {code}: Bootstrap failed")), "{note}");
    }
    let mac = Mac::new();
    std::fs::create_dir_all(mac.state("fails")).unwrap();
    std::fs::write(mac.state("code"), "134").unwrap();
    std::fs::write(mac.state("fails/local.fleet.one-a"), "1").unwrap();
    let done = mac.install(&jobs());
    assert_eq!(done.good(), 2, "{done:?}");
    assert_eq!(mac.asked().iter().filter(|line| line.contains("one-a")).count(), 1, "it would not pass");
}

#[test]
fn a_run_under_way_is_not_ended_and_strays_are_named() {
    let mac = Mac::new();
    assert!(mac.install(&jobs()).whole());
    let fewer: Vec<Job> = jobs().into_iter().take(2).collect();
    let seen = status(&mac.place(), &fewer).unwrap();
    assert_eq!(
        (seen.strays.as_slice(), seen.whole()),
        (["local.fleet.two-b.plist".to_owned()].as_slice(), false)
    );
    let mut edited = jobs();
    edited[1] = job("one-a", "daily = [\"08:15\"]");
    drop(mac.asked());
    let busy = |job: &Job| job.label() == "local.fleet.one-a";
    let done = install(&mac.place(), &edited, &busy, &mut |_| {}).unwrap();
    assert!(done.jobs[1].note.as_deref().unwrap().contains("runs right now") && done.jobs[1].loaded);
    assert_eq!(mac.asked(), [""; 0]);

    let mut gone = Vec::new();
    let all = uninstall(&mac.place(), &mac.place().installed(), &mut |name, result| {
        gone.push((name.to_owned(), result));
    });
    assert!(all && gone.len() == 3 && mac.place().installed().is_empty(), "{gone:?}");
    assert_eq!(std::fs::read_dir(mac.state("loaded")).unwrap().count(), 0);
}

#[test]
fn without_a_graphical_session_the_users_own_domain_is_taken() {
    let mac = Mac::new();
    std::fs::write(mac.state("headless"), "").unwrap();
    let place = mac.place();
    assert!(install(&place, &jobs(), &|_| false, &mut |_| {}).unwrap().whole());
    assert!(std::fs::read_to_string(mac.state("log")).unwrap().contains("bootstrap user/"));
    std::fs::write(mac.home.program_folders()[0].join("launchctl"), "#!/bin/sh\nexit 1\n").unwrap();
    assert!(Place::find(&mac.home, QUICK).unwrap_err().contains("launchd has no domain"));
}

#[test]
fn an_experiment_is_not_installed() {
    let world = World::new();
    for command in ["install", "uninstall", "status"] {
        let ran = world.fleet(&["schedule", command]);
        assert!(ran.code == 2 && ran.stderr.contains("FLEET_HOME"), "{ran:?}");
    }
}

#[test]
fn jobs_are_those_of_what_was_registered_whatever_became_of_its_source() {
    let world = World::new();
    counting(&world, "quarters", QUARTERS, "2026-01-01T00:00:00Z");
    let render = || world.fleet(&["schedule", "render", "--launchd", "--json"]);
    let before = render();
    assert!(before.code == 0 && before.stdout.contains("local.fleet.quarters.plist"), "{before:?}");
    let source = world.config().join("loops/quarters.toml");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, text.replace("15m", "1h")).unwrap();
    assert_eq!(render().stdout, before.stdout, "an edit that nobody registered");
    std::fs::remove_file(&source).unwrap();
    assert_eq!(render().stdout, before.stdout, "its source is gone");
}

#[test]
fn rendering_is_the_same_every_time_and_the_systems_own_programs_take_it() {
    let world = World::new();
    assert_eq!(world.fleet(&["loop", "register", "--all"]).code, 0);
    let render = |more: &[&str]| {
        let all = [&["schedule", "render", "--bin", FLEET, "--home", "/home/ada"], more].concat();
        let ran = world.fleet(&all);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    };
    for kind in ["--launchd", "--systemd", "--cron"] {
        assert_eq!(render(&[kind]), render(&[kind]), "{kind}");
    }
    for plist in render(&["--launchd"]).split_inclusive("</plist>\n") {
        let list: plist::Dictionary = plist::from_bytes(plist.as_bytes()).unwrap();
        assert_eq!(list["ProcessType"].as_string(), Some("Background"));
        assert_eq!(list["ProgramArguments"].as_array().unwrap()[0].as_string(), Some(FLEET));
    }
    let out = world.root().join("units");
    std::fs::create_dir(&out).unwrap();
    let names = render(&["--systemd", "--out", out.to_str().unwrap()]);
    assert_eq!(names.lines().count(), std::fs::read_dir(&out).unwrap().count());
    if has("systemd-analyze") {
        let timers: Vec<String> = names.lines().map(|name| out.join(name).display().to_string()).collect();
        let mut args = vec!["verify", "--user"];
        args.extend(timers.iter().map(String::as_str));
        let mut analyze = world.process("systemd-analyze", &args);
        let ran = analyze.env("XDG_RUNTIME_DIR", world.root()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        let ours: Vec<_> = said.lines().filter(|line| line.contains("local.fleet")).collect();
        assert!(ran.status.success() && ours.is_empty(), "{said}");
    } else {
        left_out("units of systemd", "there is no systemd-analyze");
    }
}

#[test]
fn a_sweep_starts_what_was_missed_and_waits_for_nothing() {
    let world = crate::slots::june();
    counting(&world, "quarters", QUARTERS, "2026-06-10T01:50:00Z");
    counting(&world, "later", "daily = [\"23:00\"]\nzone = \"UTC\"", "2026-06-10T01:50:00Z");
    let swept = world.fleet_at("@2026-06-10 02:03:00", &["schedule", "sweep", "--json"]).json();
    assert_eq!((&swept["loops"], &swept["started"]), (&2.into(), &serde_json::json!(["quarters"])));
    wait_until("the run that a sweep started", || ran(&world, "quarters") == ["2026-06-10T02:00"]);
    wait_until("its end", || !world.data().join("loops/quarters/current.json").exists());
    let swept = world.fleet_at("@2026-06-10 02:13:00", &["schedule", "sweep", "--json"]).json();
    assert_eq!(swept["started"], serde_json::json!([]), "it ran");
    assert!(keys(&world).is_empty());
}

#[test]
fn a_scheduler_that_never_pokes_is_told_of_once() {
    let world = crate::slots::june();
    counting(&world, "quarters", QUARTERS, "2026-06-10T01:50:00Z");
    for n in 0..6 {
        let when = format!("@2026-06-10 {:02}:{:02}:30", 2 + n / 4, n % 4 * 15);
        assert_eq!(world.fleet_at(&when, &["schedule", "sweep"]).code, 0);
        wait_until("the run that a sweep started", || ran(&world, "quarters").len() == n + 1);
        wait_until("its end", || !world.data().join("loops/quarters/current.json").exists());
    }
    assert_eq!(keys(&world), ["loop:quarters:not poked"]);
}

#[test]
fn loops_that_never_run_are_told_of_once_and_together() {
    let world = World::new();
    let ids = ["one-a", "two-b", "three-c", "four-d", "five-e"];
    for id in ids {
        counting(&world, id, QUARTERS, "2026-01-01T00:00:00Z");
    }
    let home = Home::scratch(&world.root().join("fleet")).unwrap();
    let mut asked = 0;
    let mut pass = |world: &World| {
        let swept = sweep(&home, None, &mut |_| {
            asked += 1;
            Ok(())
        });
        (swept.unwrap().unwrap().alarms.len(), world.outbox().len())
    };
    assert_eq!(pass(&world), (0, 0), "they were just started");
    // As if that had been a while ago.
    let path = world.data().join("sweep.json");
    let mut known: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for id in ids {
        let since: jiff::Timestamp = known["loops"][id]["since"].as_str().unwrap().parse().unwrap();
        known["loops"][id]["since"] = (since - jiff::SignedDuration::from_mins(21)).to_string().into();
    }
    std::fs::write(&path, known.to_string()).unwrap();
    // A slot may begin between two sweeps; then they are not late yet.
    let told = pass(&world);
    assert!(told == (5, 1) || told == (0, 0), "{told:?}");
    if told.0 > 0 {
        assert_eq!(keys(&world), ["schedule:sweep:alarms"]);
        assert!(ids.iter().all(|id| world.outbox()[0]["body"].as_str().unwrap().contains(id)));
        assert_eq!(pass(&world).1, 1, "once");
    }
    // One whose source changed cannot run at all.
    std::fs::write(world.config().join("loops/one-a.md"), "# Another\n").unwrap();
    assert_eq!(pass(&world).0, 1);
    assert_eq!(pass(&world).0, 0);
    assert!(keys(&world).contains(&"loop:one-a:cannot run".to_owned()));
}

#[test]
fn a_sweeper_that_stopped_is_missed_by_the_runs() {
    let world = crate::slots::june();
    counting(&world, "quarters", QUARTERS, "2026-06-10T01:50:00Z");
    assert_eq!(world.fleet_at("@2026-06-10 01:55:00", &["schedule", "sweep"]).code, 0);
    let poke = |when: &str| world.fleet_at(&format!("@2026-06-10 {when}"), &["run-loop", "quarters"]).code;
    for when in ["02:00:00", "02:15:00", "02:30:00", "02:45:00"] {
        assert_eq!(poke(when), 0);
    }
    assert!(keys(&world).is_empty(), "after a night it gets its time");
    for when in ["03:00:00", "03:15:00", "03:30:00"] {
        assert_eq!(poke(when), 0);
    }
    assert_eq!(keys(&world), ["schedule:sweep:silent"]);
}
