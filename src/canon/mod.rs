//! Canonical JSON and digests: the one spelling of a value that is hashed, logged and approved.

mod digest;
mod scan;
mod strict;
mod write;

pub(crate) use digest::zero;
pub use digest::{Hasher, digest_of, sha256};
pub use scan::canonical_members;
pub use strict::{Broken, parse};
pub use write::{NotCanonical, canonical};
