//! Programs that are not known to only look: they ask, and what they name is looked at all the same.

use super::names::{DELETERS, INTERPRETERS, WRITERS};
use super::walk::Walk;
use super::word::Value;
use super::{arguments, delete};

/// Not known to only look: it asks, and what it names is looked at all the same.
pub fn judge(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    if DELETERS.contains(&name) {
        walk.ask("shell-delete", at, &format!("`{name}` deletes"));
        let mut over = false;
        for value in args {
            if value.text == "--" && !over {
                over = true;
            } else if over || !value.text.starts_with('-') {
                delete::target(walk, value);
            }
        }
        return;
    }
    match name {
        "mv" | "gmv" => {
            walk.ask("shell-write", at, "`mv` moves");
            let operands: Vec<_> = args.iter().filter(|v| !v.text.starts_with('-')).collect();
            // All but the last go away from where they are.
            for value in operands.iter().take(operands.len().saturating_sub(1)) {
                delete::target(walk, value);
            }
            destination(walk, &operands);
        }
        "cp" | "gcp" | "rsync" | "scp" => {
            walk.ask("shell-write", at, &format!("`{name}` copies"));
            for value in args {
                arguments::look(walk, value);
                arguments::hosts(walk, value);
            }
            let operands: Vec<_> = args.iter().filter(|v| !v.text.starts_with('-')).collect();
            for value in operands.iter().take(operands.len().saturating_sub(1)).filter(|v| !remote(v)) {
                arguments::touch(walk, value, false);
            }
            destination(walk, &operands);
        }
        "dd" => {
            walk.ask("shell-write", at, "`dd` copies bytes");
            for value in args {
                if let Some((key, path)) =
                    value.text.split_once('=').filter(|(k, _)| matches!(*k, "if" | "of"))
                {
                    let named = Value { text: path.to_owned(), ..value.clone() };
                    arguments::touch(walk, &named, key == "of");
                }
            }
        }
        _ if WRITERS.contains(&name) => {
            walk.ask("shell-write", at, &format!("`{name}` changes what it is given"));
            args.iter().for_each(|v| arguments::look_into_text(walk, v));
            // Also what is not there yet.
            let mode = usize::from(matches!(name, "chmod" | "chown" | "chgrp" | "chflags" | "chattr"));
            for value in args.iter().filter(|v| !v.text.starts_with('-')).skip(mode) {
                arguments::touch(walk, value, true);
            }
            arguments::touch_all(walk, args, true);
        }
        _ => {
            let what = if INTERPRETERS.contains(&name) {
                "runs what it is given"
            } else {
                "is not a program known to only look"
            };
            walk.ask("shell-unknown-program", at, &format!("`{name}` {what}"));
            if INTERPRETERS.contains(&name) {
                args.iter().for_each(|v| arguments::look_into_text(walk, v));
            }
            // `perl -pi`: it writes what it reads.
            let in_place = matches!(name, "perl" | "ruby")
                && args
                    .iter()
                    .any(|v| v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('i'));
            arguments::touch_all(walk, args, in_place);
            written(walk, args);
            if matches!(name, "curl" | "wget" | "wget2" | "http" | "https" | "xh") {
                // An address needs no scheme there.
                for value in args.iter().filter(|v| !v.text.starts_with('-') && !v.text.contains("://")) {
                    if value.text.contains(['.', ':']) || value.text == "localhost" {
                        arguments::url(walk, "http", &value.text, value.at);
                    }
                }
            }
        }
    }
}

/// A place on another machine, as `scp` and `rsync` write it.
fn remote(value: &Value) -> bool {
    value.text.split('/').next().unwrap_or_default().contains(':')
}

/// The last operand: a place to write, or a folder that the others are put into.
fn destination(walk: &mut Walk<'_>, operands: &[&Value]) {
    let Some((last, sources)) = operands.split_last().filter(|(last, _)| !remote(last)) else { return };
    let folder = last.known && walk.place(&last.text).is_some_and(|path| path.is_dir());
    if !folder {
        arguments::touch(walk, last, true);
        return;
    }
    arguments::touch(walk, last, false);
    for source in sources {
        if let Some(name) = source.text.trim_end_matches('/').rsplit('/').next().filter(|_| source.known) {
            let text = format!("{}/{name}", last.text.trim_end_matches('/'));
            arguments::touch(walk, &Value { text, known: true, glob: false, at: last.at }, true);
        }
    }
}

/// Files that common options name to be written.
fn written(walk: &mut Walk<'_>, args: &[Value]) {
    for pair in args.windows(2) {
        if let [option, value] = pair
            && matches!(
                option.text.as_str(),
                "-o" | "-O" | "--output" | "--output-document" | "-C" | "--directory" | "-d" | "-T"
            )
            && !value.text.starts_with('-')
            && value.known
            && (value.text.contains('/') || matches!(option.text.as_str(), "-o" | "--output"))
        {
            arguments::touch(
                walk,
                value,
                matches!(option.text.as_str(), "-o" | "-O" | "--output" | "--output-document" | "-C"),
            );
        }
    }
    for pair in args.windows(2) {
        // `curl -sSLo FILE`, `wget -P FOLDER`
        if let [option, value] = pair
            && option.text.starts_with('-')
            && !option.text.starts_with("--")
            && option.text.ends_with(['o', 'O', 'P'])
            && value.known
            && value.text.starts_with(['/', '~', '.'])
        {
            arguments::touch(walk, value, true);
        }
    }
    for value in args {
        if let Some(path) = value.text.strip_prefix("-o").filter(|p| p.starts_with(['/', '~'])) {
            arguments::touch(walk, &Value { text: path.to_owned(), ..value.clone() }, true);
        }
        for start in ["--output=", "-o=", "--output-document=", "--directory="] {
            if let Some(path) = value.text.strip_prefix(start) {
                arguments::touch(walk, &Value { text: path.to_owned(), ..value.clone() }, true);
            }
        }
    }
}
