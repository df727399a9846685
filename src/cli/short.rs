//! The short way through the command line: only the subcommand that is named is built, since building
//! all of them takes longer than most of them run. It says yes or nothing: whatever it does not take,
//! help and mistakes above all, is looked at again with the whole tree.

use super::{
    Cli, Common, account, agent, approval, approve, audit, breaker, canary, ceiling, child, completions,
    cost, demo, deny, finding, generate, init, kill, loops, model, policy, postmortem, run_loop, schedule,
    serve_mcp, tool, veto,
};
use clap::error::ErrorKind;
use clap::{Args, FromArgMatches as _, Parser as _};
use std::ffi::OsString;

type Build = fn(clap::Command) -> clap::Command;

/// Every subcommand, as the whole tree names it.
const ALONE: &[(&str, Build)] = &[
    ("init", init::Args::augment_args),
    ("demo", demo::Args::augment_args),
    ("run-loop", run_loop::Args::augment_args),
    ("loop", loops::Args::augment_args),
    ("finding", finding::Args::augment_args),
    ("schedule", schedule::Args::augment_args),
    ("tool", tool::Args::augment_args),
    ("approval", approval::Args::augment_args),
    ("approve", approve::Args::augment_args),
    ("deny", deny::Args::augment_args),
    ("veto", veto::Args::augment_args),
    ("kill", kill::Args::augment_args),
    ("breaker", breaker::Args::augment_args),
    ("ceiling", ceiling::Args::augment_args),
    ("policy", policy::Args::augment_args),
    ("account", account::Args::augment_args),
    ("audit", audit::Args::augment_args),
    ("model", model::Args::augment_args),
    ("cost", cost::Args::augment_args),
    ("agent", agent::Args::augment_args),
    ("postmortem", postmortem::Args::augment_args),
    ("serve-mcp", serve_mcp::Args::augment_args),
    ("completions", completions::Args::augment_args),
    ("gen", generate::Args::augment_args),
    ("exec-child", child::Args::augment_args),
    ("exec-line", child::Line::augment_args),
    ("canary", canary::Args::augment_args),
];

/// What the command line says.
///
/// # Errors
/// Help, version or a mistake, in clap's words about the whole tree.
pub(super) fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    match alone(args) {
        Ok(Some(cli)) => Ok(cli),
        // One line, and of no subcommand.
        Err(e) if e.kind() == ErrorKind::DisplayVersion => Err(e),
        Ok(None) | Err(_) => Cli::try_parse_from(args),
    }
}

fn alone(args: &[OsString]) -> Result<Option<Cli>, clap::Error> {
    // The options before a subcommand are flags.
    let named = args.iter().skip(1).find(|arg| !arg.as_encoded_bytes().starts_with(b"-"));
    let mut root = Common::augment_args(clap::Command::new("fleet").version(env!("CARGO_PKG_VERSION")));
    if let Some(named) = named {
        let Some((name, build)) = ALONE.iter().find(|(name, _)| named == name) else { return Ok(None) };
        root = root.subcommand(build(clap::Command::new(name)));
    }
    let mut matches = root.try_get_matches_from(args)?;
    if matches.subcommand_name().is_none() {
        return Ok(None);
    }
    Cli::from_arg_matches_mut(&mut matches).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_subcommand_is_the_same_alone() {
        let whole = Cli::command();
        let names: Vec<_> = whole.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        assert_eq!(names, ALONE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, build) in ALONE {
            let mut same = whole.find_subcommand(name).unwrap().clone();
            let mut alone = build(clap::Command::new(*name));
            assert_eq!(alone.render_long_help().to_string(), same.render_long_help().to_string(), "{name}");
            let arguments = |c: &clap::Command| format!("{:?}", c.get_arguments().collect::<Vec<_>>());
            assert_eq!(arguments(&alone), arguments(&same), "{name}");
        }
    }

    /// What is said, or what is wrong, whichever way it is read.
    fn told(cli: Result<Cli, clap::Error>) -> String {
        match cli {
            Ok(cli) => format!("{} {:?}", cli.common.json, std::mem::discriminant(&cli.command)),
            Err(e) => format!("{:?}\n{}", e.kind(), e.render().ansi()),
        }
    }

    #[test]
    fn both_ways_say_the_same() {
        for line in [
            "",
            "--version",
            "-V",
            "--json --version",
            "tool --version",
            "--help",
            "help",
            "help tool",
            "tool help call",
            "tool",
            "tool --help",
            "tool call --help",
            "tool list",
            "--json tool list",
            "tool --json list",
            "tool list --json",
            "tool call",
            "tool call files_read --args {}",
            "tool call files_read --arg {}",
            "too list",
            "nonsense",
            "--nonsense tool list",
            "-- tool list",
            "audit verify --anchor x",
            "approve not-an-id",
            "exec-child",
            "gen .",
            "--json=yes tool list",
            "--json",
        ] {
            let args: Vec<_> =
                std::iter::once("fleet").chain(line.split_whitespace()).map(OsString::from).collect();
            assert_eq!(told(parse(&args)), told(Cli::try_parse_from(&args)), "{line}");
        }
    }

    #[test]
    fn what_runs_most_goes_the_short_way() {
        for line in ["tool call files_read --args {}", "--json audit tail", "exec-child --help"] {
            let args: Vec<_> = std::iter::once("fleet").chain(line.split(' ')).map(OsString::from).collect();
            assert_eq!(matches!(alone(&args), Ok(Some(_))), !line.contains("help"), "{line}");
        }
    }
}
