//! SHA-256, in hex.

use super::write::{NotCanonical, canonical};
use crate::call::Digest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// The SHA-256 of the canonical spelling of `value`.
///
/// # Errors
/// [`NotCanonical`] if it has none.
pub fn digest_of(value: &Value) -> Result<Digest, NotCanonical> {
    canonical(value).map(|text| sha256(text.as_bytes()))
}

/// A SHA-256 taken piece by piece.
#[derive(Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything added.
    pub fn finish(self) -> Digest {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            for half in [byte >> 4, byte & 15] {
                hex.push(HEX.get(usize::from(half)).map_or('0', |c| char::from(*c)));
            }
        }
        // INVARIANT: 32 bytes always spell 64 lower-case digits, so this cannot fail; if it ever
        // did, a digest of zeros would match nothing.
        Digest::parse(&hex).unwrap_or_else(|_| zero())
    }
}

/// Sixty-four zeros: the `prev` of a log's first entry.
pub(crate) fn zero() -> Digest {
    #[expect(clippy::unwrap_used, reason = "a constant; the test below reads it")]
    Digest::parse(&"0".repeat(64)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_string_hashes_as_in_fips_180() {
        assert_eq!(sha256(b"").as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(zero().as_str().len(), 64);
    }
}
