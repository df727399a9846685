//! Programs that run another program: looked through to a fixed point.

use super::walk::Walk;
use super::word::Value;

/// A wrapper and the options that it may have before the program.
struct Wrapper {
    name: &'static str,
    /// One-letter options without a value.
    short: &'static str,
    /// One-letter options with a value.
    valued: &'static str,
    /// Long options with a value, when the value is a word of its own.
    long_valued: &'static [&'static str],
    /// Operands before the program.
    operands: usize,
    /// Whether it adds nothing to what it runs, so that a reader below it still only looks.
    clear: bool,
}

const fn wrapper(
    name: &'static str,
    short: &'static str,
    valued: &'static str,
    long_valued: &'static [&'static str],
    operands: usize,
    clear: bool,
) -> Wrapper {
    Wrapper { name, short, valued, long_valued, operands, clear }
}

static WRAPPERS: &[Wrapper] = &[
    wrapper("nohup", "", "", &[], 0, false),
    wrapper("timeout", "v", "ks", &["kill-after", "signal"], 1, true),
    wrapper("gtimeout", "v", "ks", &["kill-after", "signal"], 1, true),
    wrapper("nice", "0123456789", "n", &["adjustment"], 0, true),
    wrapper("ionice", "t", "cnp", &["class", "classdata"], 0, true),
    wrapper("command", "p", "", &[], 0, false),
    wrapper("builtin", "", "", &[], 0, false),
    wrapper("exec", "cl", "a", &[], 0, false),
    wrapper("stdbuf", "", "ioe", &["input", "output", "error"], 0, true),
    wrapper("setsid", "cfw", "", &[], 0, false),
    wrapper("caffeinate", "disu", "tw", &[], 0, false),
    wrapper("time", "pv", "fo", &["format", "output"], 0, false),
    wrapper("script", "adefkqr", "cEIOBoTtm", &["command", "log-out", "log-in", "log-io", "echo"], 1, false),
    wrapper("gtime", "pv", "fo", &["format", "output"], 0, false),
    wrapper("chrt", "bfirovm", "p", &[], 1, false),
    wrapper("taskset", "ca", "p", &[], 1, false),
    wrapper("busybox", "", "", &[], 0, false),
    wrapper("toybox", "", "", &[], 0, false),
    wrapper(
        "xargs",
        "0rtpox",
        "IiLlnPsEdadJRS",
        &["max-args", "max-procs", "replace", "delimiter", "arg-file", "max-lines"],
        0,
        false,
    ),
    wrapper("unbuffer", "p", "", &[], 0, false),
    wrapper("arch", "", "de", &[], 0, false),
    wrapper("strace", "fcqvtTrxyk", "eoOpsuPEabIS", &[], 0, false),
    wrapper("ltrace", "fcCSrtT", "eolnsuaA", &[], 0, false),
    wrapper("valgrind", "qv", "", &[], 0, false),
    wrapper("catchsegv", "", "", &[], 0, false),
    wrapper("faketime", "f", "", &[], 1, false),
    wrapper("flock", "sxenuFov", "wE", &["timeout", "wait"], 1, false),
    wrapper("chroot", "", "", &["groups", "userspec"], 1, false),
    wrapper("unshare", "imnpuUCTrfc", "GSRw", &[], 0, false),
    wrapper("nsenter", "imnpuUCTrFaZ", "tSGw", &[], 0, false),
    wrapper(
        "systemd-run",
        "qtPGrS",
        "pEMHu",
        &["unit", "property", "setenv", "on-calendar", "on-active", "uid", "gid"],
        0,
        false,
    ),
    wrapper("setarch", "vR3", "", &[], 0, false),
    wrapper("linux64", "vR", "", &[], 0, false),
    wrapper("prlimit", "", "", &[], 0, false),
    wrapper("firejail", "", "", &[], 0, false),
    wrapper("bwrap", "", "", &[], 0, false),
    wrapper("proot", "", "rbw", &[], 0, false),
    wrapper("fakeroot", "", "lsib", &[], 0, false),
    wrapper("eatmydata", "", "", &[], 0, false),
    wrapper("rlwrap", "", "", &[], 0, false),
    wrapper("daemonize", "", "", &[], 0, false),
    wrapper("coproc", "", "", &[], 0, false),
    wrapper("entr", "cdnprsz", "", &[], 0, false),
    wrapper("git-exec", "", "", &[], 0, false),
    wrapper("dbus-run-session", "", "", &[], 0, false),
    wrapper("xvfb-run", "a", "nse", &[], 0, false),
    wrapper("npx", "yq", "pc", &[], 0, false),
    wrapper("uvx", "", "", &[], 0, false),
];

/// What a wrapper runs.
pub struct Wrapped<'v> {
    /// The program and its arguments.
    pub words: &'v [Value],
    /// Whether a reader below it still only looks.
    pub clear: bool,
}

/// What `name` runs, if it is a wrapper.
pub fn unwrap<'v>(walk: &mut Walk<'_>, name: &str, args: &'v [Value]) -> Option<Wrapped<'v>> {
    let wrapper = WRAPPERS.iter().find(|w| w.name == name)?;
    let (mut at, mut operands, mut clear) = (0, wrapper.operands, wrapper.clear);
    while let Some(value) = args.get(at) {
        let text = value.text.as_str();
        if text == "--" {
            at += 1 + operands;
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            clear = false;
            at += 1 + usize::from(wrapper.long_valued.contains(&long));
        } else if let Some(letters) = text.strip_prefix('-').filter(|l| !l.is_empty()) {
            let mut unknown = false;
            let mut takes = false;
            for (n, letter) in letters.char_indices() {
                if wrapper.valued.contains(letter) {
                    takes = n + letter.len_utf8() == letters.len();
                    break;
                }
                unknown |= !wrapper.short.contains(letter);
            }
            clear &= !unknown;
            at += 1 + usize::from(takes);
        } else if operands > 0 {
            operands -= 1;
            at += 1;
        } else {
            break;
        }
    }
    // Options of a wrapper are read like all others: what they name counts.
    for value in args.get(..at.min(args.len())).unwrap_or_default() {
        super::arguments::look(walk, value);
    }
    Some(Wrapped { words: args.get(at..).unwrap_or_default(), clear })
}

/// What `env` runs: its options and assignments are looked at here.
pub fn env<'v>(walk: &mut Walk<'_>, args: &'v [Value]) -> (&'v [Value], Option<String>) {
    let mut at = 0;
    while let Some(value) = args.get(at) {
        let text = value.text.as_str();
        super::arguments::look(walk, value);
        if let Some((name, to)) = text.split_once('=').filter(|(n, _)| !n.starts_with('-')) {
            if !super::walk::harmless(name, to) {
                walk.ask(
                    "shell-environment",
                    value.at,
                    &format!("the variable `{name}` can change what runs"),
                );
            }
            at += 1;
        } else if matches!(text, "-i" | "-" | "--ignore-environment" | "-u" | "--unset") {
            walk.ask("shell-option", value.at, &format!("`env {text}` takes away what guards a program"));
            at += if matches!(text, "-u" | "--unset") { 2 } else { 1 };
        } else if let Some(glued) = text.strip_prefix("-S").or_else(|| text.strip_prefix("--split-string=")) {
            let more: Vec<_> =
                args.get(at + 1..).unwrap_or_default().iter().map(|v| v.text.as_str()).collect();
            return (&[], Some(format!("{glued} {}", more.join(" "))));
        } else if text.starts_with("-v") && text.contains('S') || text == "--split-string" {
            let more: Vec<_> =
                args.get(at + 1..).unwrap_or_default().iter().map(|v| v.text.as_str()).collect();
            return (&[], Some(more.join(" ")));
        } else if text == "-C" || text == "--chdir" || text == "-P" {
            walk.ask(
                "shell-option",
                value.at,
                &format!("`env {text}` changes where it runs or what is found"),
            );
            at += 2;
        } else if text.starts_with('-') {
            walk.ask(
                "shell-option",
                value.at,
                &format!("`env {text}` is not an option known to be harmless"),
            );
            at += 1;
        } else {
            break;
        }
    }
    (args.get(at..).unwrap_or_default(), None)
}
