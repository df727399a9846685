//! FL619: the runbook names another time.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::{Wall, When};
use crate::loops::runbook::part;

pub(super) const RULE: Rule = Rule {
    id: "FL619",
    title: "the runbook names another time",
    level: Level::Error,
    safety: false,
    what: "A time of day in the section What it touches at which the loop does not run.",
    why: r#""Why did it not run yet?" is what is asked most."#,
    instead: "write the time that the schedule has",
    example: Example::Text(
        File::Runbook,
        "- Runs every 30 minutes, four minutes past.",
        "- Runs daily at 08:00.",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.schedule() else { return Vec::new() };
    let Some(section) = part(subject.page(), "What it touches") else { return Vec::new() };
    let times: Vec<Wall> = match &schedule.when {
        When::Every(_) => Vec::new(),
        When::Daily(times) => times.clone(),
        When::Weekly(_, at) | When::Monthly(_, at) => vec![*at],
    };
    let times: Vec<String> = times.iter().map(|t| format!("{:02}:{:02}", t.hour, t.minute)).collect();
    let mut found = Vec::new();
    for (n, line) in section.body.lines().enumerate().filter(|(_, l)| l.to_lowercase().contains("run")) {
        let words = line.split(|c: char| !c.is_ascii_digit() && c != ':');
        let said = words.filter(|w| w.len() == 5 && w.as_bytes().get(2) == Some(&b':'));
        let wrong = said.filter(|w| !times.iter().any(|t| t == w));
        found.extend(wrong.map(|w| Hit::page(section.line + n + 1, format!("it does not run at {w}"))));
    }
    found
}
