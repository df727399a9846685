//! A profile in the words of macOS: the text that `sandbox-exec -p` reads. Pure.
//!
//! Everything is refused that no line allows: the network, and every Mach service, so that neither
//! launchd nor Apple events nor the security server carries out what the program may not.

use super::profile::{Network, Profile};
use std::path::{Path, PathBuf};

/// The program that applies a profile to itself and becomes another.
pub const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// What every program needs, after the base that codex uses on macOS 15 and 26.
const BASE: &str = "\
(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow file-read-metadata)
(allow file-read* (literal \"/\") (literal \"/dev/random\") (literal \"/dev/urandom\") (literal \"/dev/zero\"))
(allow file-read* file-write-data (require-all (literal \"/dev/null\") (vnode-type CHARACTER-DEVICE)))
(allow mach-lookup (global-name \"com.apple.system.opendirectoryd.libinfo\"))
";

/// Names become addresses through this socket, and certificates are judged by this service.
const NAMES: &str = "\
(allow network-outbound (literal \"/private/var/run/mDNSResponder\"))
(allow system-socket)
(allow mach-lookup (global-name \"com.apple.trustd.agent\"))
";

/// The arguments of `sandbox-exec`, its own name first, that run `program` with `arguments`.
pub fn argv(profile: &Profile, program: &Path, arguments: &[String]) -> Result<Vec<String>, NotText> {
    let mut argv = vec!["sandbox-exec".to_owned(), "-p".to_owned(), text(profile)?, "--".to_owned()];
    argv.push(program.to_str().ok_or_else(|| NotText(program.to_path_buf()))?.to_owned());
    argv.extend(arguments.iter().cloned());
    Ok(argv)
}

/// What `sandbox-exec` says if it could not begin. It has its exit codes (sysexits.h) and stderr in
/// common with the program that it becomes, so both must be its own.
pub fn not_begun(exit: Option<i32>, stderr: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(stderr);
    let own = exit.is_some_and(|code| (64..=78).contains(&code)) && said.starts_with("sandbox-exec: ");
    own.then(|| format!("the program cannot be started: {}", crate::call::visible_line(said.trim(), 300)))
}

/// A path that cannot stand in a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not UTF-8 and cannot stand in a sandbox profile", .0.display())]
pub struct NotText(PathBuf);

/// The whole text.
pub fn text(profile: &Profile) -> Result<String, NotText> {
    let mut text = BASE.to_owned();
    let mut allow = |what: &str, paths: &[PathBuf]| -> Result<(), NotText> {
        for path in paths {
            text.push_str(&format!("(allow {what} (subpath {}))\n", quoted(path)?));
        }
        Ok(())
    };
    allow("file-read*", &profile.looks)?;
    allow("file-read* file-map-executable process-exec", &profile.reads)?;
    allow("file-read* file-write* file-map-executable process-exec", &profile.writes)?;
    match profile.network {
        Network::None => {}
        Network::Tcp => {
            text.push_str(NAMES);
            text.push_str("(allow network-outbound (remote tcp \"*:*\"))\n");
        }
    }
    Ok(text)
}

/// A path as a string of the profile language (a dialect of Scheme): quotes and backslashes are
/// escaped, everything else stands for itself, line ends included.
fn quoted(path: &Path) -> Result<String, NotText> {
    let text = path.to_str().ok_or_else(|| NotText(path.to_path_buf()))?;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(write: &str, network: Network) -> Profile {
        Profile {
            reads: vec!["/usr".into(), "/Users/ada/code".into()],
            looks: vec!["/dev/urandom".into()],
            writes: vec![write.into()],
            network,
        }
    }

    #[test]
    fn without_a_network_this_is_the_whole_profile() {
        insta::assert_snapshot!(text(&profile("/Users/ada/code/out", Network::None)).unwrap(), @r#"
        (version 1)
        (deny default)
        (allow process-fork)
        (allow signal (target same-sandbox))
        (allow process-info* (target same-sandbox))
        (allow sysctl-read)
        (allow file-read-metadata)
        (allow file-read* (literal "/") (literal "/dev/random") (literal "/dev/urandom") (literal "/dev/zero"))
        (allow file-read* file-write-data (require-all (literal "/dev/null") (vnode-type CHARACTER-DEVICE)))
        (allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))
        (allow file-read* (subpath "/dev/urandom"))
        (allow file-read* file-map-executable process-exec (subpath "/usr"))
        (allow file-read* file-map-executable process-exec (subpath "/Users/ada/code"))
        (allow file-read* file-write* file-map-executable process-exec (subpath "/Users/ada/code/out"))
        "#);
    }

    #[test]
    fn a_declared_network_is_outgoing_tcp_and_names() {
        let lines = |network| {
            let text = text(&profile("/w", network)).unwrap();
            text.lines()
                .filter(|l| l.contains("network") || l.contains("mach"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let base = r#"(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))"#;
        assert_eq!(lines(Network::None), [base]);
        assert_eq!(
            lines(Network::Tcp),
            [
                base,
                r#"(allow network-outbound (literal "/private/var/run/mDNSResponder"))"#,
                r#"(allow mach-lookup (global-name "com.apple.trustd.agent"))"#,
                r#"(allow network-outbound (remote tcp "*:*"))"#,
            ]
        );
    }

    /// Reads one string of the profile language, as its reader does: `\` takes the next character
    /// as it is, `"` ends.
    fn read(text: &str) -> (String, &str) {
        let mut out = String::new();
        let mut chars = text.strip_prefix('"').unwrap().char_indices();
        while let Some((_, c)) = chars.next() {
            match c {
                '"' => return (out, chars.as_str()),
                '\\' => out.push(chars.next().unwrap().1),
                c => out.push(c),
            }
        }
        panic!("the string does not end: {text}");
    }

    #[test]
    fn no_name_of_a_folder_ends_its_string() {
        let hostile = [
            r#"/w/a")) (allow default) (allow file-read* (subpath "/"#,
            r#"/w/\"#,
            r#"/w/\""#,
            r#"/w/\\""#,
            "/w/a\nb",
            "/w/;comment",
            "/w/#|block|#",
            "/w/(param \"HOME\")",
            "/w/ümlaut 名前",
            "/w/\\x22;",
            "/w/\u{7}\t",
        ];
        for name in hostile {
            assert_eq!(read(&quoted(Path::new(name)).unwrap()), (name.to_owned(), ""), "{name:?}");
            let whole = text(&profile(name, Network::None)).unwrap();
            let at = "(allow file-read* file-write* file-map-executable process-exec (subpath ";
            let (_, rest) = whole.split_once(at).unwrap();
            let (path, rest) = read(rest);
            assert_eq!((path.as_str(), rest), (name, "))\n"), "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let bad = Path::new(std::ffi::OsStr::from_bytes(b"/w/\xff"));
        assert_eq!(quoted(bad), Err(NotText(bad.to_path_buf())));
    }

    #[test]
    fn that_it_could_not_begin_is_told_by_its_own_code_and_word() {
        let said = b"sandbox-exec: execvp() of '/x' failed: No such file or directory\n";
        assert!(not_begun(Some(71), said).unwrap().contains("execvp() of '/x' failed"));
        assert_eq!(not_begun(Some(1), said), None);
        assert_eq!(not_begun(Some(71), b"x: sandbox-exec: no\n"), None);
        assert_eq!(not_begun(None, said), None);
    }

    #[test]
    fn the_program_and_its_arguments_come_after_the_profile() {
        let profile = profile("/w", Network::None);
        let argv = argv(&profile, Path::new("/bin/ls"), &["-p".into(), "(version 1)".into()]).unwrap();
        assert_eq!(argv[..2], ["sandbox-exec", "-p"]);
        assert_eq!(argv[2], text(&profile).unwrap());
        assert_eq!(argv[3..], ["--", "/bin/ls", "-p", "(version 1)"]);
    }
}
