//! FL108: a day that some months lack.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL108",
    title: "a day that some months lack",
    level: Level::Error,
    safety: false,
    what: "A `monthly` day above 28.",
    why: "The 31st is five silent months a year.",
    instead: "take the 28th or an earlier day",
    example: Example::Text(
        File::Definition,
        r#"every  = "30m"
offset = "4m""#,
        r#"monthly = { days = [31], at = "09:00" }"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.table.get("schedule").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let days = schedule.get("monthly").and_then(|m| m.get("days")).and_then(toml::Value::as_array);
    let bad = days.into_iter().flatten().filter_map(toml::Value::as_integer).filter(|day| *day > 28);
    bad.map(|day| subject.hit("schedule.monthly", format!("some months have no day {day}"))).collect()
}
