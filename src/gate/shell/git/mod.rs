//! `git`: each subcommand by itself. What only looks runs with a configuration that cannot start
//! programs; what starts programs by an argument is blocked; the rest asks.

mod forbidden;
mod lists;
mod tables;

use super::arguments;
use super::walk::{Cwd, Walk};
use super::word::Value;
use std::path::{Path, PathBuf};

pub fn judge(walk: &mut Walk<'_>, args: &[Value], at: usize) {
    walk.git = Some(walk.cwd.clone());
    let Some(start) = global(walk, args) else { return };
    // What follows `-C` is told from the folder that it leads to; the folder of the line stays.
    let base = walk.git.clone().unwrap_or(Cwd::Unknown);
    let before = std::mem::replace(&mut walk.cwd, base);
    command(walk, args, start, at);
    walk.cwd = before;
}

fn command(walk: &mut Walk<'_>, args: &[Value], start: usize, at: usize) {
    let Some((command, rest)) = args.get(start..).and_then(<[Value]>::split_first) else {
        walk.ask("shell-option", at, "`git` without a command");
        return;
    };
    for value in rest {
        arguments::look(walk, value);
        transport(walk, value);
    }
    let name = command.text.as_str();
    forbidden::judge(walk, name, rest, command.at);
    let top = match walk.cwd.clone() {
        Cwd::At(cwd) => repository(walk, &cwd, at),
        Cwd::Scratch | Cwd::Unknown => None,
    };
    if lists::lists(name, rest) {
        return;
    }
    let Some(reader) = tables::READ.iter().find(|r| r.names.contains(&name)) else {
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
        && rest.first().is_some_and(|v| matches!(v.text.as_str(), "expire" | "delete" | "drop" | "write"))
    {
        walk.ask("shell-delete", command.at, "`git reflog` would forget");
    }
    let operands = crate::gate::shell::reader::operands(walk, &format!("git {name}"), rest, reader);
    if name == "diff" {
        of_no_tree(walk, &operands, top.as_deref(), command.at);
    }
    for value in operands {
        // Most operands are revisions; what leads out of the repository is a path.
        if value.text.starts_with(['/', '~']) || arguments::climbs(&value.text) && !value.text.contains("...")
        {
            arguments::touch(walk, value, false);
        }
    }
}

/// Of two places of which one lies in no work tree, `git diff` compares all that lies below.
fn of_no_tree(walk: &mut Walk<'_>, operands: &[&Value], top: Option<&Path>, at: usize) {
    let known = walk.cwd != Cwd::Unknown;
    let places: Vec<_> = operands.iter().filter_map(|v| walk.place(&v.text)).filter(|p| p.exists()).collect();
    let out = places.iter().any(|place| top.is_none_or(|top| !place.starts_with(top)));
    if !known && operands.len() > 1 || places.len() > 1 && out {
        walk.ask("shell-recursive", at, "`git diff` of what lies in no work tree reads all below");
    }
}

/// Git reads what the repository around `folder` leads to. Its work tree, if there is one.
fn repository(walk: &mut Walk<'_>, folder: &Path, at: usize) -> Option<PathBuf> {
    walk.reads.insert(folder.to_path_buf());
    if folder.ancestors().any(crate::gate::resolve::git::looks_bare) {
        walk.ask(
            "shell-dynamic",
            at,
            "a repository without a work tree, or git's own folder, is not looked at unasked",
        );
    }
    let top = folder.ancestors().find(|f| f.join(".git").symlink_metadata().is_ok())?.to_owned();
    let config = match crate::gate::resolve::git::configuration(&top) {
        Ok(text) => text.to_lowercase(),
        Err(e) => {
            walk.ask("shell-dynamic", at, &format!("the repository's configuration cannot be read: {e}"));
            String::new()
        }
    };
    // Also beside the name of the section, in one line.
    if config.lines().any(|l| l.contains("worktree") && l.contains('=')) {
        walk.ask("shell-dynamic", at, "the repository's configuration names another work tree");
    }
    if config.contains("[include") {
        walk.ask("shell-dynamic", at, "the repository's configuration is in other files, too");
    }
    walk.reads.insert(top.clone());
    match crate::gate::resolve::git::reaches(&top) {
        Ok(reached) => walk.reads.extend(reached.iter().map(|path| path.as_path().to_path_buf())),
        Err(e) => walk.ask("shell-dynamic", at, &e.to_string()),
    }
    Some(top)
}

/// Options before the command; where it begins, if there is one.
fn global(walk: &mut Walk<'_>, args: &[Value]) -> Option<usize> {
    let mut at = 0;
    // Each `-C` begins where the one before led.
    let mut base = walk.cwd.clone();
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
                let place = next.filter(|v| v.known).and_then(|v| walk.place_from(&base, &v.text));
                match place {
                    Some(place) => {
                        base = Cwd::At(place);
                        walk.git = Some(base.clone());
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
    if forbidden::runs(text) {
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
    let scp = folded.split_once(':').and_then(|(before, _)| before.rsplit_once('@')).map_or("", |(_, h)| h);
    if host.starts_with('-') || scp.starts_with('-') {
        walk.block("git-runs-programs", value.at, "a host that begins with `-` is an option");
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
