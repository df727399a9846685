//! FL103: in the hour of the clock change.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::When;

pub(super) const RULE: Rule = Rule {
    id: "FL103",
    title: "in the hour of the clock change",
    level: Level::Error,
    safety: false,
    what: "A time of day from 01:00 to 02:59.",
    why: "On two nights a year that hour does not exist, or exists twice. fleet runs the slot once, but not when a person expects it.",
    instead: "take an hour before 01:00 or after 03:00",
    example: Example::Text(
        File::Definition,
        r#"every  = "30m"
offset = "4m""#,
        r#"daily  = ["02:30"]"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.schedule() else { return Vec::new() };
    let fixed = schedule.zone.as_deref().is_some_and(|zone| ["UTC", "Etc/UTC"].contains(&zone));
    let (key, times) = match &schedule.when {
        When::Every(_) => return Vec::new(),
        When::Daily(times) => ("schedule.daily", times.clone()),
        When::Weekly(_, at) => ("schedule.weekly", vec![*at]),
        When::Monthly(_, at) => ("schedule.monthly", vec![*at]),
    };
    let bad = times.iter().filter(|t| !fixed && (1..3).contains(&t.hour));
    bad.map(|t| {
        subject
            .hit(key, format!("{:02}:{:02} is missing or twice there on two nights a year", t.hour, t.minute))
    })
    .collect()
}
