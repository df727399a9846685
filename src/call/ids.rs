//! Ids: newtypes with a private field and one `parse`, so that two kinds of id never mix.

use super::Malformed;
use serde::{Deserialize, Serialize};

/// Letters and digits nobody confuses when typing: Crockford's base 32, lower case.
const CROCKFORD: &str = "0123456789abcdefghjkmnpqrstvwxyz";

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr, $why:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `text` if it has the form of this id.
            ///
            /// # Errors
            /// [`Malformed`] names the form.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(Malformed::new($what, text, $why)) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn model_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    (1..=64).contains(&text.len())
        && text.chars().all(letter)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn ulid(text: &str) -> bool {
    text.len() == 26 && text.chars().all(|c| CROCKFORD.contains(c))
}

id!(
    /// One call of one tool; sorts by time of creation.
    CallId, "call id", ulid, "expected 26 letters and digits of Crockford's base 32"
);
id!(
    /// One run of one loop; sorts by time of creation.
    RunId, "run id", ulid, "expected 26 letters and digits of Crockford's base 32"
);
id!(
    /// A waiting call as a person types it.
    ApprovalId, "approval id",
    |t| (4..=8).contains(&t.len()) && t.chars().all(|c| CROCKFORD.contains(c)),
    "expected 4 to 8 letters and digits, as `fleet approval list` prints them"
);
id!(
    /// A loop, and the names of its files: never a path.
    LoopId, "loop id",
    |t| (2..=64).contains(&t.len())
        && t.starts_with(|c: char| c.is_ascii_lowercase())
        && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !t.ends_with('-')
        && !t.contains("--"),
    "expected lower-case words joined by `-`, such as `stale-branches`"
);
id!(
    /// A SHA-256 in lower-case hex.
    Digest, "digest",
    |t| t.len() == 64 && t.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
    "expected 64 lower-case hex digits"
);

id!(
    /// The owner's name for a model on this machine.
    ModelName, "model", model_name, "expected 1 to 64 letters, digits, `.`, `_`, `:` and `-`"
);

impl Digest {
    /// The first eight digits, for a person's eye; never for a comparison.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// 26 letters that sort by `millis` since 1970, then by the ten random bytes.
pub(crate) fn sortable(millis: u64, random: [u8; 10]) -> String {
    let mut bits = u128::from(millis) << 80;
    for (at, byte) in random.iter().enumerate() {
        bits |= u128::from(*byte) << (8 * (9 - at));
    }
    (0..26).map(|at| letter((bits >> (5 * (25 - at))) as usize)).collect()
}

/// One letter an input byte, for short ids that a person types.
pub(crate) fn typeable(random: &[u8]) -> String {
    random.iter().map(|byte| letter(usize::from(*byte))).collect()
}

fn letter(bits: usize) -> char {
    CROCKFORD.as_bytes().get(bits & 31).map_or('0', |b| char::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_parse_back() {
        let early = sortable(1_700_000_000_000, [255; 10]);
        let late = sortable(1_700_000_000_001, [0; 10]);
        assert!(early < late);
        assert_eq!(CallId::parse(&early).map(String::from), Ok(early));
    }

    #[test]
    fn a_loop_id_is_never_a_path() {
        for bad in ["../x", "a/b", "", "A", "a b", "a\n", "-a", "a--b", "a-", "a"] {
            assert!(LoopId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(LoopId::parse("stale-branches").is_ok());
    }

    #[test]
    fn a_digest_in_upper_case_is_refused() {
        assert!(Digest::parse(&"A".repeat(64)).is_err());
        assert!(Digest::parse(&"a".repeat(64)).is_ok());
    }
}
