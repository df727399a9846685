//! `git`: each subcommand by itself. What only looks runs with a configuration that cannot start
//! programs; what starts programs by an argument is blocked; the rest asks.

use super::arguments;
use super::readers::{Operands, Reader};
use super::walk::{Cwd, Walk};
use super::word::Value;

const LOG: &[&str] = &[
    "oneline",
    "stat",
    "stat=",
    "numstat",
    "shortstat",
    "name-only",
    "name-status",
    "patch",
    "graph",
    "all",
    "decorate",
    "decorate=",
    "no-decorate",
    "abbrev-commit",
    "no-abbrev-commit",
    "abbrev=",
    "format=",
    "pretty=",
    "since=",
    "until=",
    "after=",
    "before=",
    "author=",
    "committer=",
    "grep=",
    "no-merges",
    "merges",
    "first-parent",
    "reverse",
    "follow",
    "cached",
    "staged",
    "color",
    "color=",
    "no-color",
    "word-diff",
    "word-diff=",
    "max-count=",
    "skip=",
    "date=",
    "relative",
    "relative=",
    "unified=",
    "diff-filter=",
    "ignore-space-change",
    "ignore-all-space",
    "ignore-blank-lines",
    "minimal",
    "patience",
    "histogram",
    "raw",
    "no-patch",
    "summary",
    "dirstat",
    "topo-order",
    "date-order",
    "left-right",
    "boundary",
    "tags",
    "branches",
    "remotes",
    "count",
    "no-ext-diff",
    "no-textconv",
    "exit-code",
    "quiet",
    "find-renames",
    "merge-base",
    "cherry-pick",
    "cherry-mark",
    "ignore-case",
    "invert-grep",
    "fixed-strings",
    "extended-regexp",
    "compact-summary",
    "no-renames",
    "full-index",
    "binary",
    "check",
    "source",
    "simplify-by-decoration",
    "reflog",
    "walk-reflogs",
    "parents",
    "children",
    "no-notes",
    "not",
    "numbered",
    "summary",
    "email",
    "cc",
    "root",
    "no-prefix",
    "objects",
    "full-history",
    "ancestry-path",
    "left-only",
    "right-only",
    "cherry",
    "merge-base",
    "ignore-submodules",
    "ignore-submodules=",
];

const fn reader(
    names: &'static [&'static str],
    short: &'static str,
    valued: &'static str,
    long: &'static [&'static str],
) -> Reader {
    Reader { names, short, valued, long, operands: Operands::Paths }
}

static READ: &[Reader] = &[
    reader(
        &["status"],
        "sbvuzM",
        "",
        &[
            "short",
            "branch",
            "porcelain",
            "porcelain=",
            "untracked-files",
            "untracked-files=",
            "ignored",
            "ignored=",
            "long",
            "show-stash",
            "ahead-behind",
            "no-ahead-behind",
            "verbose",
            "no-renames",
            "ignore-submodules",
            "ignore-submodules=",
        ],
    ),
    reader(
        &[
            "log",
            "show",
            "diff",
            "whatchanged",
            "shortlog",
            "rev-list",
            "diff-tree",
            "diff-index",
            "diff-files",
            "reflog",
            "range-diff",
            "cherry",
        ],
        "puisqwbzcmrRtEFPnevaDlgMC0123456789",
        "nSGULO",
        LOG,
    ),
    reader(
        &["blame", "annotate"],
        "wMCelstpfnbc",
        "L",
        &[
            "date=",
            "porcelain",
            "line-porcelain",
            "show-email",
            "show-name",
            "since=",
            "root",
            "abbrev=",
            "first-parent",
        ],
    ),
    reader(
        &["ls-files"],
        "cdomistvzkuf",
        "xX",
        &[
            "cached",
            "deleted",
            "modified",
            "others",
            "ignored",
            "stage",
            "unmerged",
            "exclude-standard",
            "full-name",
            "error-unmatch",
            "directory",
            "eol",
            "deduplicate",
        ],
    ),
    reader(
        &["ls-tree"],
        "drtlz",
        "",
        &["name-only", "name-status", "long", "full-name", "full-tree", "abbrev", "abbrev=", "object-only"],
    ),
    reader(
        &["rev-parse"],
        "q",
        "",
        &[
            "show-toplevel",
            "abbrev-ref",
            "short",
            "short=",
            "verify",
            "git-dir",
            "git-common-dir",
            "is-inside-work-tree",
            "quiet",
            "is-bare-repository",
            "show-prefix",
            "symbolic-full-name",
            "absolute-git-dir",
            "all",
            "branches",
            "tags",
            "show-cdup",
            "is-shallow-repository",
            "show-superproject-working-tree",
            "abbrev-ref=",
            "symbolic",
            "revs-only",
        ],
    ),
    reader(
        &["describe"],
        "",
        "",
        &[
            "tags",
            "always",
            "dirty",
            "dirty=",
            "abbrev=",
            "long",
            "all",
            "match=",
            "contains",
            "exact-match",
            "first-parent",
        ],
    ),
    reader(&["cat-file"], "tspe", "", &["batch-check"]),
    reader(&["merge-base"], "a", "", &["all", "is-ancestor", "octopus", "fork-point"]),
    reader(
        &[
            "name-rev",
            "show-ref",
            "count-objects",
            "check-ignore",
            "show-branch",
            "verify-pack",
            "get-tar-commit-id",
            "stripspace",
        ],
        "vHdsqn",
        "",
        &[
            "heads",
            "branches",
            "tags",
            "name-only",
            "verbose",
            "human-readable",
            "verify",
            "quiet",
            "hash",
            "all",
            "abbrev",
        ],
    ),
    reader(
        &["for-each-ref"],
        "",
        "",
        &[
            "format=",
            "sort=",
            "count=",
            "contains",
            "merged",
            "no-merged",
            "points-at=",
            "contains=",
            "merged=",
            "no-merged=",
        ],
    ),
    reader(
        &["grep"],
        "niIlcwEFGPvhHopqL",
        "eABCmf",
        &[
            "line-number",
            "ignore-case",
            "files-with-matches",
            "name-only",
            "count",
            "word-regexp",
            "extended-regexp",
            "fixed-strings",
            "perl-regexp",
            "invert-match",
            "cached",
            "untracked",
            "no-index",
            "heading",
            "break",
            "color",
            "color=",
            "no-color",
            "and",
            "or",
            "not",
            "all-match",
            "context=",
            "after-context=",
            "before-context=",
            "max-depth=",
            "quiet",
            "show-function",
        ],
    ),
    reader(&["version"], "", "", &["build-options"]),
];

/// Settings that name a program, by how their keys begin or end; folded.
const RUNS: &[&str] = &[
    "core.pager",
    "core.sshcommand",
    "core.editor",
    "core.fsmonitor",
    "core.hookspath",
    "core.askpass",
    "core.gitproxy",
    "core.attributesfile",
    "core.worktree",
    "sequence.editor",
    "diff.external",
    "credential.",
    "gpg.",
    "sendemail.",
    "alias.",
    "filter.",
    "protocol.",
    "ssh.",
    "uploadpack.",
    "receive.",
    "pager.",
    "interactive.",
    "man.",
    "browser.",
    "web.",
    "mergetool.",
    "difftool.",
    "remote.",
    "url.",
    "include.",
    "includeif.",
    "http.",
    "core.alternaterefscommand",
    "trailer.",
    "imap.",
    "tar.",
    "gc.",
    "submodule.",
];
const RUNS_END: &[&str] = &[
    ".textconv",
    ".command",
    ".cmd",
    ".driver",
    ".clean",
    ".smudge",
    ".process",
    ".program",
    ".path",
    ".helper",
];

fn runs(key: &str) -> bool {
    let key = key.to_lowercase();
    let key = key.split('=').next().unwrap_or_default();
    RUNS.iter().any(|r| key == *r || r.ends_with('.') && key.starts_with(r))
        || RUNS_END.iter().any(|r| key.ends_with(r))
}

pub fn judge(walk: &mut Walk<'_>, args: &[Value], at: usize) {
    let Some(start) = global(walk, args) else { return };
    let Some((command, rest)) = args.get(start..).and_then(<[Value]>::split_first) else {
        walk.ask("shell-option", at, "`git` without a command");
        return;
    };
    for value in rest {
        arguments::look(walk, value);
        transport(walk, value);
    }
    let name = command.text.as_str();
    forbidden(walk, name, rest, command.at);
    if let Cwd::At(cwd) = walk.cwd.clone() {
        repository(walk, &cwd, at);
    }
    if lists(walk, name, rest) {
        return;
    }
    let Some(reader) = READ.iter().find(|r| r.names.contains(&name)) else {
        walk.ask("shell-unknown-program", command.at, &format!("`git {name}` is not known to only look"));
        for value in rest {
            arguments::hosts(walk, value);
            let path =
                value.text.contains('/') && !value.text.contains("://") && !value.text.starts_with('-');
            if path && value.known {
                arguments::touch(
                    walk,
                    value,
                    matches!(
                        name,
                        "worktree"
                            | "clone"
                            | "init"
                            | "archive"
                            | "bundle"
                            | "mv"
                            | "rm"
                            | "apply"
                            | "am"
                            | "format-patch"
                    ),
                );
            }
        }
        remote(walk, name, rest, command.at);
        return;
    };
    if name == "reflog"
        && rest.first().is_some_and(|v| matches!(v.text.as_str(), "expire" | "delete" | "drop"))
    {
        walk.ask("shell-delete", command.at, "`git reflog` would forget");
    }
    let operands = arguments::operands(walk, &format!("git {name}"), rest, reader);
    for value in operands {
        // Most operands are revisions; what leads out of the repository is a path.
        if value.text.starts_with(['/', '~']) || arguments::climbs(&value.text) && !value.text.contains("...")
        {
            arguments::touch(walk, value, false);
        }
    }
}

/// Git reads what the repository around `folder` leads to.
fn repository(walk: &mut Walk<'_>, folder: &std::path::Path, at: usize) {
    walk.reads.insert(folder.to_path_buf());
    let Some(top) = folder.ancestors().find(|f| f.join(".git").symlink_metadata().is_ok()) else { return };
    walk.reads.insert(top.to_path_buf());
    match crate::gate::resolve::git::reaches(top) {
        Ok(reached) => walk.reads.extend(reached.iter().map(|path| path.as_path().to_path_buf())),
        Err(e) => walk.ask("shell-dynamic", at, &e.to_string()),
    }
}

/// Options before the command; where it begins, if there is one.
fn global(walk: &mut Walk<'_>, args: &[Value]) -> Option<usize> {
    let mut at = 0;
    while let Some(value) = args.get(at) {
        let text = value.text.as_str();
        if !text.starts_with('-') {
            return Some(at);
        }
        arguments::look(walk, value);
        let next = args.get(at + 1);
        match text {
            "--no-pager"
            | "-P"
            | "--literal-pathspecs"
            | "--no-optional-locks"
            | "--no-replace-objects"
            | "--icase-pathspecs" => at += 1,
            "--version" | "-v" => return None,
            "-C" => {
                let place = next.filter(|v| v.known).and_then(|v| walk.place(&v.text));
                match place {
                    Some(place) => {
                        // For this command alone; the folder of the line stays.
                        repository(walk, &place, value.at);
                    }
                    None => walk.ask("shell-dynamic", value.at, "`git -C` leads where it is not known"),
                }
                at += 2;
            }
            "-c" | "--config-env" => {
                setting(walk, next.map_or("", |v| v.text.as_str()), value.at);
                at += 2;
            }
            "--git-dir" | "--work-tree" | "--namespace" | "--super-prefix" | "--attr-source"
            | "--list-cmds" => {
                walk.ask(
                    "shell-option",
                    value.at,
                    &format!("`git {text}` uses another repository or configuration"),
                );
                if let Some(path) = next {
                    arguments::touch(walk, path, false);
                }
                at += 2;
            }
            _ => {
                if let Some(setting_of) =
                    text.strip_prefix("--config-env=").or_else(|| text.strip_prefix("-c"))
                {
                    setting(walk, setting_of, value.at);
                } else if text.starts_with("--exec-path=") {
                    walk.block(
                        "git-runs-programs",
                        value.at,
                        "`git --exec-path` names where git's programs come from",
                    );
                } else {
                    walk.ask(
                        "shell-option",
                        value.at,
                        &format!("`git {text}` is not an option known to only look"),
                    );
                    if let Some((_, path)) = text.split_once('=') {
                        arguments::touch(walk, &Value { text: path.to_owned(), ..value.clone() }, false);
                    }
                }
                at += 1;
            }
        }
    }
    walk.ask("shell-option", args.first().map_or(0, |v| v.at), "`git` without a command");
    None
}

fn setting(walk: &mut Walk<'_>, text: &str, at: usize) {
    if runs(text) {
        walk.block("git-runs-programs", at, &format!("`git -c {text}` sets what git runs"));
    } else {
        walk.ask("shell-option", at, &format!("`git -c {text}` sets a configuration"));
    }
}

/// Addresses of repositories that are commands.
fn transport(walk: &mut Walk<'_>, value: &Value) {
    let folded = value.text.to_lowercase();
    if folded.starts_with("ext::") || folded.starts_with("fd::") || folded.contains("=ext::") {
        walk.block("git-runs-programs", value.at, "the `ext` transport runs a command");
    }
    // An address that begins with a dash becomes an option of the program that connects.
    let host =
        folded.split_once("://").map_or("", |(_, rest)| rest.rsplit_once('@').map_or(rest, |(_, h)| h));
    if host.starts_with('-') {
        walk.block("git-runs-programs", value.at, "a host that begins with `-` is an option");
    }
}

/// Options and commands that run a program which an argument names.
fn forbidden(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let has = |option: &str| {
        args.iter()
            .any(|v| v.text == option || v.text.strip_prefix(option).is_some_and(|r| r.starts_with('=')))
    };
    let glued = |letter: &str| args.iter().any(|v| v.text.starts_with(letter) && !v.text.starts_with("--"));
    let first = args.iter().map(|v| v.text.as_str()).find(|t| !t.starts_with('-')).unwrap_or_default();
    let programs = match name {
        "grep" => glued("-O") || args.iter().any(|v| v.text.starts_with("--open-files-in-pager")),
        "rebase" => has("--exec") || glued("-x"),
        "bisect" => first == "run",
        "filter-branch" => true,
        "submodule" => first == "foreach",
        "difftool" | "mergetool" => has("--extcmd") || glued("-x") || has("--tool-help"),
        "clone" => {
            has("--upload-pack")
                || glued("-u")
                || has("--config") && args.iter().any(|v| runs(v.text.trim_start_matches("--config=")))
                || config_pairs(args)
                || has("--template")
        }
        "fetch" | "pull" | "ls-remote" | "fetch-pack" => {
            args.iter().any(|v| v.text.starts_with("--upload-p") || v.text.starts_with("--exec"))
        }
        "push" | "send-pack" => {
            args.iter().any(|v| v.text.starts_with("--receive-p") || v.text.starts_with("--exec"))
        }
        "archive" => args.iter().any(|v| v.text.starts_with("--exec")),
        "init" => has("--template"),
        "config" => writes_config(args) && args.iter().any(|v| runs(&v.text)),
        "daemon" | "instaweb" | "http-backend" | "shell" | "upload-pack" | "receive-pack" | "remote-ext"
        | "cvsserver" => true,
        "hook" => true,
        _ => false,
    };
    if programs {
        walk.block(
            "git-runs-programs",
            at,
            &format!("`git {name}` would run a program that an argument names"),
        );
    }
    if name == "config"
        && writes_config(args)
        && args.iter().any(|v| matches!(v.text.as_str(), "--global" | "--system"))
    {
        walk.block("persistence", at, "git's own configuration runs programs later: change it yourself");
    }
    for value in args {
        if let Some(path) =
            value.text.strip_prefix("--output=").or_else(|| value.text.strip_prefix("--output-directory="))
        {
            walk.ask("shell-write", value.at, "`--output` writes a file");
            arguments::touch(walk, &Value { text: path.to_owned(), ..value.clone() }, true);
        }
    }
    for pair in args.windows(2) {
        if let [option, path] = pair
            && matches!(option.text.as_str(), "--output" | "-o" | "--output-directory")
        {
            walk.ask("shell-write", option.at, "it writes a file");
            arguments::touch(walk, path, true);
        }
    }
}

fn config_pairs(args: &[Value]) -> bool {
    args.windows(2).any(|pair| matches!(pair, [c, value] if matches!(c.text.as_str(), "-c" | "--config") && runs(&value.text)))
        || args.iter().any(|v| v.text.strip_prefix("-c").is_some_and(|rest| !rest.is_empty() && runs(rest)))
}

fn writes_config(args: &[Value]) -> bool {
    let reads = args.iter().any(|v| {
        matches!(
            v.text.as_str(),
            "--get" | "--get-all" | "--get-regexp" | "--list" | "-l" | "get" | "list" | "--get-urlmatch"
        )
    });
    let operands = args.iter().filter(|v| !v.text.starts_with('-')).count();
    !reads
        && (operands > 1
            || args.iter().any(|v| {
                v.text.starts_with("--unset")
                    || v.text.starts_with("--add")
                    || v.text.starts_with("--replace")
                    || v.text == "-e"
                    || v.text == "--edit"
            }))
}

/// Commands that list where they are given nothing else.
fn lists(walk: &mut Walk<'_>, name: &str, args: &[Value]) -> bool {
    let texts: Vec<_> = args.iter().map(|v| v.text.as_str()).collect();
    let only = |options: &[&str]| {
        texts.iter().all(|t| options.iter().any(|o| t == o || o.ends_with('=') && t.starts_with(o)))
    };
    let flags = |t: &&&str| t.starts_with('-');
    match name {
        "branch" => {
            let listing = [
                "-a",
                "-r",
                "-v",
                "-vv",
                "-av",
                "-avv",
                "-rv",
                "--all",
                "--remotes",
                "--verbose",
                "--list",
                "-l",
                "--show-current",
                "--merged",
                "--no-merged",
                "--sort=",
                "--format=",
                "--no-color",
                "--color=",
                "--contains",
                "--no-contains",
                "--merged=",
                "--no-merged=",
                "--contains=",
                "--column",
                "--points-at",
            ];
            let given = texts.iter().any(|t| {
                ["--list", "-l", "--merged", "--no-merged", "--contains", "--no-contains", "--points-at"]
                    .contains(t)
            });
            texts
                .iter()
                .filter(flags)
                .all(|t| listing.iter().any(|o| t == o || o.ends_with('=') && t.starts_with(o)))
                && (given || texts.iter().all(|t| t.starts_with('-')))
        }
        "tag" => {
            let listing = [
                "-l",
                "--list",
                "-n",
                "-n1",
                "--sort=",
                "--contains",
                "--merged",
                "--points-at",
                "--format=",
                "--column",
                "--no-merged",
            ];
            let given = texts.iter().any(|t| {
                ["-l", "--list", "--contains", "--merged", "--points-at", "--no-merged"].contains(t)
            });
            texts
                .iter()
                .filter(flags)
                .all(|t| listing.iter().any(|o| t == o || o.ends_with('=') && t.starts_with(o)))
                && (given || texts.iter().all(|t| t.starts_with('-')))
        }
        "remote" => {
            only(&["-v", "--verbose"]) || matches!(texts.as_slice(), ["get-url", n] if !n.starts_with('-'))
        }
        "stash" => matches!(texts.as_slice(), ["list"] | ["show"] | ["show", "-p"] | ["show", "--stat"]),
        "worktree" => matches!(texts.as_slice(), ["list"] | ["list", "--porcelain"]),
        "config" => {
            matches!(texts.as_slice(), ["--get" | "--get-all" | "get", key] if !key.starts_with('-'))
                || matches!(texts.as_slice(), [key] if !key.starts_with('-') && key.contains('.') && !key.contains('/'))
        }
        "symbolic-ref" => matches!(texts.as_slice(), ["HEAD"] | ["--short", "HEAD"] | ["-q", "HEAD"]),
        "bisect" => texts == ["log"],
        "notes" => matches!(texts.as_slice(), ["list"] | ["show"]),
        "submodule" | "help" => {
            let _ = walk;
            false
        }
        _ => false,
    }
}

/// The host of a remote that is named by its short name.
fn remote(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    if !matches!(name, "fetch" | "pull" | "push" | "ls-remote" | "clone" | "remote" | "submodule") {
        return;
    }
    let Cwd::At(cwd) = walk.cwd.clone() else { return };
    if walk.world.places_only {
        return;
    }
    let Ok(said) = crate::gate::resolve::git::ask(
        walk.world.home,
        &cwd,
        &["config", "--get-regexp", r"^remote\..*\.(url|pushurl)$"],
        &|| false,
    ) else {
        return;
    };
    let said = String::from_utf8_lossy(&said).into_owned();
    let named = args.iter().map(|v| v.text.as_str()).find(|t| !t.starts_with('-'));
    for line in said.lines() {
        let Some((key, url)) = line.split_once(' ') else { continue };
        let of = key.strip_prefix("remote.").and_then(|k| k.rsplit_once('.')).map(|(n, _)| n);
        if named.is_none() || of == named {
            arguments::hosts(walk, &Value { text: url.to_owned(), known: true, glob: false, at });
            transport(walk, &Value { text: url.to_owned(), known: true, glob: false, at });
        }
    }
}
