//! Programs that only look: what they are given, and what lies below it.

use super::readers::{Operands, Reader};
use super::walk::{Cwd, Walk};
use super::word::Value;
use super::{arguments, scripts};
use crate::gate::rules::about;

pub fn read(walk: &mut Walk<'_>, name: &str, args: &[Value], reader: &Reader) {
    walk.pattern = false;
    let mut operands = arguments::operands(walk, name, args, reader);
    for value in &operands {
        if value.text.starts_with('+') && matches!(name, "tail" | "head") {
            walk.ask("shell-option", value.at, &format!("`{name} {}` is not known to end", value.text));
        }
        if value.text.starts_with('@') && reader.operands != Operands::Anything {
            walk.ask(
                "shell-option",
                value.at,
                &format!("`{name} {}` may read its arguments from a file", value.text),
            );
        }
    }
    if name == "jq"
        && args.iter().any(|v| ["import", "include", "modulemeta"].iter().any(|w| v.text.contains(w)))
    {
        walk.ask("shell-script", args.first().map_or(0, |v| v.at), "`jq` with modules reads other files");
    }
    let shows = |v: &Value| {
        v.text.contains("environ") || v.text.starts_with('-') && v.text.contains('u') && v.text.contains('e')
    };
    if name == "ps" && args.iter().any(shows) {
        walk.ask(
            "shell-option",
            args.first().map_or(0, |v| v.at),
            "`ps` would show the variables of other programs",
        );
    }
    match reader.operands {
        // What is compared may be text; what looks like a place is one.
        Operands::Anything if matches!(name, "test" | "[") => {
            operands.retain(|v| v.text.contains('/') || v.text.starts_with('~'));
        }
        Operands::Anything => operands.clear(),
        Operands::Text => {
            if name == "date" && operands.iter().any(|v| !v.text.starts_with('+')) {
                walk.ask(
                    "shell-option",
                    operands.first().map_or(0, |v| v.at),
                    "`date` with an operand may set the clock",
                );
            }
            operands.clear();
        }
        Operands::None => {
            if let Some(value) = operands.first() {
                walk.ask(
                    "shell-option",
                    value.at,
                    &format!("`{name} {}` is not known to only look", value.text),
                );
            }
        }
        Operands::OnePath => {
            if let Some(value) = operands.get(1) {
                walk.ask("shell-write", value.at, &format!("`{name}` writes its second operand"));
                arguments::touch(walk, value, true);
                operands.truncate(1);
            }
        }
        Operands::Pattern => {
            if !walk.pattern && !operands.is_empty() {
                operands.remove(0);
            }
        }
        Operands::Paths => {}
    }
    let deep = match name {
        "grep" | "egrep" | "fgrep" => args.iter().any(|v| {
            v.text == "--recursive"
                || v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains(['r', 'R'])
        }),
        "diff" => args.iter().any(|v| {
            v.text == "--recursive"
                || v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('r')
        }),
        "rg" => true,
        _ => false,
    };
    if deep
        && operands.is_empty()
        && let Cwd::At(cwd) = walk.cwd.clone()
    {
        look_below_folder(walk, &cwd, name, 0);
    }
    for value in operands {
        arguments::touch(walk, value, false);
        if deep {
            look_below(walk, value, name, value.at);
        }
    }
}

/// A program that reads all that lies below a place: nothing of it may be guarded.
pub fn look_below(walk: &mut Walk<'_>, start: &Value, name: &str, at: usize) {
    if let Some(folder) = walk.place(&start.text).filter(|_| start.known && !start.glob) {
        look_below_folder(walk, &folder, name, at);
    }
}

fn look_below_folder(walk: &mut Walk<'_>, folder: &std::path::Path, name: &str, at: usize) {
    const MOST: usize = 20_000;
    if !walk.inside(folder) {
        return;
    }
    let hidden = name != "rg" || walk.globs;
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|e| e.depth() == 0 || hidden || !e.file_name().to_string_lossy().starts_with('.'));
    for (n, entry) in entries.filter_map(Result::ok).enumerate() {
        if n >= MOST {
            walk.ask("shell-recursive", at, &format!("`{name}` reads a tree too large to look through"));
            return;
        }
        let path = entry.path();
        if entry.path_is_symlink() {
            let target = crate::gate::resolve::path::real(path).unwrap_or_default();
            let guarded = about(&target, false, &walk.world.guarded).next().is_some();
            if guarded || !walk.inside(&target) {
                let what =
                    format!("`{name}` reads all below, also what the link `{}` leads to", path.display());
                walk.ask("shell-recursive", at, &what);
                return;
            }
        }
        // The names of git's own files are not secrets, and there are many.
        let guarded = about(path, false, &walk.world.guarded).next();
        if let Some(rule) = guarded {
            let what = format!("`{name}` reads all below, also `{}`: {}", path.display(), rule.message);
            walk.ask("shell-recursive", at, &what);
            return;
        }
    }
}

pub fn sed(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let in_place =
        args.iter().any(|v| v.text.starts_with("-i") || v.text.starts_with("--in-place") || v.text == "-I");
    let mut scripts = Vec::new();
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut listed = true;
    while let Some(value) = rest.next() {
        match value.text.as_str() {
            "-n" | "-E" | "-r" | "-s" | "-u" | "-z" | "--quiet" | "--silent" | "--regexp-extended"
            | "--posix" | "-nE" | "-En" | "-nr" | "-rn" => {}
            "-e" | "--expression" => scripts.extend(rest.next()),
            text if text.len() > 2
                && text.starts_with('-')
                && text.ends_with('e')
                && text.chars().skip(1).all(|c| "nErsuze".contains(c)) =>
            {
                scripts.extend(rest.next());
            }
            text if text.starts_with('-') && text.len() > 1 => listed = false,
            _ => operands.push(value),
        }
    }
    if scripts.is_empty() && !operands.is_empty() {
        scripts.push(operands.remove(0));
    }
    let prints = !scripts.is_empty()
        && scripts.iter().all(|s| s.known && !s.glob && scripts::sed_only_prints(&s.text));
    if !listed || !prints || in_place {
        walk.ask(
            "shell-script",
            at,
            &format!("`{name}` with a script or option that may write or run something"),
        );
        args.iter().for_each(|v| arguments::look_into_text(walk, v));
    }
    for value in operands {
        arguments::touch(walk, value, in_place);
    }
}

pub fn awk(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut listed = true;
    while let Some(value) = rest.next() {
        match value.text.as_str() {
            "-F" => {
                let _ = rest.next();
            }
            text if text.starts_with("-F") => {}
            "-v" => {
                let set =
                    rest.next().is_some_and(|v| v.known && v.text.contains('=') && !v.text.contains('\\'));
                listed &= set;
            }
            text if text.starts_with('-') && text.len() > 1 => listed = false,
            _ => operands.push(value),
        }
    }
    let program = if operands.is_empty() { None } else { Some(operands.remove(0)) };
    if !listed || !program.is_some_and(|p| p.known && !p.glob && scripts::awk_only_prints(&p.text)) {
        walk.ask(
            "shell-script",
            at,
            &format!("`{name}` with a program or option that may write or run something"),
        );
        args.iter().for_each(|v| arguments::look_into_text(walk, v));
    }
    for value in operands {
        // An operand `name=value` sets a variable.
        arguments::touch(walk, value, false);
    }
}

/// `tar tf FILE`, in its few spellings; a name with a colon would be another machine's.
pub fn lists_tar(walk: &mut Walk<'_>, args: &[Value]) -> bool {
    let (how, file) = match args {
        [how, file] => (how.text.trim_start_matches('-'), file),
        [list, f, file] if list.text == "--list" && f.text == "-f" => ("tf", file),
        _ => return false,
    };
    let lists = how.contains('t') && how.ends_with('f') && how.chars().all(|c| "tvzjJf".contains(c));
    let plain = file.known && !file.glob && !file.text.starts_with('-') && !file.text.contains(':');
    if lists && plain {
        arguments::touch(walk, file, false);
    }
    lists && plain
}
