//! Folding: what a file system or a reader takes for the same name compares equal.

use unicode_normalization::UnicodeNormalization as _;

/// `text` without case and in one normal form, for comparing names that must not slip through.
///
/// Upper before lower case, so that letters which only share an upper case (`ſ` and `s`, `K` and
/// `k`) become one, as on the file systems that fold.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_that_a_folding_file_system_takes_for_one_are_one() {
        for (a, b) in [
            ("/A/b", "/a/B"),
            ("caf\u{e9}", "CAFE\u{301}"),
            ("\u{17f}sh", "SSH"),
            ("\u{212a}eys", "keys"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{3a3}\u{3a3}", "\u{3c3}\u{3c2}"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("a"), fold("\u{e4}"));
    }
}
