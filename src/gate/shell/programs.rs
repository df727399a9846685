//! One program with its arguments: what it is, and what follows from that.

use super::feeding::Input;
use super::names::{DELETERS, INTERPRETERS, SHELLS, downloads, runs_text};
use super::walk::{Cwd, Walk, base};
use super::word::Value;
use super::{
    arguments, changing, delete, find, forbidden, git, listed, readers, reading, versions, wrappers,
};

/// Judges a program with its arguments.
pub fn judge(walk: &mut Walk<'_>, words: &[Value], input: &Input) {
    let Some((first, args)) = words.split_first() else { return };
    let at = first.at;
    if !first.known || first.glob || first.text.is_empty() {
        walk.ask("shell-dynamic", at, "which program runs is known only when it runs");
        arguments::look(walk, first);
        arguments::touch_all(walk, args, false);
        // Whatever it turns out to be, it would get these.
        return;
    }
    let name = base(&first.text);
    walk.programs.insert(first.text.clone());
    let found = find_program(walk, &first.text);
    if own(walk, &name, found.as_deref()) {
        walk.block("fleet-own", at, "no tool calls fleet: a person does");
    }
    // A program by way of `/proc` is a program still, and one that asks.
    if first.text.contains('/') && !first.text.starts_with("/proc/") {
        arguments::look(walk, first);
    }
    if !pinned(walk, first, &name) {
        // Whatever its name says: what is listed below is what the system calls so.
        walk.ask("shell-unknown-program", at, &format!("`{}` is not the system's own `{name}`", first.text));
    }
    forbidden::judge(walk, &name, args, at);
    fed(walk, &name, args, input, at);
    if let Some(found) = &found {
        // A link by another name is still what it leads to.
        let real = base(&found.to_string_lossy());
        if real != name && real != "busybox" && real != "coreutils" {
            forbidden::judge(walk, &real, args, at);
        }
    }
    let question = name == "command" && asks_where(args);
    if strings(walk, &name, args, input, at) || !question && wrapped(walk, &name, args, input, at) {
        return;
    }
    special(walk, first, &name, args, input);
}

fn find_program(walk: &Walk<'_>, text: &str) -> Option<std::path::PathBuf> {
    if text.contains('/') {
        return walk.place(text);
    }
    walk.world.find_program(text).ok().flatten().map(|p| p.as_path().to_path_buf())
}

fn own(walk: &Walk<'_>, name: &str, found: Option<&std::path::Path>) -> bool {
    name == "fleet" || found.is_some_and(|f| walk.world.guarded.is_binary(f))
}

/// What a pipe or a here-document brings.
fn fed(walk: &mut Walk<'_>, name: &str, args: &[Value], input: &Input, at: usize) {
    let stdin_runs = (SHELLS.contains(&name) || INTERPRETERS.contains(&name))
        && !args.iter().any(|v| !v.text.starts_with('-') && v.text != "-")
        || SHELLS.contains(&name)
            && args.iter().any(|v| v.text == "-s" || v.text == "-" || v.text == "/dev/stdin");
    let fetched = input.from.iter().any(|from| downloads(from));
    let runs = if INTERPRETERS.contains(&name) { runs_more(args) } else { runs_text(name) };
    // What `xargs` and `parallel` run is judged with the same input; alone, one of them runs lines.
    let judged = name == "xargs" || name == "parallel" && args.iter().any(|v| !v.text.starts_with('-'));
    if fetched && (stdin_runs || runs && !judged) {
        walk.block("download-to-shell", at, &format!("what a download prints would be run by `{name}`"));
    }
    if let Some(text) = input.text.clone().filter(|_| stdin_runs && SHELLS.contains(&name)) {
        walk.text(&text, at);
    }
}

/// Whether a program's own text, in an argument, may run what it reads.
fn runs_more(args: &[Value]) -> bool {
    const MARKS: &[&str] = &[
        "exec",
        "eval",
        "system",
        "popen",
        "spawn",
        "subprocess",
        "compile",
        "import(",
        "require",
        "qx",
        "`",
        "/dev/stdin",
    ];
    args.iter().any(|v| !v.known || MARKS.iter().any(|mark| v.text.contains(mark)))
}

/// A text that is known only when it runs, where a variable holds what a download prints.
fn held(walk: &mut Walk<'_>, text: &Value, name: &str) {
    if walk.fetched && !text.known {
        walk.block("download-to-shell", text.at, &format!("what a download prints would be run by `{name}`"));
    }
}

/// Shells and other programs that take text apart again.
fn strings(walk: &mut Walk<'_>, name: &str, args: &[Value], _: &Input, at: usize) -> bool {
    if SHELLS.contains(&name) {
        walk.ask("shell-runs-programs", at, &format!("`{name}` runs what it is given"));
        let dash_c = args.iter().position(|v| {
            let letters = v.text.strip_prefix('-').unwrap_or_default().to_lowercase();
            // PowerShell's options are words, at any case, down to one letter.
            let whole = name != "pwsh" || "command".starts_with(&letters);
            !letters.is_empty() && !letters.starts_with('-') && letters.contains('c') && whole
        });
        if let Some(n) = dash_c {
            let text = args.iter().skip(n + 1).find(|v| !v.text.starts_with(['-', '+']));
            if let Some(value) = text {
                held(walk, value, name);
                walk.text(&value.text, value.at);
            }
        }
        for value in args {
            // `fish --command=LINE`, `pwsh -Command LINE`
            if let Some((_, text)) =
                value.text.split_once('=').filter(|(option, _)| option.starts_with("--com"))
            {
                walk.text(text, value.at);
            }
        }
        arguments::touch_all(walk, args, false);
        return true;
    }
    match name {
        "eval" | "watch" | "trap" | "alias" => {
            walk.ask("shell-runs-programs", at, &format!("`{name}` runs what it is given"));
            args.iter().for_each(|value| held(walk, value, name));
            let texts = args.iter().filter(|v| !v.text.starts_with('-'));
            let values: Vec<&Value> = texts.collect();
            // `watch -n SECONDS LINE`
            let texts = values.into_iter().filter(|v| name != "watch" || v.text.parse::<f64>().is_err());
            let text = if matches!(name, "trap" | "alias") {
                texts
                    .map(|v| {
                        v.text.split_once('=').filter(|_| name == "alias").map_or(v.text.as_str(), |(_, t)| t)
                    })
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            } else {
                texts.map(|v| v.text.as_str()).collect::<Vec<_>>().join(" ")
            };
            walk.text(&text, at);
            true
        }
        "hyperfine" => {
            walk.ask("shell-runs-programs", at, "`hyperfine` runs what it is given");
            // Lines, and options' values that are lines, too.
            args.iter().for_each(|value| {
                let line = value.text.split_once('=').filter(|_| value.text.starts_with("--"));
                walk.text(line.map_or(value.text.as_str(), |(_, line)| line), value.at);
            });
            true
        }
        "script" | "flock" | "runuser" => {
            let text = args
                .iter()
                .skip_while(|v| {
                    let bundle = v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('c');
                    !bundle && v.text != "--command"
                })
                .nth(1);
            if let Some(value) = text {
                walk.ask("shell-runs-programs", at, &format!("`{name}` runs what it is given"));
                walk.text(&value.text, value.at);
            }
            false
        }
        _ => false,
    }
}

fn wrapped(walk: &mut Walk<'_>, name: &str, args: &[Value], input: &Input, at: usize) -> bool {
    if name == "env" && !args.is_empty() {
        let (inner, text) = wrappers::env(walk, args);
        if let Some(text) = text {
            walk.ask("shell-runs-programs", at, "`env -S` takes its text apart");
            walk.text(&text, at);
        }
        below(walk, inner, input);
        return true;
    }
    let Some(inner) = wrappers::unwrap(walk, name, args) else { return false };
    if args.is_empty() && readers::find(name).is_some() {
        return false;
    }
    if inner.words.is_empty() {
        walk.ask("shell-unknown-program", at, &format!("`{name}` alone is not a program known to only look"));
        return true;
    }
    let listing =
        input.names.as_ref().filter(|names| name == "xargs" && listed::looked_at(args, inner.words, names));
    if let Some(listing) = listing {
        reading::look_at_names(walk, listing, at);
    } else if !inner.clear {
        walk.ask("shell-runs-programs", at, &format!("`{name}` changes how a program runs"));
    }
    let mut words = inner.words.to_vec();
    if name == "xargs"
        && let Some(text) = &input.text
    {
        let more =
            text.split_whitespace().map(|t| Value { text: t.to_owned(), known: true, glob: false, at });
        words.extend(more);
    }
    // What it is given lies below, or is one of, what was listed.
    if name == "xargs" && words.iter().any(|v| DELETERS.contains(&base(&v.text).as_str())) {
        input.below.iter().for_each(|place| delete::below(walk, place));
    }
    // `flock FILE -c LINE` was looked into before.
    below(walk, &words, input);
    true
}

/// What a wrapper runs.
fn below(walk: &mut Walk<'_>, words: &[Value], input: &Input) {
    let before = std::mem::replace(&mut walk.wrapped, true);
    walk.run(words, input);
    walk.wrapped = before;
}

fn special(walk: &mut Walk<'_>, first: &Value, name: &str, args: &[Value], input: &Input) {
    let at = first.at;
    match name {
        "cd" => return cd(walk, args, at),
        // Asked as a question, it runs nothing; see `steps`.
        "command" if asks_where(args) => return,
        "pushd" | "popd" | "chdir" => {
            walk.cwd = Cwd::Unknown;
            walk.ask("shell-not-understood", at, &format!("`{name}` is not analysed"));
            return;
        }
        "find" | "gfind" if pinned(walk, first, name) => return find::judge(walk, args, input),
        "git" => {
            git::judge(walk, args, at);
            if pinned(walk, first, name) {
                return;
            }
        }
        "fd" | "fdfind" | "parallel" => {
            let inner =
                args.iter().position(|v| matches!(v.text.as_str(), "-x" | "-X" | "--exec" | "--exec-batch"));
            let from = if name == "parallel" {
                args.iter().position(|v| !v.text.starts_with('-'))
            } else {
                inner.map(|n| n + 1)
            };
            if let Some(words) = from.and_then(|n| args.get(n..)) {
                walk.ask("shell-runs-programs", at, &format!("`{name}` runs a program on what it finds"));
                // What it finds lies below its operands.
                let mut words = words.to_vec();
                words.extend(
                    args.iter()
                        .take(inner.unwrap_or(0))
                        .filter(|v| v.text.starts_with(['/', '~', '.']))
                        .cloned(),
                );
                walk.run(&words, &Input::default());
            }
        }
        "ssh" | "su" | "doas" => {}
        "sed" | "gsed" if pinned(walk, first, name) => return reading::sed(walk, name, args, at),
        "awk" | "gawk" | "mawk" | "nawk" if pinned(walk, first, name) => {
            return reading::awk(walk, name, args, at);
        }
        "sw_vers"
            if args.iter().all(|v| {
                v.text.trim_start_matches('-').starts_with("product") || v.text.ends_with("buildVersion")
            }) =>
        {
            return;
        }
        "ps" if args.len() > 1
            && args.first().is_some_and(|v| v.text.chars().all(|c| "auxwfjlm".contains(c))) =>
        {
            if let (Some(reader), Some(rest)) = (readers::find("ps"), args.get(1..)) {
                reading::read(walk, name, rest, reader);
            }
            return;
        }
        "ps" if args.len() == 1 && args.iter().all(|v| v.text.chars().all(|c| "auxwfjlm".contains(c))) => {
            return;
        }
        "gzip" | "gunzip" | "bzip2" | "bunzip2" | "xz" | "unxz" | "zstd" | "unzstd"
            if reading::unpacks_to_output(args) =>
        {
            args.iter().filter(|v| !v.text.starts_with('-')).for_each(|v| arguments::touch(walk, v, false));
            return;
        }
        "tar" | "gtar" | "bsdtar" if reading::lists_tar(walk, args) => return,
        "unzip" if matches!(args, [l, file] if l.text == "-l" && !file.text.starts_with('-')) => {
            args.iter().skip(1).for_each(|v| arguments::touch(walk, v, false));
            return;
        }
        _ => {}
    }
    if let [one] = args
        && (versions::says_version(name, &one.text) || one.text == "--help" && readers::find(name).is_some())
        && pinned(walk, first, name)
    {
        return;
    }
    match readers::find(first.text.rsplit('/').next().unwrap_or_default()) {
        Some(reader) if pinned(walk, first, name) => reading::read(walk, name, args, reader),
        Some(_) => {
            walk.ask(
                "shell-unknown-program",
                at,
                &format!("`{}` is not the system's own `{name}`", first.text),
            );
            arguments::touch_all(walk, args, false);
        }
        None if name == "env" => {}
        None => changing::judge(walk, name, args, at),
    }
}

/// Whether what would run is what the system calls `name`: by its bare name or its one pinned place.
fn pinned(walk: &Walk<'_>, first: &Value, name: &str) -> bool {
    if !first.text.contains('/') {
        // Names are exact where something is allowed.
        let found = walk.world.find_program(&first.text).ok().flatten();
        let proxy = found.is_some_and(|f| base(f.as_str()) == "rustup");
        return first.text == name && !proxy;
    }
    // By its folder as it is written: a way round through `/proc` is another name for the same file.
    let path = std::path::Path::new(&first.text);
    let listed =
        path.parent().is_some_and(|folder| walk.world.home.program_folders().iter().any(|f| f == folder));
    let own = walk.place(&first.text);
    let system = walk.world.find_program(name).ok().flatten();
    let exact = path.file_name().is_some_and(|n| n == name);
    listed && exact && own.is_some() && own == system.map(|s| s.as_path().to_path_buf())
}

/// `command -v NAME`: where a program is.
pub fn asks_where(args: &[Value]) -> bool {
    matches!(args, [how, rest @ ..] if how.text == "-v" && !rest.is_empty() && rest.iter().all(|v| v.known && !v.text.starts_with('-')))
}

fn cd(walk: &mut Walk<'_>, args: &[Value], at: usize) {
    if walk.wrapped {
        // A program of that name changes no folder but its own.
        walk.ask("shell-not-understood", at, "`cd` below another program is not analysed");
        return;
    }
    let target = match args {
        [] => Some("~".to_owned()),
        [one] if one.known && !one.glob && !one.text.starts_with('-') => Some(one.text.clone()),
        _ => None,
    };
    let Some(place) = target.and_then(|text| walk.place(&text)) else {
        walk.cwd = Cwd::Unknown;
        walk.ask("shell-dynamic", at, "`cd` leads where it is not known");
        return;
    };
    if !walk.inside(&place) {
        walk.ask("workspace", at, &format!("`cd {}` leads outside the workspace", place.display()));
    }
    walk.reads.insert(place.clone());
    walk.cwd = Cwd::At(place);
}
