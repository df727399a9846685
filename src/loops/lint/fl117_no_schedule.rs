//! FL117: the schedule does not read.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Form;
use super::subject::Subject;
use crate::state::clock;

pub(super) const RULE: Rule = Rule {
    id: "FL117",
    title: "the schedule does not read",
    level: Level::Error,
    safety: false,
    what: "A time, day, offset or zone that is none.",
    why: "A loop without a schedule never runs, and nobody misses it.",
    instead: "mend the line as the message says",
    example: Example::Text(File::Definition, r#"offset = "4m""#, r#"offset = "40m""#),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let others: [fn(&Subject, &House) -> Vec<Hit>; 5] = [
        super::fl002_unknown_key::RULE.find,
        super::fl101_one_clock::RULE.find,
        super::fl102_uneven::RULE.find,
        super::fl104_only_watched::RULE.find,
        super::fl108_missing_day::RULE.find,
    ];
    let Form::NoSchedule(why, _) = &subject.form else { return zone(subject) };
    // What has a page of its own is told there.
    if others.iter().any(|find| !find(subject, house).is_empty()) {
        return Vec::new();
    }
    vec![subject.hit("schedule", why.clone())]
}

fn zone(subject: &Subject) -> Vec<Hit> {
    let zone = subject.schedule().and_then(|s| s.zone.as_deref());
    match clock::zone(zone) {
        Err(why) if zone.is_some() => vec![subject.hit("schedule.zone", why)],
        Ok(_) | Err(_) => Vec::new(),
    }
}
