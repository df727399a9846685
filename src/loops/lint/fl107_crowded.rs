//! FL107: a crowded minute.

use super::alike::MINUTES;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::crowd::MOST;

pub(super) const RULE: Rule = Rule {
    id: "FL107",
    title: "a crowded minute",
    level: Level::Error,
    safety: false,
    what: "A minute of the year in which more than four loops would start.",
    why: "Left to themselves, most loops start at full hours, and wait for each other or for the machine.",
    instead: "move it by some minutes with `offset` or another time",
    example: Example::Text(
        File::Definition,
        r#"every  = "30m"
offset = "4m""#,
        r#"daily  = ["07:32"]"#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let mut own = vec![0; MINUTES];
    subject.alike.count(&mut own);
    let mut others = house.crowd.clone();
    for same in house.all.iter().filter(|s| s.name == subject.name) {
        let mut counts = vec![0; MINUTES];
        same.alike.count(&mut counts);
        others.iter_mut().zip(counts).for_each(|(n, own)| *n = n.saturating_sub(own));
    }
    let crowded = own.iter().zip(&others).position(|(own, others)| *own > 0 && *others >= MOST);
    let Some(minute) = crowded else { return Vec::new() };
    let others = others.get(minute).copied().unwrap_or_default();
    let (hour, minute) = (minute / 60 % 24, minute % 60);
    vec![subject.hit("schedule", format!("at {hour:02}:{minute:02} there are {others} others already"))]
}
