//! FL208: a busy day is over the budget.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL208",
    title: "a busy day is over the budget",
    level: Level::Error,
    safety: true,
    what: "Gathers that together can make more calls than `tool_calls` allows: `items` for each `for_each`, one for each other.",
    why: "The run would fail exactly on the day on which there is something to do.",
    instead: "raise `tool_calls` in [limits], or lower `items`",
    example: Example::Text(File::Definition, "tool_calls = 120", "tool_calls = 20"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let most: usize =
        spec.gather.values().map(|g| if g.for_each.is_some() { spec.limits.items } else { 1 }).sum();
    if most <= spec.limits.tool_calls {
        return Vec::new();
    }
    let message =
        format!("the gathers can make {most} calls, and `tool_calls` is {}", spec.limits.tool_calls);
    vec![subject.hit("limits.tool_calls", message)]
}
