//! FL102: an interval that does not divide the day.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::Schedule;

pub(super) const RULE: Rule = Rule {
    id: "FL102",
    title: "an interval that does not divide the day",
    level: Level::Error,
    safety: false,
    what: "An `every` that divides neither the hour nor the day.",
    why: "It is compiled to fixed times, so that sleep merges them; seven minutes have none.",
    instead: "write 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h",
    example: Example::Text(File::Definition, r#"every  = "30m""#, r#"every  = "7m""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.table.get("schedule").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let Some(every) = schedule.get("every").and_then(toml::Value::as_str) else { return Vec::new() };
    let alone = toml::Table::from_iter([("every".to_owned(), toml::Value::from(every))]);
    match Schedule::parse(&alone) {
        Ok(_) => Vec::new(),
        Err(e) => vec![subject.hit("schedule.every", e.to_string())],
    }
}
