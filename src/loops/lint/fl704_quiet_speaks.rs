//! FL704: it acts in its quiet world.

use super::house::House;
use super::recorded::{named, replayed};
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL704",
    title: "it acts or speaks in its quiet world",
    level: Level::Error,
    safety: false,
    what: "Calls or findings in the recorded world `quiet`.",
    why: "Nothing new must mean that nothing is done or said: who is called without a reason stops listening.",
    instead: "give the act or the finding a `when`, or record a world in which there is nothing to do",
    example: Example::World(
        "quiet/world.json",
        "\"entries\": [] }\n    }\n",
        "\"entries\": [{ \"path\": \"/Users/ada/Scans/a.pdf\", \"name\": \"a.pdf\", \"kind\": \"file\", \"size\": 1, \"mtime\": 1 }] }\n    },\n    {\n      \"tool\": \"files_read\",\n      \"args\": { \"path\": \"/Users/ada/Scans/a.pdf\", \"max_bytes\": 4096 },\n      \"result\": { \"content\": \"x\", \"year\": \"2025\" }\n    }\n",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some((fixture, world)) = named(subject, "quiet") else { return Vec::new() };
    let Some(Ok(made)) = replayed(subject, world) else { return Vec::new() };
    if made.calls.is_empty() && made.findings.is_empty() {
        return Vec::new();
    }
    let said = [("calls", made.calls.len()), ("findings", made.findings.len())];
    let said: Vec<_> = said.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect();
    vec![subject.hit("title", format!("{} in the quiet world `{}`", said.join(" and "), fixture.shown))]
}
