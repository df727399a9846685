//! Asking git, with the repository's own configuration unable to run programs.
//!
//! Measured on git 2.47: without this, `git status` runs `core.fsmonitor` and filters, `git diff`
//! runs `diff.external` and filters, `git log -p` runs textconv.
#![expect(clippy::disallowed_methods, reason = "git is asked while resolving; it changes nothing")]

mod folder;
mod history;

pub use folder::{configuration, is_bare, looks_bare, nicknames, pin, reaches};
pub use history::{Added, Looked, look_through, new_in};

use super::program;
use crate::call::{BranchName, BranchPin, Pin};
use crate::state::{Home, process};
use folder::git_dir;
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Settings that no configuration of a repository outranks: nothing here may name a program, or a
/// file whose content an error could quote.
const SAFE: &[(&str, &str)] = &[
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.sshCommand", "false"),
    ("core.alternateRefsCommand", "false"),
    ("core.editor", "false"),
    ("core.quotePath", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("diff.external", ""),
    ("diff.submodule", "short"),
    ("diff.orderFile", "/dev/null"),
    ("status.submoduleSummary", "false"),
    ("log.mailmap", "false"),
    ("mailmap.file", "/dev/null"),
    ("log.showSignature", "false"),
    ("gpg.program", "false"),
    ("gpg.openpgp.program", "false"),
    ("gpg.x509.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.ssh.defaultKeyCommand", "false"),
    ("blame.ignoreRevsFile", ""),
    ("protocol.allow", "never"),
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("color.ui", "false"),
    ("color.diff", "false"),
    ("log.showRoot", "true"),
];

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(60);
/// Most bytes of an answer.
const MOST: usize = 16 << 20;

/// Git did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Not installed.
    #[error("no program `git` in the folders where tools' programs are looked up: install git")]
    NoGit,
    /// It said no: what was asked, what it wrote, and the code that it ended with, if no signal did.
    #[error("git {0} failed: {1}")]
    Said(String, String, Option<i32>),
    /// It was stopped: time, output, or the kill switch.
    #[error("git {0} was stopped: {1}")]
    Stopped(String, &'static str),
    /// It could not be started.
    #[error("cannot run git: {0}")]
    Io(#[from] std::io::Error),
}

impl GitError {
    /// Whether this is how `git config` answers that nothing is set: its code for that, and no word.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Said(what, why, Some(1)) if what == "config" && why.is_empty())
    }
}

/// A git command on `repo` that runs no other program, asks nobody and takes no optional lock.
///
/// # Errors
/// [`GitError::NoGit`].
fn command(
    home: &Home,
    repo: &Path,
    settings: &[(String, String)],
    arguments: &[&str],
) -> Result<Command, GitError> {
    let git = program::find("git", home).ok().flatten().ok_or(GitError::NoGit)?;
    let mut command = Command::new(git.as_path());
    command.env_clear().current_dir(repo).process_group(0);
    command.envs(environment(home, settings));
    command.args(options(repo));
    command.args(arguments);
    Ok(command)
}

/// The whole environment of a git command. Settings go through it, since on the command line a name
/// that holds `=` would be read as another one.
pub fn environment(home: &Home, settings: &[(String, String)]) -> Vec<(String, String)> {
    environment_of(home, SAFE.iter().copied(), settings)
}

fn environment_of<'s>(
    home: &Home,
    safe: impl Iterator<Item = (&'s str, &'s str)>,
    settings: &[(String, String)],
) -> Vec<(String, String)> {
    let fixed = [
        ("PATH", program::search_path(home)),
        ("HOME", home.tilde().display().to_string()),
        ("LC_ALL", "C.UTF-8".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_ATTR_NOSYSTEM", "1".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_OPTIONAL_LOCKS", "0".into()),
        ("GIT_NO_LAZY_FETCH", "1".into()),
        ("GIT_LITERAL_PATHSPECS", "1".into()),
        // Commits as they are, and as they are given away: not as the repository says to see them.
        ("GIT_NO_REPLACE_OBJECTS", "1".into()),
        ("GIT_GRAFT_FILE", "/dev/null".into()),
    ];
    let mut all: Vec<(String, String)> =
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let safe = safe.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let settings: Vec<_> = safe.chain(settings.iter().cloned()).collect();
    all.push(("GIT_CONFIG_COUNT".into(), settings.len().to_string()));
    for (n, (key, value)) in settings.into_iter().enumerate() {
        all.push((format!("GIT_CONFIG_KEY_{n}"), key));
        all.push((format!("GIT_CONFIG_VALUE_{n}"), value));
    }
    all
}

/// Settings that keep a git which the caller wrote from the network and from identities: only for
/// what looks.
const ALONE: &[&str] = &["core.sshCommand", "protocol.allow", "credential.helper", "core.editor"];

/// The environment of a git command that the caller wrote: the same settings, with the repository's
/// filters and drivers switched off. Submodules are not entered, since git drops these settings there.
/// `looks` tells a command that only looks from one that a person allowed.
///
/// # Errors
/// [`GitError`] if the repository's configuration cannot be read.
pub fn guarded(
    home: &Home,
    repo: &Path,
    looks: bool,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<(String, String)>, GitError> {
    let mut quiet = no_drivers(home, repo, stop)?;
    quiet.push(("diff.ignoreSubmodules".into(), "all".into()));
    quiet.push(("submodule.recurse".into(), "false".into()));
    // An external diff that is empty runs nothing, and is an error where there is something to show:
    // it is set only where the repository names one.
    let external = command(home, repo, &[], &["config", "--local", "--includes", "--get", "diff.external"])?;
    let external = match run(external, "config", b"", stop) {
        Ok(_) => true,
        Err(e) if e.is_none() => false,
        Err(e) => return Err(e),
    };
    let safe = SAFE
        .iter()
        .filter(|(key, _)| (*key != "diff.external" || external) && (looks || !ALONE.contains(key)));
    let mut all = environment_of(home, safe.copied(), &quiet);
    // Here paths are what git's user writes: patterns, too. What a repository has replaced is so for them.
    let own = ["GIT_LITERAL_PATHSPECS", "GIT_NO_REPLACE_OBJECTS", "GIT_GRAFT_FILE"];
    all.retain(|(name, _)| !own.contains(&name.as_str()));
    Ok(all)
}

/// The options before git's subcommand: exactly the folders that were judged, so that neither
/// `core.worktree` nor a repository further up leads elsewhere.
pub fn options(repo: &Path) -> Vec<String> {
    let mut options = vec!["--no-pager".to_owned()];
    if let Some(own) = git_dir(repo) {
        options.push(format!("--git-dir={}", own.display()));
        if own != repo {
            options.push(format!("--work-tree={}", repo.display()));
        }
    }
    options
}

/// What git prints for `arguments`; the repository's filters are switched off first if the
/// question looks at the work tree.
///
/// # Errors
/// [`GitError`].
pub fn ask(
    home: &Home,
    repo: &Path,
    arguments: &[&str],
    stop: &dyn Fn() -> bool,
) -> Result<Vec<u8>, GitError> {
    let what = arguments.first().copied().unwrap_or_default();
    if what == "fsck" {
        no_skip_list(home, repo, stop)?;
    }
    let quiet = if matches!(what, "status" | "diff") { no_drivers(home, repo, stop)? } else { Vec::new() };
    run(command(home, repo, &quiet, arguments)?, what, b"", stop)
}

/// What the owner's own configuration says for all repositories, each value of `key`.
pub fn of_owner(home: &Home, key: &str) -> Vec<String> {
    let Some(git) = program::find("git", home).ok().flatten() else { return Vec::new() };
    let mut command = Command::new(git.as_path());
    command.env_clear().current_dir("/").process_group(0).envs(environment(home, &[]));
    command.env_remove("GIT_CONFIG_GLOBAL").args(["config", "--global", "--get-all", key]);
    let said = run(command, "config", b"", &|| false).unwrap_or_default();
    String::from_utf8_lossy(&said).lines().map(str::to_owned).collect()
}

/// Git reads every skip list that the configuration names, and quotes from it what it cannot read.
fn no_skip_list(home: &Home, repo: &Path, stop: &dyn Fn() -> bool) -> Result<(), GitError> {
    let listed = command(home, repo, &[], &["config", "--includes", "--get-all", "fsck.skiplist"])?;
    match run(listed, "config", b"", stop) {
        Ok(_) => Err(GitError::Said(
            "fsck".into(),
            "the repository's configuration names `fsck.skipList`: remove it first".into(),
            None,
        )),
        Err(e) if e.is_none() => Ok(()),
        Err(e) => Err(e),
    }
}

/// Empty commands for each filter and diff driver that the repository's configuration names.
///
/// # Errors
/// [`GitError`].
pub fn no_drivers(
    home: &Home,
    repo: &Path,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<(String, String)>, GitError> {
    let listed =
        command(home, repo, &[], &["config", "--name-only", "-z", "--get-regexp", r"^(filter|diff)\..*\."])?;
    let said = match run(listed, "config", b"", stop) {
        Ok(said) => said,
        Err(e) if e.is_none() => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let names = String::from_utf8_lossy(&said).into_owned();
    let mut drivers: Vec<&str> =
        names.split('\0').filter_map(|name| name.rsplit_once('.').map(|(d, _)| d)).collect();
    drivers.sort_unstable();
    drivers.dedup();
    let switched_off = |driver: &str| {
        let parts: &[(&str, &str)] = if driver.starts_with("filter.") {
            &[("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")]
        } else {
            &[("command", ""), ("textconv", "cat")]
        };
        parts
            .iter()
            .map(|(part, value)| (format!("{driver}.{part}"), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    Ok(drivers.into_iter().flat_map(switched_off).collect())
}

fn run(mut command: Command, what: &str, stdin: &[u8], stop: &dyn Fn() -> bool) -> Result<Vec<u8>, GitError> {
    let bounds = process::Bounds { time: TIME, output: MOST, grace: Duration::from_secs(1) };
    let ran = process::capture(&mut command, stdin, bounds, stop)?;
    let stopped = |why| Err(GitError::Stopped(what.to_owned(), why));
    if ran.stopped {
        return stopped("it was told to stop");
    }
    if ran.timed_out {
        return stopped("no answer within a minute");
    }
    if ran.truncated {
        return stopped("its answer is over 16 MiB: ask for less");
    }
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = crate::call::visible_line(said.trim(), 300);
        return Err(GitError::Said(what.to_owned(), said, ran.status.code()));
    }
    Ok(ran.stdout)
}

/// The branches by name alone.
pub fn unasked(branches: &[BranchName]) -> Vec<BranchPin> {
    let bare = |name: &BranchName| BranchPin {
        name: name.clone(),
        tip: None,
        checked_out: None,
        symref: None,
        lost_commits: 0,
        subject: String::new(),
    };
    branches.iter().map(bare).collect()
}

/// Where each branch points now.
///
/// # Errors
/// [`GitError`]; a folder that is no repository has no branches and is no error.
pub fn tips(home: &Home, repo: &Path, branches: &[BranchName]) -> Result<Vec<BranchPin>, GitError> {
    let format = "--format=%(refname)%00%(objectname)%00%(worktreepath)%00%(symref)%00%(subject)";
    let said = if pin(repo) == Pin::Absent {
        Vec::new()
    } else {
        ask(home, repo, &["for-each-ref", format, "refs/heads"], &|| false)?
    };
    let said = String::from_utf8_lossy(&said).into_owned();
    // What the others lead to stays; commits of the deleted ones alone do not.
    let others: Vec<String> = said
        .lines()
        .filter_map(|line| line.split('\0').next()?.strip_prefix("refs/heads/"))
        .filter(|name| !branches.iter().any(|b| b.as_str() == *name))
        .map(|name| format!("refs/heads/{name}"))
        .collect();
    let pin_of = |name: &BranchName| {
        let full = format!("refs/heads/{}", name.as_str());
        let line = said.lines().find(|line| line.split('\0').next() == Some(full.as_str()));
        let mut fields = line.unwrap_or_default().splitn(5, '\0').skip(1);
        let mut field = || fields.next().filter(|f| !f.is_empty()).map(str::to_owned);
        let (tip, checked_out, symref, subject) = (field(), field(), field(), field().unwrap_or_default());
        let lost_commits = if tip.is_some() { lost(home, repo, &full, &others)? } else { 0 };
        Ok(BranchPin { name: name.clone(), tip, checked_out, symref, lost_commits, subject })
    };
    branches.iter().map(pin_of).collect()
}

/// Those of `commits`, full hashes in lower case, that are in the repository.
///
/// # Errors
/// [`GitError`].
pub fn commits(home: &Home, repo: &Path, commits: &[&str]) -> Result<BTreeSet<String>, GitError> {
    if commits.is_empty() {
        return Ok(BTreeSet::new());
    }
    // What is missing, and what is no commit, it leaves out.
    let mut arguments = vec!["rev-list", "--no-walk=unsorted", "--ignore-missing"];
    arguments.extend(commits);
    let said = ask(home, repo, &arguments, &|| false)?;
    Ok(String::from_utf8_lossy(&said).lines().map(str::to_owned).collect())
}

/// How many commits `branch` leads to that nothing else does.
fn lost(home: &Home, repo: &Path, branch: &str, others: &[String]) -> Result<u64, GitError> {
    let mut arguments = vec!["rev-list", "--count", branch, "--not", "--remotes", "--tags"];
    arguments.extend(others.iter().map(String::as_str));
    let said = ask(home, repo, &arguments, &|| false)?;
    Ok(String::from_utf8_lossy(&said).trim().parse().unwrap_or(u64::MAX >> 11))
}
