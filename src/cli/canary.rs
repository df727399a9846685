//! Hidden: what `init` and a first call after an update run below a profile, to see that it holds.

use super::{CliError, Exit, output};
use crate::effects::canary;

/// Try what a confined program must not do. Only fleet itself uses this.
#[derive(clap::Args)]
pub struct Args {
    /// Confine this process by the profile first.
    #[arg(long, value_name = "PROFILE")]
    below: Option<String>,
    task: String,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("cannot sing: {e}"));
    if let Some(profile) = &args.below {
        return Err(failed(canary::enter(profile, args.task.clone())));
    }
    output::raw(&format!("{}\n", canary::sing(&args.task).map_err(failed)?));
    Ok(Exit::Done)
}
