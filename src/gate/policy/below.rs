//! How far below a place an effect looks. What a rule stops for a folder, it stops from above, too.

use crate::call::{Effect, GitChange, GitQuery, Look, RealPath, Spawn, Stage};

/// All of it, however deep.
const ALL: u32 = u32::MAX;

/// Programs that look at all below a folder.
const ALWAYS: &[&str] =
    &["ack", "ag", "du", "fd", "fdfind", "find", "ncdu", "rg", "rsync", "scc", "tar", "tokei", "tree", "zip"];
/// Programs that do so with an option, and its letters.
const ASKED: &[(&str, &str)] = &[
    ("chgrp", "R"),
    ("chmod", "R"),
    ("chown", "R"),
    ("cp", "aRr"),
    ("diff", "r"),
    ("egrep", "dRr"),
    ("exa", "RT"),
    ("eza", "RT"),
    ("fgrep", "dRr"),
    ("grep", "dRr"),
    ("ls", "R"),
    ("scp", "r"),
    ("zgrep", "dRr"),
];
/// The same as long options.
const LONG: &[&str] =
    &["--archive", "--dereference-recursive", "--directories", "--recurse", "--recursive", "--tree"];
/// Subcommands of git that tell names, messages and numbers. Whatever else it does may show content.
const GIT: &[&str] = &[
    "branch",
    "config",
    "count-objects",
    "describe",
    "for-each-ref",
    "ls-files",
    "merge-base",
    "remote",
    "rev-parse",
    "show-ref",
    "status",
    "symbolic-ref",
    "tag",
    "version",
    "worktree",
];
/// Subcommands that do so with no options but these, which end in `=` if they have a value.
const GIT_LOG: &[&str] = &["log", "reflog", "rev-list", "shortlog"];
const GIT_QUIET: &[&str] = &[
    "--abbrev-commit",
    "--abbrev=",
    "--after=",
    "--all",
    "--author=",
    "--before=",
    "--branches",
    "--color=",
    "--committer=",
    "--count",
    "--date=",
    "--decorate",
    "--decorate=",
    "--first-parent",
    "--follow",
    "--format=",
    "--graph",
    "--grep=",
    "--max-count=",
    "--merges",
    "--name-only",
    "--name-status",
    "--no-color",
    "--no-merges",
    "--no-patch",
    "--numstat",
    "--oneline",
    "--pretty=",
    "--reverse",
    "--shortstat",
    "--since=",
    "--skip=",
    "--stat",
    "--stat=",
    "--summary",
    "--tags",
    "--until=",
];
/// Programs whose first argument says where to look, if it is no option.
const FIRST: &[&str] = &["du", "find", "ls", "tree"];

/// How many levels of folders below `path`, which `effect` touches, it looks into.
pub(super) fn levels(effect: &Effect, path: &RealPath) -> u32 {
    match effect {
        Effect::FileList(e) => e.depth,
        // What goes to another machine is all that the commits hold.
        Effect::GitChange(GitChange::Push(_)) => ALL,
        Effect::FileMove(e) if e.copy && e.from == *path => ALL,
        Effect::GitRead(e) => match &e.query {
            GitQuery::Status { diff: Some("patch"), .. } | GitQuery::Log { patch: true, .. } => ALL,
            GitQuery::Status { .. } | GitQuery::Log { .. } => 0,
        },
        Effect::Look(look) => match look {
            Look::Search { .. } | Look::Secrets { .. } | Look::Info { .. } => ALL,
            Look::Stat { glob: Some(_), .. } => ALL,
            Look::Stat { glob: None, .. }
            | Look::Sqlite { .. }
            | Look::Vulns { .. }
            | Look::Processes { .. }
            | Look::Updates { .. }
            | Look::Launchd { .. }
            | Look::Posture { .. } => 0,
        },
        Effect::Spawn(e) if looks_below(e, path) => ALL,
        Effect::FileRead(_)
        | Effect::FileMove(_)
        | Effect::FileWrite(_)
        | Effect::FileTrash(_)
        | Effect::FileRestore(_)
        | Effect::GitBranchDelete(_)
        | Effect::GitBranchRestore(_)
        | Effect::Web(_)
        | Effect::Remote(_)
        | Effect::Model(_)
        | Effect::GitChange(_)
        | Effect::Fleet(_)
        | Effect::Stop(_)
        | Effect::Shortcut(_)
        | Effect::Screen(_)
        | Effect::Mail(_)
        | Effect::Extract(_)
        | Effect::Spawn(_) => 0,
    }
}

/// Whether a program of the line does so, from `path` or from where it starts. A place that another
/// program of the line names counts for it, too.
fn looks_below(spawn: &Spawn, path: &RealPath) -> bool {
    let stages = spawn.steps.iter().flat_map(|step| &step.pipeline);
    let mut descending = stages.filter(|stage| descends(stage)).peekable();
    let named = descending.peek().is_some() && spawn.reads.contains(path);
    named || descending.any(|s| s.cwd.as_ref().or(spawn.cwd.as_ref()) == Some(path) && !says_where(s))
}

fn descends(stage: &Stage) -> bool {
    let name = name(stage);
    let rest = stage.argv.get(1..).unwrap_or_default();
    let long = |arg: &String| LONG.contains(&arg.split('=').next().unwrap_or_default());
    let short = |arg: &String, letters: &str| {
        arg.starts_with('-') && !arg.starts_with("--") && arg.contains(|c| letters.contains(c))
    };
    let asked = ASKED.iter().find(|(program, _)| *program == name);
    ALWAYS.contains(&name.as_str())
        || asked.is_some_and(|(_, letters)| rest.iter().any(|arg| long(arg) || short(arg, letters)))
        || (name == "git" && git_shows(rest))
}

/// Whether git may show what files hold.
fn git_shows(args: &[String]) -> bool {
    let mut rest = args.iter().map(String::as_str);
    let mut found = None;
    while let Some(arg) = rest.next() {
        match arg {
            "-C" | "-c" => drop(rest.next()),
            "--version" => return false,
            _ if arg.starts_with('-') => {}
            _ => {
                found = Some(arg);
                break;
            }
        }
    }
    let Some(found) = found else { return false };
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let quiet = |arg: &str| {
        let named = arg.split_once('=').map_or_else(|| arg.to_owned(), |(name, _)| format!("{name}="));
        !arg.starts_with('-')
            || GIT_QUIET.contains(&named.as_str())
            || matches!(arg, "-n" | "-s" | "-sn" | "--")
            || arg.strip_prefix('-').is_some_and(|rest| number(rest.strip_prefix('n').unwrap_or(rest)))
    };
    !(GIT.contains(&found) || GIT_LOG.contains(&found) && rest.all(quiet))
}

/// Whether it is told to begin elsewhere than where it runs.
fn says_where(stage: &Stage) -> bool {
    FIRST.contains(&name(stage).as_str()) && stage.argv.get(1).is_some_and(|arg| !arg.starts_with('-'))
}

fn name(stage: &Stage) -> String {
    let first = stage.argv.first().map(String::as_str).unwrap_or_default();
    first.rsplit('/').next().unwrap_or_default().to_lowercase()
}
