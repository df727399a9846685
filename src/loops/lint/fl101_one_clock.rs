//! FL101: not exactly one clock.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL101",
    title: "not exactly one clock",
    level: Level::Error,
    safety: false,
    what: "A schedule with none or more than one of `every`, `daily`, `weekly`, `monthly`.",
    why: "With two clocks nobody can say when a loop is overdue; with none it never is.",
    instead: "keep one of them; a second rhythm is a second loop",
    example: Example::Text(
        File::Definition,
        r#"every  = "30m""#,
        r#"daily  = ["07:32"]
every  = "30m""#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.table.get("schedule").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let clocks: Vec<_> = CLOCKS.iter().filter(|clock| schedule.contains_key(**clock)).collect();
    match clocks.as_slice() {
        [_] => Vec::new(),
        [] if schedule.contains_key("watch") => Vec::new(),
        [] => vec![subject.hit("schedule", "it has no clock")],
        [_, second, ..] => {
            vec![subject.hit(&format!("schedule.{second}"), format!("it has {} clocks", clocks.len()))]
        }
    }
}

/// The clocks.
pub(super) const CLOCKS: [&str; 4] = ["every", "daily", "weekly", "monthly"];
