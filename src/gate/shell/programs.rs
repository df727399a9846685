//! One program with its arguments: what it is, and what follows from that.

use super::readers::{self, Operands};
use super::walk::{Cwd, Input, Walk, base};
use super::word::Value;
use super::{arguments, delete, find, forbidden, git, scripts, wrappers};

use crate::gate::rules::about;

const SHELLS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ksh", "mksh", "fish", "ash", "csh", "tcsh", "rbash", "pwsh", "rc", "nu",
    "xonsh",
];

const INTERPRETERS: &[&str] = &[
    "python",
    "python2",
    "python3",
    "perl",
    "ruby",
    "node",
    "nodejs",
    "php",
    "lua",
    "tclsh",
    "osascript",
    "deno",
    "bun",
    "rscript",
    "guile",
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "swift",
    "jshell",
    "groovy",
    "expect",
    "gdb",
    "lldb",
    "ipython",
    "pypy",
    "pypy3",
    "julia",
    "elixir",
    "ghci",
    "runghc",
    "scala",
    "make",
    "gmake",
    "vim",
    "vi",
    "nvim",
    "ex",
    "ed",
    "emacs",
];

const DOWNLOADERS: &[&str] = &[
    "curl",
    "wget",
    "wget2",
    "aria2c",
    "axel",
    "fetch",
    "http",
    "https",
    "httpie",
    "xh",
    "lynx",
    "links",
    "w3m",
    "lwp-download",
    "get",
    "ftp",
    "tftp",
    "sftp",
    "scp",
    "nc",
    "ncat",
    "netcat",
    "socat",
    "gsutil",
    "youtube-dl",
    "yt-dlp",
];

/// What they are given they change: every place they name counts as written.
const WRITERS: &[&str] = &[
    "tee",
    "truncate",
    "touch",
    "mkdir",
    "ln",
    "install",
    "chmod",
    "chown",
    "chgrp",
    "chflags",
    "chattr",
    "setfacl",
    "xattr",
    "mkfifo",
    "mknod",
    "split",
    "csplit",
    "patch",
    "nano",
    "vim",
    "vi",
    "nvim",
    "emacs",
    "ed",
    "ex",
    "pico",
    "code",
    "subl",
    "gzip",
    "gunzip",
    "bzip2",
    "xz",
    "zstd",
    "unzip",
    "7z",
    "ditto",
    "sponge",
    "pax",
    "cpio",
    "ar",
    "rename",
    "mmv",
    "plutil",
    "plistbuddy",
    "defaults",
    "dos2unix",
    "tidy",
    "sqlite3",
];

/// What they are given goes away.
const DELETERS: &[&str] =
    &["rm", "rmdir", "unlink", "shred", "srm", "trash", "trash-put", "gio", "wipe", "grm"];

/// Whether a program writes what it got from elsewhere to its output.
pub fn downloads(name: &str) -> bool {
    DOWNLOADERS.contains(&name)
}

/// Whether a program runs text that it is given.
pub fn runs_text(name: &str) -> bool {
    SHELLS.contains(&name)
        || INTERPRETERS.contains(&name)
        || matches!(name, "eval" | "source" | "." | "exec" | "xargs" | "parallel")
}

/// What a command prints, if that is known: `echo` and `printf` of known text.
pub fn prints(values: &[Value]) -> Option<String> {
    let (first, rest) = values.split_first()?;
    let plain =
        matches!(base(&first.text).as_str(), "echo" | "printf") && rest.iter().all(|v| v.known && !v.glob);
    let texts: Vec<_> =
        rest.iter().map(|v| v.text.as_str()).filter(|t| !matches!(*t, "-n" | "-e" | "-ne" | "-en")).collect();
    plain.then(|| texts.join(" ").replace("\\n", "\n"))
}

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
    let found = find_program(walk, &first.text);
    if own(walk, &name, found.as_deref()) {
        walk.block("fleet-own", at, "no tool calls fleet: a person does");
    }
    // A program by way of `/proc` is a program still, and one that asks.
    if first.text.contains('/') && !first.text.starts_with("/proc/") {
        arguments::look(walk, first);
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
    if strings(walk, &name, args, input, at) || wrapped(walk, &name, args, input, at) {
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
    if fetched && (stdin_runs || runs_text(name) && name != "awk" && name != "gawk") {
        walk.block("download-to-shell", at, &format!("what a download prints would be run by `{name}`"));
    }
    if let Some(text) = input.text.clone().filter(|_| stdin_runs && SHELLS.contains(&name)) {
        walk.text(&text, at);
    }
}

/// Shells and other programs that take text apart again.
fn strings(walk: &mut Walk<'_>, name: &str, args: &[Value], _: &Input, at: usize) -> bool {
    if SHELLS.contains(&name) {
        walk.ask("shell-runs-programs", at, &format!("`{name}` runs what it is given"));
        let dash_c = args
            .iter()
            .position(|v| v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('c'));
        if let Some(n) = dash_c {
            let text = args.iter().skip(n + 1).find(|v| !v.text.starts_with(['-', '+']));
            if let Some(value) = text {
                walk.text(&value.text, value.at);
            }
        }
        arguments::touch_all(walk, args, false);
        return true;
    }
    match name {
        "eval" | "watch" | "trap" | "alias" => {
            walk.ask("shell-runs-programs", at, &format!("`{name}` runs what it is given"));
            let texts = args.iter().filter(|v| !v.text.starts_with('-'));
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
        "script" | "flock" | "runuser" => {
            let text = args.iter().skip_while(|v| v.text != "-c" && v.text != "--command").nth(1);
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
        walk.run(inner, input);
        return true;
    }
    let Some(inner) = wrappers::unwrap(walk, name, args) else { return false };
    if inner.words.is_empty() {
        walk.ask("shell-unknown-program", at, &format!("`{name}` alone is not a program known to only look"));
        return true;
    }
    if !inner.clear {
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
    // `flock FILE -c LINE` was looked into before.
    walk.run(&words, input);
    true
}

fn special(walk: &mut Walk<'_>, first: &Value, name: &str, args: &[Value], input: &Input) {
    let at = first.at;
    match name {
        "cd" => return cd(walk, args, at),
        "pushd" | "popd" | "chdir" => {
            walk.cwd = Cwd::Unknown;
            walk.ask("shell-not-understood", at, &format!("`{name}` is not analysed"));
            return;
        }
        "find" | "gfind" if pinned(walk, first, name) => return find::judge(walk, args, input),
        "git" if pinned(walk, first, name) => return git::judge(walk, args, at),
        "git" => git::judge(walk, args, at),
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
                walk.run(words, &Input::default());
            }
        }
        "ssh" | "su" | "doas" => {}
        "sed" | "gsed" if pinned(walk, first, name) => return sed(walk, name, args, at),
        "awk" | "gawk" | "mawk" | "nawk" if pinned(walk, first, name) => return awk(walk, name, args, at),
        "ps" if args.len() == 1 && args.iter().all(|v| v.text.chars().all(|c| "auxwfjlm".contains(c))) => {
            return;
        }
        "tar" | "gtar" | "bsdtar" if lists_tar(walk, args) => return,
        "unzip" if matches!(args, [l, file] if l.text == "-l" && !file.text.starts_with('-')) => {
            args.iter().skip(1).for_each(|v| arguments::touch(walk, v, false));
            return;
        }
        _ => {}
    }
    if let [one] = args
        && readers::says_version(name, &one.text)
        && pinned(walk, first, name)
    {
        return;
    }
    match readers::find(first.text.rsplit('/').next().unwrap_or_default()) {
        Some(reader) if pinned(walk, first, name) => read(walk, name, args, reader),
        Some(_) => {
            walk.ask(
                "shell-unknown-program",
                at,
                &format!("`{}` is not the system's own `{name}`", first.text),
            );
            arguments::touch_all(walk, args, false);
        }
        None if name == "env" => {}
        None => unknown(walk, name, args, at),
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

fn cd(walk: &mut Walk<'_>, args: &[Value], at: usize) {
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

fn read(walk: &mut Walk<'_>, name: &str, args: &[Value], reader: &readers::Reader) {
    let mut operands = arguments::operands(walk, name, args, reader);
    match reader.operands {
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
            let given =
                args.iter().any(|v| v.text == "-e" || v.text.starts_with("--regexp") || v.text == "--files");
            if !given && !operands.is_empty() {
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
        look_below(walk, &cwd, name, 0);
    }
    for value in operands {
        arguments::touch(walk, value, false);
        if deep && let Some(place) = walk.place(&value.text) {
            look_below(walk, &place, name, value.at);
        }
    }
}

/// A program that reads all that lies below a folder: nothing of it may be guarded.
fn look_below(walk: &mut Walk<'_>, folder: &std::path::Path, name: &str, at: usize) {
    const MOST: usize = 20_000;
    if !walk.inside(folder) {
        return;
    }
    let hidden = name != "rg";
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|e| e.depth() == 0 || hidden || !e.file_name().to_string_lossy().starts_with('.'));
    for (n, entry) in entries.filter_map(Result::ok).enumerate() {
        if n >= MOST {
            walk.ask("shell-recursive", at, &format!("`{name}` reads a tree too large to look through"));
            return;
        }
        let path = entry.path();
        // The names of git's own files are not secrets, and there are many.
        let guarded = about(path, false, &walk.world.guarded).next();
        if let Some(rule) = guarded {
            let what = format!("`{name}` reads all below, also `{}`: {}", path.display(), rule.message);
            walk.ask("shell-recursive", at, &what);
            return;
        }
    }
}

fn sed(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
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

fn awk(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut listed = true;
    while let Some(value) = rest.next() {
        match value.text.as_str() {
            "-F" => {
                let _ = rest.next();
            }
            text if text.starts_with("-F") => {}
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
fn lists_tar(walk: &mut Walk<'_>, args: &[Value]) -> bool {
    let [how, file] = args else { return false };
    let lists = matches!(
        how.text.as_str(),
        "tf" | "-tf" | "tvf" | "-tvf" | "tzf" | "-tzf" | "tzvf" | "-tzvf" | "-tvzf"
    );
    let plain = file.known && !file.glob && !file.text.starts_with('-') && !file.text.contains(':');
    if lists && plain {
        arguments::touch(walk, file, false);
    }
    lists && plain
}

/// Not known to only look: it asks, and what it names is looked at all the same.
fn unknown(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
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
            arguments::touch_all(walk, args, false);
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
    for value in args {
        for start in ["--output=", "-o=", "--output-document=", "--directory="] {
            if let Some(path) = value.text.strip_prefix(start) {
                arguments::touch(walk, &Value { text: path.to_owned(), ..value.clone() }, true);
            }
        }
    }
}
