//! `fleet schedule render`: the scheduler's files, printed or written.
#![expect(clippy::disallowed_methods, reason = "it writes files where the person says")]

use super::super::{CliError, Context, Exit, output};
use super::jobs;
use crate::schedule::{self, Rendered};
use crate::state::{Home, Platform};
use std::path::PathBuf;

/// What launchd, systemd or cron would be given, for this machine.
///
/// With a home: the loops that are registered, and the sweeper. Without one: the loops that fleet
/// ships. The same input gives the same bytes. Nothing is installed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet schedule render --launchd --out /tmp/agents
  fleet schedule render --cron --bin /opt/fleet/bin/fleet")]
pub struct Args {
    /// Property lists for launchd: the default on macOS.
    #[arg(long, group = "kind")]
    launchd: bool,
    /// Units for the user's systemd: the default elsewhere.
    #[arg(long, group = "kind")]
    systemd: bool,
    /// A crontab.
    #[arg(long, group = "kind")]
    cron: bool,
    /// Where fleet is; this program if left out.
    #[arg(long, value_name = "PATH")]
    bin: Option<PathBuf>,
    /// The user's home folder, which `~` stands for.
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Write each file into this folder instead of printing it.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let located = Home::locate()?;
    for (name, path) in [("--bin", &args.bin), ("--home", &args.home)] {
        if path.as_ref().is_some_and(|path| !path.is_absolute()) {
            return Err(CliError::usage(format!("`{name}`: write an absolute path")));
        }
    }
    let program = args.bin.clone().unwrap_or_else(|| located.binary().to_path_buf()).display().to_string();
    let user = args.home.clone().unwrap_or_else(|| located.tilde().to_path_buf()).display().to_string();
    let jobs =
        if located.made().exists() { jobs::registered(&located, &user)? } else { jobs::shipped(&user)? };
    let launchd = args.launchd || (!args.systemd && !args.cron && located.platform() == Platform::Macos);
    let mut files: Vec<Rendered> = Vec::new();
    if args.cron {
        files.push(schedule::table(&jobs, &program));
    } else {
        for job in &jobs {
            if launchd {
                let file = schedule::agent(job, &program);
                files.push(file.map_err(|e| CliError::new(Exit::Failed, e.to_string()))?);
            } else {
                files.extend(schedule::units(job, &program));
            }
        }
    }
    if let Some(folder) = &args.out {
        for file in &files {
            let path = folder.join(&file.name);
            std::fs::write(&path, &file.text).map_err(|e| {
                CliError::new(Exit::Failed, format!("cannot write `{}`: {e}", path.display()))
            })?;
        }
    }
    if context.json {
        let rows: Vec<_> =
            files.iter().map(|f| serde_json::json!({ "name": f.name, "text": f.text })).collect();
        output::json(&rows);
    } else if args.out.is_some() {
        files.iter().for_each(|file| output::line(&file.name));
    } else {
        for file in &files {
            output::say(&format!("# {}", file.name));
            output::raw(&file.text);
        }
    }
    Ok(Exit::Done)
}
