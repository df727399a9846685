//! FL104: watched, and no clock.

use super::fl101_one_clock::CLOCKS;
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL104",
    title: "watched, and no clock",
    level: Level::Error,
    safety: false,
    what: "A schedule that has `watch` alone.",
    why: "Events of the file system get lost. Without a clock nobody can tell that a run is missing.",
    instead: r#"add the slowest clock that you could live with, such as `every = "6h"`"#,
    example: Example::Text(
        File::Definition,
        r#"every  = "30m"
offset = "4m"
"#,
        "",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.table.get("schedule").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let clock = CLOCKS.iter().any(|clock| schedule.contains_key(*clock));
    if clock || !schedule.contains_key("watch") {
        Vec::new()
    } else {
        vec![subject.hit("schedule.watch", "nothing but an event starts it")]
    }
}
