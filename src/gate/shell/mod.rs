//! Command lines: taken apart, judged, and turned into the value that is spawned without a shell.
//!
//! Two walks over one parse. To run by itself, everything must be understood, static and listed. To be
//! blocked, it is enough that something forbidden is found, also inside what is half understood:
//! bodies, substitutions, strings given to shells, here-documents. Everything else asks. A hole in
//! the second walk costs a prompt; the first walk has none that is known.

mod arguments;
mod changing;
mod commands;
mod delete;
mod feeding;
mod find;
mod forbidden;
mod git;
mod globs;
mod listed;
mod names;
mod parse;
mod programs;
mod raw;
mod reader;
mod readers;
mod reading;
mod scripts;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told;
mod versions;
mod walk;
mod word;
mod wrappers;

use super::world::World;
use crate::call::{Answer, Caller, Malformed, RealPath, Reason, Script, Step};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What became of a line.
#[derive(Debug)]
pub struct Line {
    /// What to spawn; without it, the line itself goes to a shell.
    pub steps: Option<Vec<Step>>,
    /// Places named to look at.
    pub reads: BTreeSet<PathBuf>,
    /// Places named to change.
    pub writes: BTreeSet<PathBuf>,
    /// Folders in which something is changed that is not known by name.
    pub inside_of: BTreeSet<PathBuf>,
    /// Hosts named.
    pub hosts: BTreeSet<String>,
    /// Programs that it would run, also by way of others.
    pub programs: BTreeSet<String>,
    /// What was found.
    pub findings: Vec<(Answer, Reason)>,
}

impl Line {
    /// Whether it is proven to change nothing.
    pub fn read_only(&self) -> bool {
        self.steps.is_some() && self.findings.is_empty()
    }
}

/// Takes `script` apart and judges it, fed `stdin`, as it would run in `cwd` for `caller`.
///
/// # Errors
/// [`Malformed`] if it has control characters, names no program, or opens a quote and never closes it.
pub fn judge(
    script: &Script,
    stdin: &[u8],
    cwd: Option<&RealPath>,
    caller: &Caller,
    world: &World<'_>,
) -> Result<Line, Malformed> {
    let mut walk = walk::Walk::new(matches!(script, Script::Line(_)), cwd, caller, world).fed(stdin);
    let parsed = match script {
        Script::Argv(argv) => parse::Parsed::of_argv(argv),
        Script::Line(text) => {
            if let Some(why) = raw::look(text)? {
                walk.find(Answer::Ask, "shell-display", 0, &why);
            }
            parse::parse(text).map_err(|e| Malformed::new("command", text, e.to_string()))?
        }
    };
    walk.line(&parsed);
    let understood = parsed.odd.is_empty() && walk.is_static();
    let steps = if understood { steps::of(&parsed, &walk) } else { None };
    if let (Script::Argv(argv), None) = (script, &steps) {
        let name = argv.first().map_or("", String::as_str);
        return Err(Malformed::new("program", name, "has too many links to follow"));
    }
    Ok(Line {
        steps,
        reads: walk.reads,
        writes: walk.writes,
        hosts: walk.hosts,
        programs: walk.programs,
        inside_of: walk.inside_of,
        findings: walk.findings,
    })
}
