//! `fleet audit`: the record.

mod change;
mod checkpoint;
mod export;
mod filter;
mod query;
mod show;
mod tail;
mod verify;

pub(super) use tail::sentence;

use super::{CliError, Context, Exit, output};

/// Verify, read, sign and close the audit log.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit verify
  fleet audit tail -n 50
  fleet audit query --risk HIGH --since 7d | jq -r .tool
  fleet audit checkpoint --publish ~/Dropbox/fleet-anchors

fleet-audit(5) describes the format, and what each layer catches.")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    Verify(verify::Args),
    Tail(tail::Args),
    Query(query::Args),
    Show(show::Args),
    Stats(query::StatsArgs),
    Export(export::Args),
    Checkpoint(checkpoint::Args),
    Resolve(change::ResolveArgs),
    Repair(change::RepairArgs),
    Archive(change::ArchiveArgs),
    /// Print the independent verifier: a page of Python that needs nothing of fleet.
    #[command(after_help = "\
Examples:
  fleet audit verifier > verifier.py
  python3 verifier.py /backup/audit --anchor 4711:9f86d081884c7d65…")]
    Verifier,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::Verify(args) => verify::run(args, context),
        Sub::Tail(args) => tail::run(args, context),
        Sub::Query(args) => query::run(args),
        Sub::Show(args) => show::run(args, context),
        Sub::Stats(args) => query::stats(args, context),
        Sub::Export(args) => export::run(args),
        Sub::Checkpoint(args) => checkpoint::run(args, context),
        Sub::Resolve(args) => change::resolve(args, context),
        Sub::Repair(args) => change::repair(args, context),
        Sub::Archive(args) => change::archive(args, context),
        Sub::Verifier => {
            output::raw(crate::audit::VERIFIER);
            Ok(Exit::Done)
        }
    }
}

/// A log that cannot be read.
fn unreadable(e: &std::io::Error) -> CliError {
    CliError::new(Exit::Broken, format!("cannot read the audit log: {e}"))
        .hint("`fleet audit verify` says more")
}
