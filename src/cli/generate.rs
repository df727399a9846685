//! Hidden `fleet gen`: writes `completions/`, `man/` and `plists/`; never edited by hand.
#![expect(clippy::disallowed_methods, reason = "it writes the project's own generated files")]

use super::loops::explain;
use super::{Cli, CliError, Exit, completions, output, tool};
use crate::loops::lint::RULES;
use crate::loops::{self, shipped_loops};
use crate::schedule;
use crate::tools::TOOLS;
use clap::CommandFactory as _;
use std::path::{Path, PathBuf};

/// Where the committed plists say fleet is; an installed one says where it really is.
const PROGRAM: &str = "/usr/local/bin/fleet";

/// Write completions, manual pages and plists below a folder.
#[derive(clap::Args)]
pub struct Args {
    /// The project's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let failed = |e: String| CliError::new(Exit::Failed, e);
    for (name, text) in files().map_err(failed)? {
        let path = args.folder.join(&name);
        let parent = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|e| failed(format!("cannot write `{}`: {e}", path.display())))?;
        output::say(&name);
    }
    Ok(Exit::Done)
}

/// Every generated file with its text.
///
/// # Errors
/// A sentence.
pub fn files() -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    for (shell, name) in [
        (clap_complete::Shell::Bash, "fleet.bash"),
        (clap_complete::Shell::Zsh, "_fleet"),
        (clap_complete::Shell::Fish, "fleet.fish"),
    ] {
        files.push((format!("completions/{name}"), completions::script(shell)));
    }
    let mut command = Cli::command();
    command.build();
    pages("fleet", &command, &mut files)?;
    files.push(("man/fleet-tools.7".to_owned(), tools()));
    files.push(("man/fleet-loop-rules.7".to_owned(), rules()));
    for (id, definition) in shipped_loops() {
        let spec = loops::read_definition(definition).map_err(|e| e.to_string())?;
        let text = schedule::plist(&id, &spec.schedule, PROGRAM).map_err(|e| e.to_string())?;
        files.push((format!("plists/{}.plist", schedule::label(&id)), text));
    }
    Ok(files)
}

/// The page of a command, and those of its subcommands.
fn pages(name: &str, command: &clap::Command, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let mut bytes = Vec::new();
    // The page outlives nothing: `gen` ends the process after it.
    let title: &'static str = name.to_owned().leak();
    let mut whole = command.clone().name(title);
    if whole.find_subcommand("help").is_some() {
        // It has no page of its own.
        whole = whole.mut_subcommand("help", |help| help.hide(true));
    }
    clap_mangen::Man::new(whole).render(&mut bytes).map_err(|e| e.to_string())?;
    files.push((format!("man/{name}.1"), examples(&String::from_utf8_lossy(&bytes))));
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set() && s.get_name() != "help") {
        pages(&format!("{name}-{}", sub.get_name()), sub, files)?;
    }
    Ok(())
}

/// The page with its last lines, the examples, set as they are written: filled, columns would run together.
fn examples(page: &str) -> String {
    match page.split_once(".SH EXTRA\nExamples:\n") {
        Some((page, rest)) => {
            let (shown, after) =
                rest.split_once("\n.SH ").map_or((rest, None), |(shown, after)| (shown, Some(after)));
            let after = after.map(|after| format!(".SH {after}")).unwrap_or_default();
            format!("{page}.SH EXAMPLES\n.nf\n{}\n.fi\n{after}", shown.trim_end())
        }
        None => page.to_owned(),
    }
}

/// The page of the rules that loops must pass, from the rules.
fn rules() -> String {
    let mut page = String::from(
        ".TH fleet\\-loop\\-rules 7\n.SH NAME\nfleet\\-loop\\-rules \\- what a loop must be to be registered\n.SH DESCRIPTION\n\
         .B fleet loop lint\nlooks at definition, runbook and property list. An error keeps a loop out, a warning does not. A waiver in \n\
         the definition, above the table it is for, excuses a rule that is no safety rule:\n.PP\n.nf\n\
         # fl: allow FL305 because REASON until YYYY\\-MM\\-DD\n.fi\n",
    );
    for rule in RULES {
        // A line that begins with a dot or an apostrophe would be a request.
        let text = explain::text(rule);
        let body = text.split_once('\n').map_or("", |(_, body)| body);
        let lines =
            body.lines().map(|line| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-")));
        let title = rule.title.replace('-', "\\-").replace('\'', "\\(aq");
        page.push_str(&format!(".SH {} {title}\n.nf\n{}.fi\n", rule.id, lines.collect::<String>()));
    }
    page
}

/// The tools' page, from their cards.
fn tools() -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('-', "\\-").replace('\'', "\\(aq");
    let mut page = String::from(
        ".TH fleet\\-tools 7\n.SH NAME\nfleet\\-tools \\- the tools, each with risk, arguments and way back\n.SH DESCRIPTION\n\
         LOW and MEDIUM run inside the workspace and ask outside it, HIGH waits for a person, CRITICAL is refused.\n",
    );
    for tool in TOOLS {
        let card = tool.card();
        page.push_str(&format!(".SH {}\n{}\n", card.name, escaped(card.about)));
        page.push_str(&format!(".TP\nRisk\n{}\n.TP\nUndo\n{}\n", card.risk, escaped(card.undo)));
        page.push_str(&format!(
            ".TP\nExample\nfleet tool call {} \\-\\-args \\(aq{}\\(aq\n",
            card.name,
            escaped(card.example)
        ));
        for (name, kind, about) in tool::arguments(*tool) {
            page.push_str(&format!(".TP\n.B {name}\n({}) {}\n", escaped(&kind), escaped(&about)));
        }
    }
    page
}
