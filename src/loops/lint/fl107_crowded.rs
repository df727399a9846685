//! FL107: a crowded minute.

use super::alike::WEEK;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

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
    let mut counts = vec![0_usize; WEEK];
    for minute in house.others(subject).flat_map(|other| &other.alike.minutes) {
        if let Some(count) = counts.get_mut(*minute) {
            *count += 1;
        }
    }
    let count = |minute: &usize| counts.get(*minute).copied().unwrap_or_default();
    let own = subject.alike.minutes.iter().map(|minute| (*minute, count(minute)));
    let Some((minute, others)) = own.into_iter().find(|(_, n)| *n >= MOST) else { return Vec::new() };
    let (day, hour, minute) = (minute / 1440, minute / 60 % 24, minute % 60);
    let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let day = days.get(day).copied().unwrap_or("some day");
    vec![subject.hit("schedule", format!("on {day} at {hour:02}:{minute:02} there are {others} others already"))]
}

/// Most loops in one minute, without this one.
const MOST: usize = 4;
