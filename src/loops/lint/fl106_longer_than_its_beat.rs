//! FL106: a run may last longer than its interval.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::When;

pub(super) const RULE: Rule = Rule {
    id: "FL106",
    title: "a run may last longer than its interval",
    level: Level::Error,
    safety: false,
    what: "A `timeout_s` that is not below the interval of `every`.",
    why: "Runs pile up behind the lock, and every second slot is skipped.",
    instead: "lower `timeout_s` in [limits], or run less often",
    example: Example::Text(File::Definition, "timeout_s  = 120", "timeout_s  = 1800"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let Some(When::Every(every)) = subject.schedule().map(|s| &s.when) else { return Vec::new() };
    let seconds = u32::from(every.minutes) * 60;
    if spec.limits.timeout_s < seconds {
        return Vec::new();
    }
    let message =
        format!("a run may last {} s, and the next begins after {seconds} s", spec.limits.timeout_s);
    vec![subject.hit("limits.timeout_s", message)]
}
