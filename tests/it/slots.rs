//! Slots with real processes: at most once, whatever pokes and whatever dies. The clock is driven from
//! outside.

use crate::harness::{World, wait_until};
use serde_json::{Value, json};
use std::process::{Child, Stdio};
use std::time::Duration;

/// A machine whose log begins at the first of June.
pub fn june() -> World {
    let world = World::bare();
    let ran = world.fleet_at(
        "@2026-06-01 00:00:00",
        &["init", "--workspace", world.w().to_str().unwrap(), "--approvals", "script"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    world
}

/// A registered loop that leaves a file for each run, with its slot in it. What the gate of new loops says
/// to it is not what is tested here, so it is put where a registration would put it.
pub fn counting(world: &World, id: &str, schedule: &str, since: &str) {
    let definition = format!(
        "format = 1\ntitle = \"Counts {id}\"\ncategory = \"test\"\npurpose = \"Leaves a file for each run\"\n\
         summary = \"counted\"\n[schedule]\n{schedule}\n\
         [[act]]\nid = \"count\"\ntool = \"files_write\"\nwhy = \"a run is counted\"\n\
         args = {{ path = \"{}/{id}-{{{{ run.id }}}}\", content = \"{{{{ run.slot }}}}\" }}\n\
         dedupe = \"{{{{ run.id }}}}\"\n",
        world.w().display()
    );
    let page = "# A page\n";
    let (own, folder) = (world.config().join("loops"), world.data().join("loops").join(id));
    for folder in [&own, &folder, &folder.join("plans"), &folder.join("parked")] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let sum = |text: &str| fleet::canon::sha256(text.as_bytes()).to_string();
    let record = json!({
        "v": 1, "at": since, "by": "a test", "from": "a test", "loop_sha256": sum(&definition),
        "runbook_sha256": sum(page),
    });
    for (path, text) in [
        (own.join(format!("{id}.toml")), definition.as_str()),
        (own.join(format!("{id}.md")), page),
        (folder.join("loop.toml"), definition.as_str()),
        (folder.join("runbook.md"), page),
        (folder.join("mode"), "live"),
        (folder.join("registered.json"), &record.to_string()),
    ] {
        std::fs::write(path, text).unwrap();
    }
}

pub const QUARTERS: &str = "every = \"15m\"\nzone = \"UTC\"";
const NOON: &str = "daily = [\"12:15\"]\nzone = \"America/New_York\"";
const SINCE: &str = "2026-06-09T17:00:00Z";

/// A poke while the clock goes on from `when`.
fn poke(world: &World, when: &str, id: &str, more: &[&str]) -> (i32, Value) {
    let ran = world.fleet_at(&format!("@{when}"), &[&["run-loop", id, "--json"], more].concat());
    (ran.code, if ran.stdout.is_empty() { json!({ "outcome": ran.stderr }) } else { ran.json() })
}

fn outcome(world: &World, when: &str, id: &str) -> (i32, String) {
    let (code, record) = poke(world, when, id, &[]);
    (code, record["outcome"].as_str().unwrap().to_owned())
}

/// What ran: the content of each file.
pub fn ran(world: &World, id: &str) -> Vec<String> {
    let files = std::fs::read_dir(world.w()).unwrap().map(|e| e.unwrap());
    let own = files.filter(|e| e.file_name().to_str().unwrap().starts_with(&format!("{id}-")));
    let mut found: Vec<_> = own.map(|e| std::fs::read_to_string(e.path()).unwrap()).collect();
    found.sort();
    found
}

/// A poke that is not waited for, from a clock that goes on from `when`.
fn begin(world: &World, when: &str, id: &str) -> Child {
    let mut command = world.process_at(&format!("@{when}"), &["run-loop", id, "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub fn keys(world: &World) -> Vec<String> {
    world.outbox().iter().map(|n| n["key"].as_str().unwrap().to_owned()).collect()
}

fn runs(world: &World, id: &str) -> Vec<Value> {
    let path = world.data().join("loops").join(id).join("runs.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_slot_runs_once_and_every_other_poke_is_a_recorded_noop() {
    let world = june();
    counting(&world, "noon", NOON, SINCE);
    assert_eq!(outcome(&world, "2026-06-09 17:01:00", "noon"), (0, "noop".into()), "it is not caught up");
    assert_eq!(outcome(&world, "2026-06-10 15:15:00", "noon"), (0, "noop".into()), "an hour early");
    let (code, record) = poke(&world, "2026-06-10 16:15:00", "noon", &[]);
    assert_eq!((code, &record["outcome"], &record["slot"]), (0, &json!("ok"), &json!("2026-06-10T12:15")));
    let (code, again) = poke(&world, "2026-06-10 16:15:10", "noon", &[]);
    assert_eq!((code, &again["outcome"]), (0, &json!("noop")));
    assert!(again["reason"].as_str().unwrap().contains("the next is 2026-06-11T12:15"), "{again}");
    assert_eq!(ran(&world, "noon"), ["2026-06-10T12:15"]);
    let recorded: Vec<_> = runs(&world, "noon").iter().map(|r| r["outcome"].clone()).collect();
    assert_eq!(recorded, ["noop", "ok", "noop"]);

    let (code, by_hand) = poke(&world, "2026-06-10 16:20:00", "noon", &["--now"]);
    assert_eq!((code, &by_hand["outcome"], &by_hand["slot"]), (0, &json!("ok"), &Value::Null));
    assert_eq!(outcome(&world, "2026-06-11 16:15:00", "noon"), (0, "ok".into()), "its slot was not used up");
    let started: Vec<_> = world.log().into_iter().filter(|e| e["kind"] == "run.started").collect();
    assert_eq!(started.len(), 3);
    assert!(started[1]["by"].is_string() && started[1].get("slot").is_none_or(Value::is_null), "{started:?}");
    world.verify();
}

#[test]
fn twenty_pokes_at_one_instant_are_one_run_each_time() {
    let world = june();
    counting(&world, "quarters", QUARTERS, "2026-06-09T23:55:00Z");
    for round in 0..ROUNDS {
        let when = format!("2026-06-10 {:02}:{:02}:00", round / 4, round % 4 * 15);
        let pokes: Vec<_> = (0..20).map(|_| begin(&world, &when, "quarters")).collect();
        let mut worked = 0;
        for poke in pokes {
            let out = poke.wait_with_output().unwrap();
            let said: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {out:?}"));
            match said["outcome"].as_str().unwrap() {
                "ok" => worked += 1,
                "noop" | "skipped:overlap" => {}
                other => panic!("{other}: {said}"),
            }
        }
        assert_eq!(worked, 1, "round {round}");
    }
    let ran = ran(&world, "quarters");
    let mut slots = ran.clone();
    slots.dedup();
    assert_eq!((ran.len(), slots.len()), (ROUNDS, ROUNDS));
    world.verify();
}

const ROUNDS: usize = 10;

#[test]
fn a_run_that_is_killed_at_any_instant_is_not_repeated_and_not_lost() {
    let world = june();
    counting(&world, "quarters", QUARTERS, "2026-06-09T23:55:00Z");
    let (mut whole, mut broken, mut again) = (0, 0, 0);
    for round in 0..48_u64 {
        let minutes = round * 15;
        let when = format!("2026-06-10 {:02}:{:02}:00", minutes / 60, minutes % 60);
        let slot = format!("2026-06-10T{:02}:{:02}", minutes / 60, minutes % 60);
        let mut child = begin(&world, &when, "quarters");
        std::thread::sleep(Duration::from_millis(round * 4));
        child.kill().unwrap();
        child.wait().unwrap();
        let before = ran(&world, "quarters").iter().filter(|s| **s == slot).count();
        let (_, record) = poke(&world, &format!("{}30", when.strip_suffix("00").unwrap()), "quarters", &[]);
        let after = ran(&world, "quarters").iter().filter(|s| **s == slot).count();
        let told = runs(&world, "quarters").into_iter().filter(|r| r["slot"] == slot.as_str());
        let told: Vec<_> = told.map(|r| r["outcome"].as_str().unwrap().to_owned()).collect();
        match told.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            // Nothing had been claimed: it was done by the second poke.
            ["ok"] if before == 0 => again += 1,
            ["ok"] => whole += 1,
            ["failed:crashed"] => {
                broken += 1;
                assert_eq!(before, after, "{slot} was repeated: {record}");
            }
            other => panic!("{slot}: {other:?}, {record}"),
        }
        assert!(after <= 1 && (after == 1 || told == ["failed:crashed"]), "{slot}: {after} runs, {told:?}");
    }
    assert!(broken > 0 && again > 0, "no kill met a run: {whole} whole, {broken} broken, {again} again");
    world.verify();
}

#[test]
fn time_under_the_kill_switch_or_a_pause_is_not_caught_up() {
    let world = june();
    counting(&world, "quarters", QUARTERS, "2026-06-10T01:50:00Z");
    counting(&world, "other", QUARTERS, "2026-06-10T01:50:00Z");
    assert_eq!(world.fleet_at("@2026-06-10 01:59:00", &["kill", "--reason", "a test"]).code, 0);
    // What the file system says of the switch is real time, of which the clock from outside knows nothing.
    std::fs::File::options()
        .write(true)
        .open(world.data().join("KILL"))
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_781_056_740))
        .unwrap();
    assert_eq!(outcome(&world, "2026-06-10 02:00:00", "quarters"), (5, "skipped:killed".into()));
    let ran_ = world.fleet_at("@2026-06-10 09:01:00", &["kill", "--release", "--reason", "it is over"]);
    assert_eq!(ran_.code, 0, "{ran_:?}");
    // One was poked meanwhile, the other was not.
    assert_eq!(outcome(&world, "2026-06-10 09:02:00", "quarters"), (0, "skipped:late".into()));
    assert_eq!(outcome(&world, "2026-06-10 09:02:00", "other"), (0, "skipped:late".into()));
    assert_eq!(outcome(&world, "2026-06-10 09:15:00", "quarters"), (0, "ok".into()));
    assert_eq!(outcome(&world, "2026-06-10 09:15:00", "other"), (0, "ok".into()));

    let pause = ["loop", "pause", "quarters", "--for", "7d"];
    assert_eq!(world.fleet_at("@2026-06-10 09:20:00", &pause).code, 0);
    assert_eq!(outcome(&world, "2026-06-10 09:30:00", "quarters"), (0, "skipped:paused".into()));
    assert_eq!(world.fleet_at("@2026-06-10 10:50:00", &["loop", "resume", "quarters"]).code, 0);
    assert_eq!(outcome(&world, "2026-06-10 10:51:00", "quarters"), (0, "skipped:late".into()));
    assert_eq!(outcome(&world, "2026-06-10 11:00:00", "quarters"), (0, "ok".into()));
    assert_eq!(ran(&world, "quarters"), ["2026-06-10T09:15", "2026-06-10T11:00"]);
    world.verify();
}

#[test]
fn a_slot_that_got_no_place_is_deferred_and_still_due() {
    let world = june();
    counting(&world, "heavy", &format!("{QUARTERS}\nclass = \"heavy\""), "2026-06-10T01:50:00Z");
    let definition = world.config().join("loops/heavy.toml");
    assert!(std::fs::read_to_string(&definition).unwrap().contains("heavy"));
    std::fs::create_dir(world.data().join("places")).unwrap();
    let place = fleet::state::Lock::acquire(&world.data().join("places/heavy.0"), Duration::ZERO).unwrap();
    // It waits; the switch ends the wait.
    let child = begin(&world, "2026-06-10 02:00:00", "heavy");
    std::thread::sleep(Duration::from_millis(700));
    assert!(ran(&world, "heavy").is_empty(), "it ran without a place");
    drop(place);
    let out = child.wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), &said["outcome"]), (Some(0), &json!("ok")), "{said}");
    assert_eq!(ran(&world, "heavy"), ["2026-06-10T02:00"]);
}

#[test]
fn an_unknown_zone_and_a_wrong_clock_are_closed_and_loud() {
    let world = june();
    counting(&world, "lost", "daily = [\"12:15\"]\nzone = \"Mars/Olympus\"", SINCE);
    counting(&world, "noon", NOON, SINCE);
    assert_eq!(outcome(&world, "2026-06-10 16:15:00", "lost"), (1, "failed:config".into()));
    assert_eq!(keys(&world), ["loop:lost:failed:config"]);
    assert!(ran(&world, "lost").is_empty());
    // Behind the log.
    assert_eq!(outcome(&world, "2026-06-10 12:15:00", "noon"), (1, "failed:clock".into()));
    // Far ahead of it: nothing is recorded, so that the wrong time does not become the newest.
    let entries = world.log().len();
    assert_eq!(outcome(&world, "2036-06-10 16:15:00", "noon"), (1, "failed:clock".into()));
    assert_eq!(outcome(&world, "2036-06-10 16:15:30", "noon"), (1, "failed:clock".into()));
    assert_eq!(world.log().len(), entries);
    assert_eq!(
        keys(&world).iter().filter(|k| *k == "loop:noon:failed:clock").count(),
        2,
        "{:?}",
        keys(&world)
    );
    assert_eq!(
        outcome(&world, "2026-06-10 16:15:00", "noon"),
        (0, "ok".into()),
        "the marks were not poisoned"
    );
    world.verify();
}

#[test]
fn a_slot_that_is_too_late_is_told_once() {
    let world = june();
    let text = format!("{NOON}\ncatch_up = {{ missed = \"latest\", within = \"2h\" }}");
    counting(&world, "noon", &text, SINCE);
    assert_eq!(outcome(&world, "2026-06-10 19:00:00", "noon"), (0, "skipped:late".into()));
    assert_eq!(outcome(&world, "2026-06-10 19:05:00", "noon"), (0, "noop".into()));
    assert_eq!(keys(&world), ["loop:noon:missed"]);
}

#[test]
fn what_passed_is_behind_only_once_it_is_on_record() {
    let world = june();
    let text = format!("{NOON}\ncatch_up = {{ missed = \"latest\", within = \"2h\" }}");
    counting(&world, "noon", &text, SINCE);
    let (runs_, aside) = (world.data().join("loops/noon/runs.jsonl"), world.root().join("aside"));
    // No record can be made: a folder stands in its place.
    std::fs::create_dir(&runs_).unwrap();
    assert_ne!(poke(&world, "2026-06-10 19:00:00", "noon", &[]).0, 0);
    std::fs::rename(&runs_, &aside).unwrap();
    assert_eq!(outcome(&world, "2026-06-10 19:05:00", "noon"), (0, "skipped:late".into()));
    assert_eq!(outcome(&world, "2026-06-10 19:10:00", "noon"), (0, "noop".into()));
}

#[test]
fn a_storm_of_pokes_is_told_once_and_keeps_the_records_small() {
    let world = june();
    counting(&world, "noon", NOON, SINCE);
    for n in 0..40 {
        // Minutes apart: a slow machine must not take the next poke for one from before the last record.
        assert_eq!(outcome(&world, &format!("2026-06-09 18:{n:02}:00"), "noon").1, "noop");
    }
    assert_eq!(keys(&world), ["loop:noon:poke storm"]);
    assert_eq!((runs(&world, "noon").len(), world.count("run.finished")), (1, 1));
}

#[test]
fn data_that_cannot_be_written_start_nothing() {
    let world = World::new();
    counting(&world, "quarters", QUARTERS, "2026-01-01T00:00:00Z");
    let Some(ran_) = world.read_only(&["run-loop", "quarters", "--json"]) else { return };
    assert_ne!(ran_.code, 0, "{ran_:?}");
    assert!(ran(&world, "quarters").is_empty() && !ran_.stderr.is_empty());
    wait_until("the same loop runs once its data can be written", || {
        world.fleet(&["run-loop", "quarters", "--json"]).code == 0
    });
    assert_eq!(ran(&world, "quarters").len(), 1);
}
