//! The command line: one file a subcommand. A file translates, calls a room, prints.

mod account;
mod agent;
mod approval;
mod approve;
mod audit;
mod breaker;
mod canary;
mod ceiling;
mod child;
mod completions;
mod cost;
mod demo;
mod deny;
mod error;
mod exit;
mod finding;
mod generate;
mod init;
mod input;
mod kill;
mod loops;
mod model;
mod output;
mod policy;
mod postmortem;
mod prompt;
mod queue;
mod reply;
mod run_loop;
mod schedule;
mod serve_mcp;
mod short;
mod tool;
mod veto;

use crate::state::{Home, Redactor};
use clap::{Parser, Subcommand};
use error::CliError;
pub use exit::Exit;
pub use generate::files as generated_files;
use std::process::ExitCode;

/// Governed loops and tools for local models and scripts: one gate, one record.
///
/// Every call of every caller takes the same path: it is resolved into what it would do, judged,
/// approved by a person where it must be, recorded, carried out, and recorded again.
#[derive(Parser)]
#[command(name = "fleet", version, max_term_width = 80, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

// No doc comment: it would stand in the help in place of the program's.
#[derive(clap::Args)]
struct Common {
    /// Print one JSON value on one line to stdout, whatever the exit code.
    #[arg(long, global = true)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  fleet demo                         the whole circle, in a scratch home
  fleet init --workspace ~/code      make a home
  fleet loop register --all          pass the shipped loops through their gate
  fleet run-loop unpushed-work --now run one loop now
  fleet approval list                what waits for you

Exit codes: 0 done, 1 the work failed, 2 usage, 3 waits for a person,
4 refused by policy, 5 stopped by a brake, 6 audit broken, 75 busy.

FLEET_HOME=DIR puts data in DIR/data and configuration in DIR/config.";

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Demo(demo::Args),
    RunLoop(run_loop::Args),
    Loop(loops::Args),
    Finding(finding::Args),
    Schedule(schedule::Args),
    Tool(tool::Args),
    Approval(approval::Args),
    Approve(approve::Args),
    Deny(deny::Args),
    Veto(veto::Args),
    Kill(kill::Args),
    Breaker(breaker::Args),
    Ceiling(ceiling::Args),
    Policy(policy::Args),
    Account(account::Args),
    Audit(audit::Args),
    Model(model::Args),
    Cost(cost::Args),
    Agent(agent::Args),
    Postmortem(postmortem::Args),
    ServeMcp(serve_mcp::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    Gen(generate::Args),
    #[command(hide = true)]
    ExecChild(child::Args),
    #[command(hide = true)]
    ExecLine(child::Line),
    #[command(hide = true)]
    Canary(canary::Args),
}

/// What every subcommand gets.
struct Context {
    json: bool,
}

/// The whole program.
pub fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let cli = match short::parse(&args) {
        Ok(cli) => cli,
        Err(e) => return usage(&e),
    };
    let context = Context { json: cli.common.json };
    let result = match cli.command {
        Command::Init(args) => init::run(&args, &context),
        Command::Demo(args) => demo::run(&args, &context),
        Command::RunLoop(args) => run_loop::run(&args, &context),
        Command::Loop(args) => loops::run(&args, &context),
        Command::Finding(args) => finding::run(&args, &context),
        Command::Schedule(args) => schedule::run(&args, &context),
        Command::Tool(args) => tool::run(&args, &context),
        Command::Approval(args) => approval::run(&args, &context),
        Command::Approve(args) => approve::run(&args, &context),
        Command::Deny(args) => deny::run(&args, &context),
        Command::Veto(args) => veto::run(&args, &context),
        Command::Kill(args) => kill::run(&args, &context),
        Command::Breaker(args) => breaker::run(&args, &context),
        Command::Ceiling(args) => ceiling::run(&args, &context),
        Command::Policy(args) => policy::run(&args, &context),
        Command::Account(args) => account::run(&args, &context),
        Command::Postmortem(args) => postmortem::run(&args, &context),
        Command::Audit(args) => audit::run(&args, &context),
        Command::Model(args) => model::run(&args, &context),
        Command::Cost(args) => cost::run(&args, &context),
        Command::Agent(args) => agent::run(&args, &context),
        Command::ServeMcp(args) => serve_mcp::run(&args, &context),
        Command::Completions(args) => completions::run(&args),
        Command::Gen(args) => generate::run(&args),
        Command::ExecChild(args) => child::run(&args),
        Command::ExecLine(args) => child::line(&args),
        Command::Canary(args) => canary::run(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            error.print(&context);
            error.exit().into()
        }
    }
}

/// What clap has to say: help and version are data, mistakes are talk.
fn usage(e: &clap::Error) -> ExitCode {
    if !e.use_stderr() {
        let _ = e.print();
        return Exit::Done.into();
    }
    let text = e.render().to_string();
    let error = CliError::usage(text.trim_end());
    let redactor = Home::locate().map(|home| Redactor::of(&home)).unwrap_or_default();
    if std::env::args_os().any(|a| a == "--json") {
        error.print(&Context { json: true });
    } else if let std::borrow::Cow::Owned(clean) = redactor.text(&text) {
        output::say(clean.trim_end());
    } else {
        let _ = e.print();
    }
    Exit::Usage.into()
}
