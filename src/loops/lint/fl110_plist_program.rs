//! FL110: the property list starts something else.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::call::visible_line;

pub(super) const RULE: Rule = Rule {
    id: "FL110",
    title: "the property list starts something else",
    level: Level::Error,
    safety: true,
    what: "Arguments that are not the absolute fleet binary, `run-loop` and the id, or a Program besides.",
    why: "A shell or wrapper there runs with your accounts, outside the gate.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(
        File::Plist,
        "		<string>/usr/local/bin/fleet</string>\n		<string>run-loop</string>\n		<string>scan-filer</string>",
        "		<string>/bin/sh</string>\n		<string>-c</string>\n		<string>fleet run-loop scan-filer</string>",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    let words = job.texts("ProgramArguments");
    let fits = match words.as_slice() {
        [program, "run-loop", id] => {
            program.starts_with('/') && program.ends_with("/fleet") && *id == subject.name
        }
        _ => false,
    };
    let mut found = Vec::new();
    if !fits {
        let message = format!("it starts `{}`", visible_line(&words.join(" "), 80));
        found.push(Hit::plist(job.line("ProgramArguments"), message));
    }
    let more = ["Program", "BundleProgram", "RootDirectory", "WorkingDirectory"]
        .into_iter()
        .filter(|key| job.has(key));
    found.extend(more.map(|key| Hit::plist(job.line(key), format!("{key} changes what is started"))));
    found
}
