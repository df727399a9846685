//! Many writers at once, some of which end in the middle.

use crate::harness::World;
use fleet::audit::{Entry, Kind, Log};
use fleet::state::Home;
use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};

/// A process of this test binary that appends: [`one_process_appends_in_a_loop`] with a home, a writer's
/// number and a count in its environment.
fn appender(world: &World, writer: usize, count: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::crowd::one_process_appends_in_a_loop", "--nocapture"]);
    command.env("FLEET_TEST_APPENDER", format!("{} {writer} {count}", world.root().join("fleet").display()));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What an appender was given receipts for: it prints each number after the receipt.
fn receipts(child: Child) -> Vec<u64> {
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    // A last line without its end was never printed whole.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter_map(|l| l.strip_prefix("receipt ")?.parse().ok()).collect()
}

#[test]
fn one_process_appends_in_a_loop() {
    let own = World::new();
    let given = std::env::var("FLEET_TEST_APPENDER");
    let given = given.unwrap_or_else(|_| format!("{} 0 20", own.root().join("fleet").display()));
    let words: Vec<_> = given.split(' ').collect();
    let home = Home::scratch(std::path::Path::new(words[0])).unwrap();
    let count: u64 = words[2].parse().unwrap();
    let log = Log::of(&home);
    let mut before = 0;
    for nth in 0..count {
        let entry = Entry::new(Kind::CallDone).with("caller", words[1]).with("bytes", nth);
        let seq = log.append(&entry).unwrap().place().seq;
        assert!(seq > before);
        before = seq;
        println!("receipt {seq}");
    }
}

#[test]
fn sixty_four_processes_lose_nothing_and_write_nothing_twice() {
    let world = World::new();
    let first = world.log().len();
    let all: Vec<_> = (0..64).map(|writer| appender(&world, writer, 200)).collect();
    let receipts: Vec<u64> = all.into_iter().flat_map(receipts).collect();
    assert_eq!(receipts.len(), 12_800);
    assert_eq!(receipts.iter().collect::<BTreeSet<_>>().len(), 12_800, "a number was given twice");
    world.verify();
    let log = world.log();
    assert_eq!(log.len(), first + 12_800);
    let written: BTreeSet<_> = log[first..]
        .iter()
        .map(|e| (e["caller"].as_str().unwrap().to_owned(), e["bytes"].as_u64().unwrap()))
        .collect();
    assert_eq!(written.len(), 12_800, "an entry is there twice, and another is lost");
    // The last to sync published the last entry: nobody acknowledged more than the head says.
    let head = std::fs::read_to_string(world.data().join("audit/head")).unwrap();
    assert_eq!(head.lines().nth(1).unwrap().parse::<usize>().unwrap(), log.len());
}

#[test]
fn writers_that_are_killed_lose_nothing_that_was_acknowledged() {
    let world = World::new();
    let mut all: Vec<_> = (0..8).map(|writer| appender(&world, writer, 150)).collect();
    std::thread::sleep(std::time::Duration::from_millis(60));
    for child in all.iter_mut().take(5) {
        child.kill().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let receipts: Vec<u64> = all.into_iter().flat_map(receipts).collect();
    assert!(receipts.len() >= 3 * 150, "the others went on");
    // What a kill tore is cut off by the next entry.
    world.done("files_list", serde_json::json!({"path": world.w()}));
    world.verify();
    let there: BTreeSet<u64> = world.log().iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert!(receipts.iter().all(|seq| there.contains(seq)));
}
