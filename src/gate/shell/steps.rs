//! From commands to the value that is spawned.

use super::commands::Row;
use super::parse::{Command, Join as Joined, Parsed, Target};
use super::programs::asks_where;
use super::walk::{Cwd, Walk};
use super::word::Word;
use crate::call::{Join, Pin, RealPath, Redirect, Repository, Sink, Stage, Step};
use std::path::Path;

/// The steps of a line that is understood; none if there is something that only a shell can do.
pub fn of(parsed: &Parsed, walk: &Walk<'_>) -> Option<Vec<Step>> {
    let commands = parsed.lists.first()?;
    let mut steps: Vec<Step> = Vec::new();
    let changes_folder = |c: &Command| c.words.first().is_some_and(|w| w.literal() == "cd");
    let moved = commands.iter().any(changes_folder);
    for (at, (command, row)) in commands.iter().zip(&walk.rows).enumerate() {
        let values = &row.values;
        if changes_folder(command) {
            let alone =
                command.join != Joined::Pipe && commands.get(at + 1).is_none_or(|n| n.join != Joined::Pipe);
            // After a folder that cannot be entered, a shell would go on in the old one.
            if !alone || commands.iter().any(|c| c.join == Joined::Or) || command.negated {
                return None;
            }
            continue;
        }
        if values.is_empty() {
            return None;
        }
        let mut argv: Vec<String> = values.iter().map(|v| v.text.clone()).collect();
        if argv.first().is_some_and(|name| name == "command")
            && asks_where(values.get(1..).unwrap_or_default())
        {
            // A shell answers that by itself; without one, `which` gives the same answer.
            argv.splice(..2, ["which".to_owned()]);
        }
        let stage = Stage { git: guarded(row)?, ..stage(command, argv, row, moved, walk)? };
        if command.join == Joined::Pipe {
            steps.last_mut()?.pipeline.push(stage);
            continue;
        }
        let when = match command.join {
            Joined::Then | Joined::Pipe => Join::Then,
            Joined::And => Join::And,
            Joined::Or => Join::Or,
        };
        steps.push(Step { when, negated: command.negated, pipeline: vec![stage] });
    }
    // Without any step there is nothing to run: `cd` alone.
    (!steps.is_empty()).then_some(steps)
}

fn stage(command: &Command, argv: Vec<String>, row: &Row, moved: bool, walk: &Walk<'_>) -> Option<Stage> {
    let cwd = &row.cwd;
    let name = argv.first()?;
    let place = if name.contains('/') && !name.starts_with('/') { walk.place_from(cwd, name) } else { None };
    let asked = place.as_ref().and_then(|p| p.to_str()).unwrap_or(name);
    let program = walk.world.find_program(asked).ok()?;
    let names = command.assigns.iter().map(|(name, _)| name.clone());
    let env = names.zip(row.assigns.iter().cloned()).collect();
    let mut redirects = Vec::new();
    for (redirect, place) in command.redirects.iter().zip(&row.redirects) {
        redirects.push(Redirect { fd: redirect.fd, to: sink(&redirect.target, place.as_deref())? });
    }
    let cwd = match cwd {
        Cwd::At(path) if moved => Some(RealPath::new(path).ok()?),
        Cwd::At(_) | Cwd::Scratch => None,
        Cwd::Unknown => return None,
    };
    Some(Stage { program, pin: Pin::Absent, argv, env, redirects, cwd, git: None })
}

/// The repository whose configuration must start nothing, if the command runs git.
fn guarded(row: &Row) -> Option<Option<Repository>> {
    Some(match &row.git {
        None => None,
        Some(Cwd::At(path)) => Some(Repository::At(RealPath::new(path).ok()?)),
        Some(Cwd::Scratch) => Some(Repository::Scratch),
        Some(Cwd::Unknown) => return None,
    })
}

fn sink(target: &Target, place: Option<&Path>) -> Option<Sink> {
    let null = |word: &Word| word.literal() == "/dev/null";
    let real = || RealPath::new(place?).ok();
    Some(match target {
        Target::Read(word) | Target::Write(word, _) if place.is_none() && null(word) => Sink::Null,
        Target::Read(_) => Sink::Read(real()?),
        Target::Write(_, true) => Sink::Append(real()?),
        Target::Write(_, false) => Sink::Write(real()?),
        Target::Both(_) => return None,
        Target::Copy(fd) => Sink::Copy(*fd),
        Target::Text(text) => Sink::Text(text.clone()?),
    })
}
