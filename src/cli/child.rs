//! Hidden: the moment between fleet and a program that it runs.

use super::{CliError, Exit};
use std::path::PathBuf;

/// Register in an in-flight file and become a program. Only fleet's own hands use this.
#[derive(clap::Args)]
pub struct Args {
    flight: PathBuf,
    kill_switch: PathBuf,
    /// Hold the program to this profile.
    #[arg(long, value_name = "PROFILE")]
    below: Option<String>,
    program: PathBuf,
    #[arg(last = true, required = true)]
    argv: Vec<String>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let (profile, program) = (args.below.as_deref(), &args.program);
    let error = crate::effects::become_program(&args.flight, &args.kill_switch, profile, program, &args.argv);
    Err(CliError::new(Exit::Failed, format!("cannot start `{}`: {error}", args.program.display())))
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
