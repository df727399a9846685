//! FL109: the label of the property list.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL109",
    title: "the label of the property list",
    level: Level::Error,
    safety: false,
    what: "A property list that does not read, or whose Label is not `local.fleet.ID`.",
    why: "launchctl shows labels; a wrong one hides the loop, and lets it run twice.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(
        File::Plist,
        "<string>local.fleet.scan-filer</string>",
        "<string>com.example.test</string>",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(plist) = &subject.plist else { return Vec::new() };
    let wanted = format!("local.fleet.{}", subject.name);
    match Job::of(plist) {
        Err(why) => vec![Hit::plist(1, why)],
        Ok(job) if job.text("Label") == Some(wanted.as_str()) => Vec::new(),
        Ok(job) => vec![Hit::plist(job.line("Label"), format!("the label is to be `{wanted}`"))],
    }
}
