//! A child that is slow: its parent is killed after it had looked, and before it registered.

use super::kinds::{Kind, Stage};
use super::trial::{close, command, prepared, recover};
use crate::harness::FLEET;
use std::process::Child;
use std::time::{Duration, Instant};

/// The child of process `parent` that runs `fleet COMMAND`, once it is there.
fn child_of(parent: u32, command: &str) -> u32 {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let named = format!("{FLEET}\0{command}\0");
    let begun = Instant::now();
    loop {
        for pid in std::fs::read_to_string(&path).unwrap_or_default().split_whitespace() {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if line.starts_with(&named) {
                return pid.parse().unwrap();
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{parent} starts no `fleet {command}`");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// `fleet ARGS` under strace, which delays each call of `names` by this much.
fn delayed(stage: &Stage, names: &str, by: Duration, args: &[String]) -> Child {
    let inject = format!("inject={names}:delay_enter={}:when=1", by.as_micros());
    let mut strace = command(stage, "strace");
    strace.args(["-f", "-qqq", "-o", "/dev/null", "-e", &format!("trace={names}"), "-e", &inject, FLEET]);
    strace.args(args).spawn().expect("strace: `tests/run` installs it")
}

/// A program whose parent is killed before the child registers, while the next command closes the call and
/// takes `closing` to remove the in-flight file: how often it ran.
fn ran_late(closing: Duration) -> usize {
    let stage = Stage::new(Kind::Shell);
    let (args, _) = prepared(&stage, 0);
    // The child registers with its first write. The parent's own first write comes as late.
    let mut strace = delayed(&stage, "write", Duration::from_millis(1500), &args);
    let fleet = child_of(strace.id(), "approve");
    let child = child_of(fleet, "exec-child");
    // By now the child has seen its parent alive, and is about to register.
    std::thread::sleep(Duration::from_millis(400));
    let kill = stage.world.process("kill", &["-9", &fleet.to_string()]).status().unwrap();
    assert!(kill.success() && std::path::Path::new(&format!("/proc/{child}")).exists());
    let list = ["approval", "list"].map(str::to_owned);
    assert!(delayed(&stage, "unlink,unlinkat", closing, &list).wait().unwrap().success());
    strace.wait().unwrap();
    recover(&stage, "a slow child");
    assert_eq!(stage.world.count("call.unknown"), 1);
    let took = stage.take(0);
    close(&stage, 0..1);
    took
}

#[test]
fn a_child_that_registers_after_its_call_was_closed_does_not_become_the_program() {
    assert_eq!(ran_late(Duration::ZERO), 0);
}

#[test]
fn a_child_that_registers_while_its_call_is_being_closed_does_not_become_the_program() {
    let took = ran_late(Duration::from_millis(2500));
    assert_eq!(took, 0, "the program ran after its call was closed as unknown, and nothing ended it");
}
