//! Canonical JSON and digests: the one spelling of a value that is hashed, logged and approved.

mod digest;
mod scan;
mod strict;
mod write;

pub use digest::{Hasher, digest_of, sha256};
pub(crate) use digest::{hex, zero};
pub use scan::canonical_members;
pub(crate) use scan::{has, plain};
pub use strict::{Broken, LONGEST, parse, parse_any_length};
pub use write::{NotCanonical, canonical};
