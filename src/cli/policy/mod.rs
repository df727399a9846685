//! `fleet policy`: what the gate would answer, and why.

mod check;
mod lint;
mod replay;
mod show;

use super::{CliError, Context, Exit, input, output};

/// Show, check, lint and replay the policy.
///
/// None of these changes anything. fleet-policy(5) describes the file, and what wins over what.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet policy show
  fleet policy check files_read --args '{\"path\":\"~/.ssh/id_rsa\"}'
  fleet policy check --cases cases.jsonl | jq -r .decision | sort | uniq -c
  fleet policy lint new.toml && fleet policy replay --since 30d --with new.toml")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    Show(show::Args),
    Check(check::Args),
    Lint(lint::Args),
    Replay(replay::Args),
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::Show(args) => show::run(args, context),
        Sub::Check(args) => check::run(args, context),
        Sub::Lint(args) => lint::run(args, context),
        Sub::Replay(args) => replay::run(args, context),
    }
}

/// A message that may point into a file: lines that do keep their columns.
fn message(text: &str, indent: usize) -> String {
    let lines = text.lines().map(|line| {
        if line.contains('|') {
            format!("{:indent$}{line}", "")
        } else {
            filled(&" ".repeat(indent), line, indent)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text at most 80 columns wide, broken between words; later lines are indented by `indent`.
fn filled(start: &str, text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut line = start.to_owned();
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && line.chars().count() + 1 + word.chars().count() > 80 {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(indent);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    out + line.trim_end()
}
