//! `fleet completions`: printed from the same value as the help.

use super::{Cli, CliError, Exit, output};
use clap::CommandFactory as _;

/// Print a completion script.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet completions zsh > ~/.zsh/completions/_fleet")]
pub struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    output::raw(&script(args.shell));
    Ok(Exit::Done)
}

/// The script for `shell`.
pub(super) fn script(shell: clap_complete::Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "fleet", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
