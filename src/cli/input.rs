//! Reading what the command line points to.

use super::CliError;
use crate::canon;
use crate::gate;
use crate::state::Home;
use serde_json::Value;
use std::io::Read as _;

/// Longest input; what is longer is refused by the parser with the same words.
const MOST: u64 = (1 << 20) + 1;

/// The home, which `init` made; crashed calls of it are closed first.
pub fn home() -> Result<Home, CliError> {
    let home = Home::locate()?.require()?;
    for closed in gate::recover(&home)? {
        super::output::say(&format!("fleet: {closed}"));
    }
    Ok(home)
}

/// The home, for commands that only look: a log that is broken does not stop them.
pub fn home_to_look() -> Result<Home, CliError> {
    let home = Home::locate()?.require()?;
    match gate::recover(&home) {
        Ok(closed) => closed.iter().for_each(|c| super::output::say(&format!("fleet: {c}"))),
        Err(e) => super::output::say(&format!("fleet: {e}")),
    }
    Ok(home)
}

/// JSON from the argument itself, from `@FILE`, or from stdin for `-`.
pub fn json(argument: &str) -> Result<Value, CliError> {
    let mut bytes = Vec::new();
    let read = if argument == "-" {
        std::io::stdin().take(MOST).read_to_end(&mut bytes)
    } else if let Some(path) = argument.strip_prefix('@') {
        std::fs::File::open(path).and_then(|f| f.take(MOST).read_to_end(&mut bytes))
    } else {
        bytes.extend_from_slice(argument.as_bytes());
        Ok(0)
    };
    read.map_err(|e| CliError::usage(format!("cannot read arguments from `{argument}`: {e}")))?;
    canon::parse(&bytes).map_err(|e| CliError::usage(format!("the arguments are {e}")))
}
