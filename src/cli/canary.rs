//! Hidden: what `init` and a first call after an update run below a profile, to see that it holds.

use super::{CliError, Exit, output};
use crate::effects::canary;

/// Try what a confined program must not do. Only fleet itself uses this.
#[derive(clap::Args)]
pub struct Args {
    /// Begin anew below the profile that is read from this open descriptor.
    #[arg(long, value_name = "DESCRIPTOR", conflicts_with = "task")]
    below: Option<i32>,
    #[arg(required_unless_present = "below", default_value = "")]
    task: String,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("cannot sing: {e}"));
    if let Some(order) = args.below {
        return Err(failed(canary::enter(order)));
    }
    output::raw(&format!("{}\n", canary::sing(&args.task).map_err(failed)?));
    Ok(Exit::Done)
}
