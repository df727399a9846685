//! `fleet loop`: the registry, and the gate that new loops pass.

pub(super) mod explain;
mod history;
mod lint;
mod list;
mod mode;
mod new;
mod next;
mod register;
mod show;
mod stat;

use super::{CliError, Context, Exit};
use crate::gate::GateError;
use crate::loops::LoopError;
use crate::loops::lint::House;
use crate::state::Home;

/// List, show, write, check and register loops.
///
/// A loop is a definition and its runbook: fleet-loops(5) describes them. What the lint refuses is
/// not registered, and only what is registered runs.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop list
  fleet loop new cert-watch                      then write it, then:
  fleet loop lint cert-watch && fleet loop register cert-watch
  fleet loop live downloads-sorter
  fleet loop pause stale-branches --for 7d")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// All loops: whether they are registered, may act, and how they last ended.
    List,
    Show(show::Args),
    New(new::Args),
    Lint(lint::Args),
    Explain(explain::Args),
    Register(register::Args),
    Unregister(register::Out),
    Live(mode::Live),
    Observe(mode::Observe),
    Pause(mode::Pause),
    Resume(mode::Resume),
    Next(next::Args),
    History(history::Args),
    Stat(stat::Args),
}

/// A loop's error with its exit code.
pub(super) fn failed(e: LoopError) -> CliError {
    match e {
        LoopError::Gate(e) => GateError::into(e),
        LoopError::Unknown(_) => CliError::new(Exit::Usage, e.to_string()),
        LoopError::Busy(_) => CliError::new(Exit::Busy, e.to_string()),
        LoopError::Unfit(..) | LoopError::Unregistered(_) | LoopError::Changed(..) | LoopError::Io(..) => {
            CliError::new(Exit::Failed, e.to_string())
        }
    }
}

/// All loops, since some faults are only seen beside the others.
pub(super) fn house(home: &Home) -> Result<House, CliError> {
    House::of(home).map_err(|e| CliError::new(Exit::Failed, format!("cannot read the loops: {e}")))
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::List => list::run(context),
        Sub::Show(args) => show::run(args, context),
        Sub::New(args) => new::run(args, context),
        Sub::Lint(args) => lint::run(args, context),
        Sub::Explain(args) => explain::run(args, context),
        Sub::Register(args) => register::run(args, context),
        Sub::Unregister(args) => register::out(args, context),
        Sub::Live(args) => mode::live(args, context),
        Sub::Observe(args) => mode::observe(args, context),
        Sub::Pause(args) => mode::pause(args, context),
        Sub::Resume(args) => mode::resume(args, context),
        Sub::Next(args) => next::run(args, context),
        Sub::History(args) => history::run(args, context),
        Sub::Stat(args) => stat::run(args, context),
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use crate::loops::lint::COMMANDS;
    use clap::CommandFactory as _;

    /// FL612 tells commands in runbooks that do not exist by this list.
    #[test]
    fn the_lint_knows_every_command() {
        let whole = Cli::command();
        let names = |command: &clap::Command| -> Vec<String> {
            command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect()
        };
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for name in names(&whole) {
            let mut below = names(whole.find_subcommand(&name).unwrap());
            below.sort();
            found.push((name, below));
        }
        let known: Vec<(String, Vec<String>)> = COMMANDS
            .iter()
            .map(|(name, below)| {
                let mut below: Vec<String> = below.iter().map(|b| (*b).to_owned()).collect();
                below.sort();
                ((*name).to_owned(), below)
            })
            .collect();
        assert_eq!(found, known, "left: the command line, right: src/loops/lint/commands.rs");
    }
}
