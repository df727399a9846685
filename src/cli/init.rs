//! `fleet init`: the only command that makes a home.

use super::{CliError, Context, Exit, output, prompt};
use crate::audit::{Log, LogError};
use crate::effects::canary;
use crate::gate;
use crate::state::{Channel, Home, Proof, Redactor, durable};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Make a home: data and configuration folders, default policy, the log's first entry.
///
/// On a terminal it asks for workspace roots and for an approval PIN; otherwise it asks nothing.
/// Nothing else ever makes these folders, and a home that exists is never changed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet init
  fleet init --workspace ~/code --workspace ~/Documents
  fleet init --approvals tty --approvals script")]
pub struct Args {
    /// A folder inside which LOW and MEDIUM calls run; repeat for more.
    #[arg(long, value_name = "DIR")]
    workspace: Vec<PathBuf>,
    /// A channel on which you decide: `tty` or `script`; repeat for more.
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    approvals: Vec<Channel>,
}

fn channel(text: &str) -> Result<Channel, String> {
    [Channel::Tty, Channel::Script]
        .into_iter()
        .find(|c| c.as_str() == text)
        .ok_or_else(|| "expected `tty` or `script`".to_owned())
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = Home::locate()?;
    let exists = |path: &Path| {
        CliError::new(
            Exit::Failed,
            format!("a home stands here already (`{}`): it is never replaced", path.display()),
        )
        .hint("edit the files in its configuration folder instead")
    };
    if home.made().exists() {
        return Err(exists(home.data()));
    }
    let mut roots = args.workspace.iter().map(|dir| root(dir)).collect::<Result<Vec<_>, _>>()?;
    let mut pin = None;
    if prompt::terminal() {
        // A PIN is typed on a terminal: without that channel nobody could ever give it.
        let typed = args.approvals.is_empty() || args.approvals.contains(&Channel::Tty);
        (roots, pin) = interview(roots, typed)?;
    }
    let proof = if pin.is_some() { Proof::Pin } else { Proof::None };
    make(&home, &roots, &args.approvals, proof)?;
    if let Some(pin) = pin {
        gate::set_pin(&home, &pin).map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    }
    // Whatever comes of it, the home is whole: without it programs of tools ask.
    let held = canary::prove(&home);
    let made = |e| CliError::new(Exit::Failed, format!("cannot finish the home: {e}"));
    durable::create(&home.made(), b"{\"v\":1}\n").map_err(made)?;
    if context.json {
        output::json(
            &json!({ "status": "done", "data": home.data(), "config": home.config(), "workspace": roots,
                "sandbox": held.as_ref().map_or("none", |c| if c.proven { &c.sandbox } else { "none" }) }),
        );
    } else {
        output::line(&format!("data    {}\nconfig  {}", home.data().display(), home.config().display()));
        for repo in repositories(&roots) {
            output::line(&format!("repo    {repo}"));
        }
        match held {
            Ok(canary) if canary.proven => output::line(&format!("sandbox {}", canary.sandbox)),
            Ok(canary) => unconfined(&canary.why.unwrap_or_default()),
            Err(e) => unconfined(&e.to_string()),
        }
        output::say("next: `fleet loop register --all`, then `fleet run-loop stale-branches --plan`");
    }
    Ok(Exit::Done)
}

fn unconfined(why: &str) {
    output::line("sandbox none");
    output::say(&format!("fleet: programs of tools are not confined here, and every one asks: {why}"));
}

/// An existing folder, absolute.
fn root(dir: &Path) -> Result<String, CliError> {
    let bad = |e: std::io::Error| CliError::usage(format!("workspace `{}`: {e}", dir.display()));
    let real = dir.canonicalize().map_err(bad)?;
    if !real.is_dir() {
        return Err(bad(std::io::ErrorKind::NotADirectory.into()));
    }
    real.to_str().map(str::to_owned).ok_or_else(|| CliError::usage("a workspace root must be UTF-8"))
}

fn interview(mut roots: Vec<String>, ask_pin: bool) -> Result<(Vec<String>, Option<String>), CliError> {
    let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("no answer: {e}"));
    if roots.is_empty() {
        output::say("Folders inside which LOW and MEDIUM calls run, one a line; empty line ends.");
        loop {
            let answer = prompt::ask("workspace: ").map_err(failed)?;
            if answer.is_empty() {
                break;
            }
            let home = std::env::var("HOME").unwrap_or_default();
            let expanded =
                answer.strip_prefix("~/").map_or_else(|| answer.clone(), |rest| format!("{home}/{rest}"));
            match root(Path::new(&expanded)) {
                Ok(root) => roots.push(root),
                Err(_) => output::say("  not a folder; try again"),
            }
        }
    }
    if !ask_pin {
        return Ok((roots, None));
    }
    output::say("An approval PIN keeps another program of yours from answering for you.");
    loop {
        let pin = prompt::ask_hidden("PIN (empty for none): ").map_err(failed)?;
        if pin.is_empty() {
            return Ok((roots, None));
        }
        if pin.chars().count() >= 4 && prompt::ask_hidden("again: ").map_err(failed)? == pin {
            return Ok((roots, Some(pin)));
        }
        output::say("  at least 4 characters, twice the same; try again");
    }
}

/// Makes what is missing. A crash in the middle leaves a home that `init` can finish.
pub(super) fn make(
    home: &Home,
    roots: &[String],
    channels: &[Channel],
    proof: Proof,
) -> Result<(), CliError> {
    let io = |path: PathBuf| {
        move |e: std::io::Error| CliError::new(Exit::Failed, format!("cannot make `{}`: {e}", path.display()))
    };
    for folder in home.folders() {
        durable::make_folder(&folder).map_err(io(folder.clone()))?;
    }
    let channels = if channels.is_empty() { &[Channel::Tty] } else { channels };
    for (path, text) in [(home.policy(), policy(roots)), (home.settings(), settings(roots, channels, proof))]
    {
        match durable::create(&path, text.as_bytes()) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(io(path)(e)),
            _ => {}
        }
    }
    // Before the log, so that its marks of tokens can be compared from the first entry on.
    if let Err(e) = Redactor::prepare(home) {
        output::say(&format!(
            "fleet: the secret store does not open; the log marks tokens without a hash: {e}"
        ));
    }
    match Log::of(home).create() {
        Ok(_) | Err(LogError::Exists(_)) => {}
        Err(e) => return Err(e.into()),
    }
    // The policy that `init` wrote is no change.
    gate::policy_is_seen(home).map_err(CliError::from)
}

fn quoted(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|i| toml::Value::String(i.clone()).to_string()).collect();
    format!("[{}]", items.join(", "))
}

fn policy(roots: &[String]) -> String {
    format!(
        "# What fleet may do without asking. An edit is in force at once.\n\
         version = 1\n\n\
         [profile]\n\
         # standard: LOW and MEDIUM run inside the workspace. strict: every change asks.\n\
         default = \"standard\"\n\n\
         [workspace]\n\
         # Reads and changes inside run; outside they ask.\n\
         roots = {}\n\n\
         [network]\n\
         # Hosts that a GET may reach without asking: exactly these.\n\
         allow = []\n\
         # Domains that nothing reaches, with all below them: requests, git remotes, mail.\n\
         deny = []\n",
        quoted(roots)
    )
}

fn settings(roots: &[String], channels: &[Channel], proof: Proof) -> String {
    let channels: Vec<_> = channels.iter().map(|c| c.as_str().to_owned()).collect();
    let proof = match proof {
        Proof::None => "none",
        Proof::Pin => "pin",
    };
    format!(
        "# How you decide, and settings of loops.\n\
         [approvals]\n\
         # tty: a terminal. script: any process of yours that fleet did not start.\n\
         channels = {}\n\
         # none: another program of this account could answer for you. pin: it would need the PIN.\n\
         proof = \"{proof}\"\n\n\
         [shared]\n\
         # Repositories that loops look after.\n\
         repos = {}\n",
        quoted(&channels),
        quoted(&repositories(roots))
    )
}

/// Repositories that are a workspace root or lie directly in one.
fn repositories(roots: &[String]) -> Vec<String> {
    // A linked work tree has a file there: its repository is looked after elsewhere.
    let is_repository = |path: &Path| path.join(".git").is_dir();
    let mut found = Vec::new();
    for root in roots.iter().map(Path::new) {
        if is_repository(root) {
            found.push(root.to_path_buf());
        }
        let below = std::fs::read_dir(root).into_iter().flatten().filter_map(Result::ok).map(|e| e.path());
        found.extend(below.filter(|path| is_repository(path)));
    }
    found.sort();
    found.dedup();
    found.into_iter().filter_map(|p| p.to_str().map(str::to_owned)).collect()
}
