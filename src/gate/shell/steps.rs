//! From commands to the value that is spawned.

use super::parse::{Command, Join as Joined, Parsed, Target};
use super::programs::asks_where;
use super::walk::{Cwd, Walk};
use crate::call::{Join, Pin, RealPath, Redirect, Sink, Stage, Step};

/// The steps of a line that is understood; none if there is something that only a shell can do.
pub fn of(parsed: &Parsed, walk: &Walk<'_>) -> Option<Vec<Step>> {
    let commands = parsed.lists.first()?;
    let mut steps: Vec<Step> = Vec::new();
    let changes_folder = |c: &Command| c.words.first().is_some_and(|w| w.literal() == "cd");
    let moved = commands.iter().any(changes_folder);
    for (at, (command, (values, cwd))) in commands.iter().zip(&walk.rows).enumerate() {
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
        let stage = stage(command, argv, cwd, moved, walk)?;
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

fn stage(command: &Command, argv: Vec<String>, cwd: &Cwd, moved: bool, walk: &Walk<'_>) -> Option<Stage> {
    let name = argv.first()?;
    let place = if name.contains('/') && !name.starts_with('/') { walk.place_from(cwd, name) } else { None };
    let asked = place.as_ref().and_then(|p| p.to_str()).unwrap_or(name);
    let program = walk.world.find_program(asked).ok()?;
    let mut env = Vec::new();
    for (name, word) in &command.assigns {
        env.push((name.clone(), word.value(walk).text));
    }
    let mut redirects = Vec::new();
    for redirect in &command.redirects {
        redirects.push(Redirect { fd: redirect.fd, to: sink(&redirect.target, cwd, walk)? });
    }
    let cwd = match cwd {
        Cwd::At(path) if moved => Some(RealPath::new(path).ok()?),
        Cwd::At(_) | Cwd::Scratch => None,
        Cwd::Unknown => return None,
    };
    Some(Stage { program, pin: Pin::Absent, argv, env, redirects, cwd })
}

fn sink(target: &Target, cwd: &Cwd, walk: &Walk<'_>) -> Option<Sink> {
    let place = |word: &super::word::Word| {
        let value = word.value(walk);
        let whole = value.known && !value.glob;
        let path = walk.place_from(cwd, &value.text).filter(|_| whole)?;
        RealPath::new(&path).ok()
    };
    Some(match target {
        Target::Read(word) if word.literal() == "/dev/null" => Sink::Null,
        Target::Write(word, _) if word.literal() == "/dev/null" => Sink::Null,
        Target::Read(word) => Sink::Read(place(word)?),
        Target::Write(word, true) => Sink::Append(place(word)?),
        Target::Write(word, false) => Sink::Write(place(word)?),
        Target::Both(_) => return None,
        Target::Copy(fd) => Sink::Copy(*fd),
        Target::Text(text) => Sink::Text(text.clone()?),
    })
}
