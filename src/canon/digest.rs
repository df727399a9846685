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

/// The lower-case digit of `n`, which is below 16. Without a table the compiler writes many at a time:
/// verifying spells millions of hashes.
const fn digit(n: u8) -> u8 {
    n.wrapping_add(if n > 9 { b'a' - 10 } else { b'0' })
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
        let hex = self.finish_hex();
        // INVARIANT: 32 bytes always spell 64 lower-case digits, so this cannot fail; if it ever
        // did, a digest of zeros would match nothing.
        let text = std::str::from_utf8(&hex).unwrap_or_default();
        Digest::parse(text).unwrap_or_else(|_| zero())
    }

    /// The digest of everything added as 64 lower-case hex digits, without an allocation.
    pub fn finish_hex(self) -> [u8; 64] {
        let bytes: [u8; 32] = self.0.finalize().into();
        let (high, low) = (bytes.map(|byte| digit(byte >> 4)), bytes.map(|byte| digit(byte & 15)));
        let mut hex = [b'0'; 64];
        let (pairs, _) = hex.as_chunks_mut::<2>();
        for (pair, digits) in pairs.iter_mut().zip(high.into_iter().zip(low)) {
            *pair = digits.into();
        }
        hex
    }
}

/// `bytes` as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)].map(char::from)).collect()
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
