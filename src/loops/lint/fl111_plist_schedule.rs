//! FL111: the property list has another schedule.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::calendar::triggers;

pub(super) const RULE: Rule = Rule {
    id: "FL111",
    title: "the property list has another schedule",
    level: Level::Error,
    safety: false,
    what: "Calendar entries that are not those of the schedule.",
    why: "Somebody edited the generated file, and the definition no longer tells the truth.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(File::Plist, "<integer>34</integer>", "<integer>22</integer>"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(schedule) = subject.schedule() else { return Vec::new() };
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    if job.entries() == triggers(schedule) {
        return Vec::new();
    }
    vec![Hit::plist(job.line("StartCalendarInterval"), "its times are not those of the definition")]
}
