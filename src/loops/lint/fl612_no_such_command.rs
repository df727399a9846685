//! FL612: a command that does not exist.

use super::commands::{COMMANDS, commands};
use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL612",
    title: "a command that does not exist",
    level: Level::Error,
    safety: false,
    what: "A `fleet` command in the runbook that fleet does not have, or that names another loop.",
    why: "Commands rot first, and names of other loops come from copying.",
    instead: "`fleet --help` lists the commands",
    example: Example::Text(
        File::Runbook,
        "`fleet loop show scan-filer`",
        "`fleet loop frobnicate scan-filer`",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let mut found = Vec::new();
    for (line, command) in commands(subject.page(), 0) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["fleet", name, rest @ ..] = words.as_slice() else { continue };
        let Some((_, below)) = COMMANDS.iter().find(|(known, _)| known == name) else {
            found.push(Hit::page(line, format!("there is no `fleet {name}`")));
            continue;
        };
        let verb = rest.first().copied().unwrap_or_default();
        if !below.is_empty() && !below.contains(&verb) {
            found.push(Hit::page(line, format!("there is no `fleet {name} {verb}`")));
            continue;
        }
        let target = match (*name, rest) {
            ("run-loop", [id, ..]) | ("loop", [_, id, ..]) => Some(*id),
            _ => None,
        };
        let other = target.filter(|id| *id != subject.name && house.others(subject).any(|o| o.name == *id));
        found.extend(other.map(|id| Hit::page(line, format!("`{id}` is another loop"))));
    }
    found
}
