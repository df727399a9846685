//! `fleet serve-mcp`: an MCP server on stdin and stdout, for one client.

use super::{CliError, Context, Exit, output};
use crate::call::Caller;
use crate::mcp::{self, NotServed};
use crate::state::Home;
use std::io::IsTerminal as _;

/// The variable that offers HIGH tools as `--allow-high` does.
const ALLOW_HIGH: &str = "FLEET_MCP_ALLOW_HIGH";

/// Serve one MCP client on stdin and stdout, until its input ends.
///
/// A client such as an editor or a chat program starts this itself. Every call goes through the gate, as
/// `mcp:NAME`: rules match that name, never what the client says about itself, which is recorded as its
/// claim. LOW and MEDIUM tools are offered; HIGH ones only where they were asked for, and then each call
/// waits for a person; CRITICAL ones never. `[mcp.NAME] tools = […]` in fleet.toml offers fewer.
///
/// fleet-mcp(7) has the entry for each client.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet serve-mcp
  fleet serve-mcp --as desktop
  fleet serve-mcp --as editor --allow-high")]
pub struct Args {
    /// Who is served: what rules match as `mcp:NAME`, and which profile of fleet.toml holds.
    #[arg(long = "as", value_name = "NAME", default_value = "default")]
    name: String,
    /// Offer HIGH tools too; each of their calls still waits for a person. `FLEET_MCP_ALLOW_HIGH=1` does
    /// the same.
    #[arg(long)]
    allow_high: bool,
}

pub fn run(args: &Args, _: &Context) -> Result<Exit, CliError> {
    let caller = Caller::parse(&format!("mcp:{}", args.name)).map_err(|_| {
        let name = crate::call::visible_line(&args.name, 60);
        CliError::usage(format!("`--as {name}`: expected lower-case words joined by `-`, such as `desktop`"))
    })?;
    // What a crash left is closed by each call, so that a client need not wait for it now.
    let home = Home::locate()?.require()?;
    if std::io::stdin().is_terminal() {
        output::say(
            "fleet: serving MCP on this terminal; a client starts this itself, fleet-mcp(7) says how",
        );
    }
    let allow_high = args.allow_high || std::env::var_os(ALLOW_HIGH).is_some_and(|value| value == "1");
    let pipes = (std::io::stdin(), std::io::stdout());
    mcp::serve(&home, &args.name, caller, allow_high, pipes).map_err(|e| match e {
        NotServed::Gate(e) => e.into(),
        NotServed::Io(_) | NotServed::Session(_) => CliError::new(Exit::Failed, e.to_string()),
    })?;
    Ok(Exit::Done)
}
