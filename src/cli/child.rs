//! Hidden: the moment between fleet and a program that it runs.

use super::{CliError, Exit};
use std::path::PathBuf;

/// Register in an in-flight file and become a program. Only fleet's own hands use this.
#[derive(clap::Args)]
pub struct Args {
    flight: PathBuf,
    kill_switch: PathBuf,
    /// The open descriptor that what to become is read from.
    order: i32,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let error = crate::effects::become_program(&args.flight, &args.kill_switch, args.order);
    Err(CliError::new(Exit::Failed, error.to_string()))
}

/// Carry out a line of several programs below a profile. Only fleet's own hands use this.
#[derive(clap::Args)]
pub struct Line {
    line: String,
}

pub fn line(args: &Line) -> Result<Exit, CliError> {
    let error = crate::effects::carry_out_line(&args.line);
    Err(CliError::new(Exit::Failed, format!("cannot carry out the line: {error}")))
}
