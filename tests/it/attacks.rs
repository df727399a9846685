//! A forger at work: every attack on a log that its verifier must name, through the binary alone.
//!
//! Each case starts from a sound log of twelve entries over three segments, which the test seals with
//! code of its own. Then it forges, runs `fleet audit verify DIR --json`, and compares what is wrong,
//! with which entry, and at which byte.

mod chain;
mod controls;
mod forge;
mod format;
mod heads;
mod judge;
mod places;
mod strict;
mod torn;
mod writer;
