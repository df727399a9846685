//! Globs, read when the policy is loaded and compiled when first needed: most are told by their
//! literal start, and a policy of hundreds of rules costs a call no hundreds of compilations.

use globset::{GlobBuilder, GlobMatcher};
use std::sync::OnceLock;

/// One glob.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    /// What every match begins with.
    start: String,
    rest: Rest,
}

#[derive(Debug, Clone)]
enum Rest {
    /// The start is all.
    Nothing,
    /// Whatever follows.
    Anything,
    /// Whatever the glob says; no match is without the needle.
    Compiled { glob: Box<globset::Glob>, needle: String, matcher: OnceLock<GlobMatcher> },
}

/// Characters that are not literal in a glob.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Where the literal start of `text` ends.
pub(super) fn literal(text: &str) -> usize {
    text.find(SPECIAL).unwrap_or(text.len())
}

/// The longest text that stands in every match of `rest`; empty if that is not plain.
fn needle(rest: &str) -> &str {
    if rest.contains(['[', '{', '\\']) {
        return "";
    }
    // The slash after `**` is not there if that stands for nothing.
    rest.split(['*', '?'])
        .map(|part| part.trim_matches('/'))
        .max_by_key(|part| part.len())
        .unwrap_or_default()
}

impl Glob {
    /// Reads `text`. With `separated`, `*` and `?` stop at `/` and `**` does not.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str, separated: bool) -> Result<Self, String> {
        let (start, rest) = text.split_at_checked(literal(text)).unwrap_or((text, ""));
        let rest = match rest {
            "" => Rest::Nothing,
            "*" | "**" if !separated => Rest::Anything,
            "**" if start.is_empty() || start.ends_with('/') => Rest::Anything,
            _ => {
                let glob = GlobBuilder::new(text).literal_separator(separated).backslash_escape(true).build();
                let glob = Box::new(glob.map_err(|e| e.kind().to_string())?);
                Rest::Compiled { glob, needle: needle(rest).to_owned(), matcher: OnceLock::new() }
            }
        };
        Ok(Self { start: start.to_owned(), rest })
    }

    /// Whether it matches all of `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some(after) = text.strip_prefix(self.start.as_str()) else { return false };
        match &self.rest {
            Rest::Nothing => after.is_empty(),
            Rest::Anything => true,
            Rest::Compiled { glob, needle, matcher } => {
                after.contains(needle.as_str())
                    && matcher.get_or_init(|| glob.compile_matcher()).is_match(text)
            }
        }
    }

    /// The literal start.
    pub(super) fn start(&self) -> &str {
        &self.start
    }

    /// Whether it is one plain name.
    pub(super) const fn plain(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
    }

    /// Whether it is a folder's plain name and `/**`.
    pub(super) const fn below(&self) -> bool {
        matches!(self.rest, Rest::Anything)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_cuts_say_what_the_library_says(
            glob in "[ab/*?]{0,8}|[ab]{0,2}/?\\*\\*/[ab]{1,2}/\\*b?|(/[ab]{1,2}){0,2}/\\*\\*|[ab:]{0,3}\\*{1,2}|\\{a,b\\}[*/]{0,2}",
            text in "(/[ab]{1,2}){1,4}|[ab:]{1,4}",
            separated in any::<bool>(),
        ) {
            if let Ok(ours) = Glob::new(&glob, separated) {
                let theirs = GlobBuilder::new(&glob).literal_separator(separated).build().unwrap().compile_matcher();
                prop_assert_eq!(ours.matches(&text), theirs.is_match(&text), "{} {}", glob, text);
            }
        }
    }

    #[test]
    fn a_glob_that_does_not_read_says_why() {
        for bad in ["a[", "a{b", "x\\"] {
            assert!(Glob::new(bad, true).is_err(), "{bad}");
        }
    }
}
