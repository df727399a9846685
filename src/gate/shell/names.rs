//! Programs by what they do, where their name alone tells it.

use super::walk::base;
use super::word::Value;

pub const SHELLS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ksh", "mksh", "fish", "ash", "csh", "tcsh", "rbash", "pwsh", "rc", "nu",
    "xonsh",
];

pub const INTERPRETERS: &[&str] = &[
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

pub const DOWNLOADERS: &[&str] = &[
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
pub const WRITERS: &[&str] = &[
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
pub const DELETERS: &[&str] =
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

/// The places whose names a command prints.
pub fn lists(values: &[Value]) -> Vec<Value> {
    let Some((first, rest)) = values.split_first() else { return Vec::new() };
    let operand = |v: &&Value| !v.text.starts_with('-');
    match base(&first.text).as_str() {
        "find" | "gfind" => {
            let options = |v: &&Value| ["-H", "-L", "-P", "-E", "-x", "-s", "-X"].contains(&v.text.as_str());
            let starts = rest.iter().skip_while(options);
            starts.take_while(|v| operand(v) && !["!", "("].contains(&v.text.as_str())).cloned().collect()
        }
        "ls" | "gls" | "dir" | "du" | "tree" | "echo" | "printf" => {
            rest.iter().filter(operand).cloned().collect()
        }
        // The first operand is what is looked for.
        "fd" | "fdfind" | "rg" | "grep" => rest.iter().filter(operand).skip(1).cloned().collect(),
        _ => Vec::new(),
    }
}

/// What a command prints, if that is known: `echo` and `printf` of known text.
pub fn prints(values: &[Value]) -> Option<String> {
    let (first, rest) = values.split_first()?;
    let plain =
        matches!(base(&first.text).as_str(), "echo" | "printf") && rest.iter().all(|v| v.known && !v.glob);
    let texts: Vec<_> =
        rest.iter().map(|v| v.text.as_str()).filter(|t| !matches!(*t, "-n" | "-e" | "-ne" | "-en")).collect();
    // `printf '%s' TEXT` prints the text.
    let texts: Vec<_> = texts.into_iter().filter(|t| !t.trim_end_matches("\\n").ends_with("%s")).collect();
    plain.then(|| texts.join(" ").replace("\\n", "\n"))
}
