//! Names as a folding file system compares them: what is one file there must be one name here.

use std::path::{Component, Path, PathBuf};
use unicode_normalization::UnicodeNormalization as _;

/// Folders that macOS shows under a second name, and the name that rules know.
const ALIASES: &[(&str, &str)] = &[
    ("/system/volumes/data", "/"),
    ("/volumes/macintosh hd", "/"),
    ("/volumes/macintosh hd - data", "/"),
    ("/.nofollow", "/"),
    ("/private/etc", "/etc"),
    ("/private/var", "/var"),
    ("/private/tmp", "/tmp"),
];

/// `text` without difference of case or composition. By way of upper case, since only that spells
/// out what has several lower forms: `ß` and `SS`, `ς` and `σ`.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain = text.nfd().filter(|c| !ignored(*c));
    let upper: String = plain.flat_map(char::to_lowercase).flat_map(char::to_uppercase).collect();
    upper.nfd().flat_map(char::to_lowercase).nfc().collect()
}

/// Characters that HFS+ leaves out when it compares names.
const fn ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// `path` folded, under the name that rules know, on every platform: a volume may come from a Mac.
pub fn path(path: &Path) -> PathBuf {
    let mut at = PathBuf::from(fold(&path.to_string_lossy()));
    // `/.resolve/N/` chooses how the rest is looked up.
    if let Ok(rest) = at.strip_prefix("/.resolve") {
        at = Path::new("/").join(rest.components().skip(1).collect::<PathBuf>());
    }
    // One alias may lead to another; each makes the path shorter.
    while let Some((rest, to)) =
        ALIASES.iter().find_map(|(alias, to)| Some((at.strip_prefix(alias).ok()?.to_owned(), to)))
    {
        at = if rest.as_os_str().is_empty() { PathBuf::from(to) } else { Path::new(to).join(rest) };
    }
    at
}

/// The names on the way to `path`, folded.
pub fn names(path: &Path) -> impl Iterator<Item = String> {
    path.components().filter_map(|c| match c {
        Component::Normal(name) => Some(fold(&name.to_string_lossy())),
        Component::RootDir | Component::CurDir | Component::ParentDir | Component::Prefix(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_folding_volume_takes_for_one_name_folds_to_one() {
        for same in [
            ["S\u{c9}CRETS", "s\u{e9}crets", "Se\u{301}crets"],
            ["STRASSE", "stra\u{df}e", "stra\u{1e9e}e"],
            ["\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}"],
            [".GIT", ".git", ".g\u{200c}it"],
            ["\u{212a}ey", "KEY", "key"],
            ["\u{fb01}le", "FILE", "file"],
        ] {
            assert_eq!(fold(same[0]), fold(same[1]));
            assert_eq!(fold(same[1]), fold(same[2]));
        }
        assert_ne!(fold("secrets"), fold("s\u{e9}crets"));
        assert_ne!(fold(".s\u{200b}sh"), ".ssh");
    }

    #[test]
    fn second_names_of_a_mac_lead_to_the_first() {
        for (alias, known) in [
            ("/private/etc/sudoers", "/etc/sudoers"),
            ("/System/Volumes/Data/Users/anna/.ssh", "/users/anna/.ssh"),
            ("/System/Volumes/Data/private/var/at", "/var/at"),
            ("/Volumes/Macintosh HD/etc", "/etc"),
            ("/.nofollow/etc/hosts", "/etc/hosts"),
            ("/.resolve/1/etc/hosts", "/etc/hosts"),
            ("/private", "/private"),
            ("/System/Volumes/Data", "/"),
            ("/private/etcetera", "/private/etcetera"),
        ] {
            assert_eq!(path(Path::new(alias)), Path::new(known), "{alias}");
        }
    }
}
