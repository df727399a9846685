//! Clocks that are wrong.

use crate::harness::World;
use serde_json::json;

fn list(world: &World) -> String {
    json!({"path": world.w()}).to_string()
}

#[test]
fn a_clock_that_went_back_stops_calls_and_only_warns_the_verifier() {
    let world = World::new();
    let args = list(&world);
    let call = ["tool", "call", "files_list", "--args", &args];
    assert_eq!(world.fleet_at("-60s", &call).code, 0, "a minute is a correction");
    let ran = world.fleet_at("-1h", &call);
    assert!(ran.code == 5 && ran.stderr.contains("behind the newest audit entry"), "{ran:?}");
    // The refusal is on record with the wrong time, and does not make that time right.
    assert_eq!(world.fleet_at("-1h", &call).code, 5);
    let report = world.fleet(&["audit", "verify", "--json"]).json();
    assert_eq!(report["ok"], true);
    assert!(report["warnings"][0].as_str().unwrap().contains("the clock went back"), "{report}");
    assert_eq!(world.fleet(&call).code, 0);
}

/// A flat battery: entries of the year 2100, and then the right time again.
#[test]
fn a_clock_that_was_far_ahead_is_got_over_with_a_new_log() {
    let world = World::new();
    let args = list(&world);
    let call = ["tool", "call", "files_list", "--args", &args];
    assert_eq!(world.fleet_at("+75y", &call).code, 0);
    assert_eq!(world.fleet(&call).code, 5);
    assert_eq!(world.fleet(&call).code, 5);
    let ran = world.fleet(&["audit", "archive", "--reason", "the clock was ahead"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.fleet(&call).code, 0);
    world.verify();
}
