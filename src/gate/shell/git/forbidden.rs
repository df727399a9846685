//! Options and settings by which git runs a program that the caller names.

use crate::gate::shell::arguments;
use crate::gate::shell::walk::Walk;
use crate::gate::shell::word::Value;

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

pub(super) fn runs(key: &str) -> bool {
    let key = key.to_lowercase();
    let key = key.split('=').next().unwrap_or_default();
    RUNS.iter().any(|r| key == *r || r.ends_with('.') && key.starts_with(r))
        || RUNS_END.iter().any(|r| key.ends_with(r))
}

/// Options and commands that run a program which an argument names.
pub(super) fn judge(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let has = |option: &str| {
        args.iter()
            .any(|v| v.text == option || v.text.strip_prefix(option).is_some_and(|r| r.starts_with('=')))
    };
    let glued = |letter: &str| args.iter().any(|v| v.text.starts_with(letter) && !v.text.starts_with("--"));
    let first = args.iter().map(|v| v.text.as_str()).find(|t| !t.starts_with('-')).unwrap_or_default();
    let programs = match name {
        "grep" => {
            glued("-O")
                || args.iter().any(|v| {
                    v.text.starts_with("--op")
                        || v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('O')
                })
        }
        "rebase" => args.iter().any(|v| v.text.starts_with("--exe")) || glued("-x"),
        "bisect" => first == "run",
        "filter-branch" => true,
        "submodule" => first == "foreach",
        "difftool" | "mergetool" => {
            args.iter().any(|v| v.text.starts_with("--extc"))
                || args
                    .iter()
                    .any(|v| v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('x'))
        }
        "clone" => {
            args.iter().any(|v| v.text.starts_with("--up"))
                || glued("-u")
                || has("--config") && args.iter().any(|v| runs(v.text.trim_start_matches("--config=")))
                || config_pairs(args)
                || has("--template")
        }
        "fetch" | "pull" | "ls-remote" | "fetch-pack" => {
            args.iter().any(|v| v.text.starts_with("--up") || v.text.starts_with("--exe"))
        }
        "push" | "send-pack" => {
            args.iter().any(|v| v.text.starts_with("--rec") || v.text.starts_with("--exe"))
        }
        "archive" => args.iter().any(|v| v.text.starts_with("--exe")),
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
            && (matches!(option.text.as_str(), "--output" | "--output-directory")
                || option.text == "-o" && matches!(name, "archive" | "format-patch"))
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
