//! FL107: a crowded minute.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::{Trigger, triggers};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "FL107",
    title: "a crowded minute",
    level: Level::Error,
    safety: false,
    what: "A minute of the year in which more than four loops would start.",
    why: "Left to themselves, most loops start at full hours, and wait for each other or for the machine.",
    instead: "move it by some minutes with `offset` or another time",
    example: Example::Text(File::Definition, r#"every  = "30m"
offset = "4m""#, r#"daily  = ["07:32"]"#),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let own = minutes(&triggers(&spec.schedule));
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    let others: Vec<Vec<Trigger>> =
        house.others(subject).filter_map(|o| o.spec()).map(|s| triggers(&s.schedule)).collect();
    for other in &others {
        for minute in minutes(other).intersection(&own) {
            *counts.entry(*minute).or_default() += 1;
        }
    }
    let Some((minute, others)) = counts.into_iter().find(|(_, n)| *n >= MOST) else { return Vec::new() };
    let (day, hour, minute) = (minute / 1440, minute / 60 % 24, minute % 60);
    let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let day = days.get(day as usize).copied().unwrap_or("some day");
    vec![subject.hit("schedule", format!("on {day} at {hour:02}:{minute:02} there are {others} others already"))]
}

/// Most loops in one minute, without this one.
const MOST: usize = 4;

/// The minutes of the week in which a schedule starts. A day of the month can be any day of the week.
fn minutes(triggers: &[Trigger]) -> BTreeSet<u32> {
    let mut all = BTreeSet::new();
    for t in triggers {
        let days = t.weekday.map_or(0..7, |d| u32::from(d)..u32::from(d) + 1);
        let hours = t.hour.map_or(0..24, |h| u32::from(h)..u32::from(h) + 1);
        for day in days {
            all.extend(hours.clone().map(|hour| day * 1440 + hour * 60 + u32::from(t.minute)));
        }
    }
    all
}
