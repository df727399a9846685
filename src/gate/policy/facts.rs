//! What rules look at: a resolved call, spelled as it is and folded.

use super::below;
use crate::call::{Caller, Effect, Risk};
use crate::gate::fold::fold;
use crate::gate::rules::touched;

/// A name, as it is and as strict rules compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub exact: String,
    pub folded: String,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        Self { exact: text.to_owned(), folded: fold(text) }
    }
}

/// A path that is touched.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub name: Name,
    /// Whether it is changed: what lies below goes with it.
    pub writes: bool,
    /// How many levels of folders below it are looked into.
    pub below: u32,
    /// Whether it is the program that runs, which `programs` is for.
    pub program: bool,
}

/// A program that is started: as asked, and by the names that strict rules compare.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub asked: String,
    pub names: Vec<String>,
}

/// All that matchers look at.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub tool: &'static str,
    pub caller: String,
    pub risk: Risk,
    /// The minute of the local day; none if it is not known, or open as in an example.
    pub minute: Option<u16>,
    pub paths: Vec<Place>,
    pub hosts: Vec<Name>,
    pub recipients: Vec<Name>,
    pub programs: Vec<Program>,
}

impl Facts {
    /// The facts of a call of `tool` by `caller`.
    pub(super) fn of(
        tool: &'static str,
        caller: &Caller,
        risk: Risk,
        effects: &[Effect],
        minute: Option<u16>,
    ) -> Self {
        let mut facts = Self {
            tool,
            caller: caller.to_string(),
            risk,
            minute,
            paths: Vec::new(),
            hosts: Vec::new(),
            recipients: Vec::new(),
            programs: Vec::new(),
        };
        for effect in effects {
            let stages: Vec<_> = if let Effect::Spawn(spawn) = effect {
                spawn.steps.iter().flat_map(|step| &step.pipeline).collect()
            } else {
                Vec::new()
            };
            let real: Vec<_> = stages.iter().filter_map(|stage| stage.program.as_ref()).collect();
            facts.paths.extend(touched(effect).into_iter().map(|(path, writes)| Place {
                name: Name::new(path.as_str()),
                writes,
                below: below::levels(effect, path),
                program: real.contains(&path),
            }));
            let reach = effect.reach();
            facts.hosts.extend(reach.hosts.into_iter().map(Name::new));
            facts.recipients.extend(reach.recipients.into_iter().map(|to| Name::new(&to.address)));
            for asked in reach.programs {
                // Of a program that the line itself starts, also what it is found to be.
                let found = stages.iter().find(|stage| stage.argv.first().is_some_and(|name| name == asked));
                let found = found.and_then(|stage| stage.program.as_ref()).map(crate::call::RealPath::as_str);
                let names = [Some(asked), found].into_iter().flatten();
                let names =
                    names.flat_map(|name| [fold(name), fold(name.rsplit('/').next().unwrap_or(name))]);
                facts.programs.push(Program { names: names.collect(), asked: asked.to_owned() });
            }
        }
        facts
    }
}
