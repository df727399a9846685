//! Commands that list where they are given nothing else.

use crate::gate::shell::word::Value;

/// Commands that list where they are given nothing else.
pub(super) fn lists(name: &str, args: &[Value]) -> bool {
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
        "stash" if texts.first() == Some(&"show") => texts.iter().skip(1).all(|t| {
            let number = t.strip_prefix("stash@{").and_then(|r| r.strip_suffix('}'));
            matches!(*t, "-p" | "--stat" | "--patch" | "--name-only")
                || number.is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()))
        }),
        "stash" => matches!(texts.as_slice(), ["list"] | ["show"] | ["show", "-p"] | ["show", "--stat"]),
        "worktree" => matches!(texts.as_slice(), ["list"] | ["list", "--porcelain"]),
        "config" => {
            matches!(texts.as_slice(), ["--get" | "--get-all" | "get", key] if !key.starts_with('-'))
                || matches!(texts.as_slice(), [key] if !key.starts_with('-') && key.contains('.') && !key.contains('/'))
        }
        "symbolic-ref" => matches!(texts.as_slice(), ["HEAD"] | ["--short", "HEAD"] | ["-q", "HEAD"]),
        "bisect" => texts == ["log"],
        "notes" => matches!(texts.as_slice(), ["list"] | ["show"]),
        _ => false,
    }
}
