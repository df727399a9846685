//! `fleet schedule`: when loops run, and the system's scheduler that pokes them.

mod install;
mod jobs;
mod render;
mod slots;
mod sweep;

use super::{CliError, Context, Exit};
use clap::Subcommand;

/// When loops run, and the system's scheduler that pokes them.
///
/// launchd, systemd and cron only poke: `fleet run-loop` works out which slot is due and runs it at
/// most once.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule install
  fleet schedule status
  fleet schedule slots --spec 'daily = [\"07:30\"]' --zone Europe/Rome -n 3")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Render(render::Args),
    Install(install::Install),
    Uninstall(install::Uninstall),
    Status(install::Status),
    Sweep(sweep::Args),
    Slots(slots::Args),
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Command::Render(args) => render::run(args, context),
        Command::Install(args) => install::install(args, context),
        Command::Uninstall(args) => install::uninstall(args, context),
        Command::Status(args) => install::status(args, context),
        Command::Sweep(args) => sweep::run(args, context),
        Command::Slots(args) => slots::run(args, context),
    }
}
