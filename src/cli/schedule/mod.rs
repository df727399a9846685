//! `fleet schedule`: when loops run, and the system's scheduler that pokes them.

mod slots;

use super::{CliError, Context, Exit};
use clap::Subcommand;

/// When loops run, and the system's scheduler that pokes them.
///
/// launchd, systemd and cron only poke: `fleet run-loop` works out which slot is due and runs it at
/// most once.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule slots --spec 'daily = [\"07:30\"]' --zone Europe/Rome -n 3")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Slots(slots::Args),
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Command::Slots(args) => slots::run(args, context),
    }
}
