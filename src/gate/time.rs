//! What time it is at least: the clock, and never before what the log has seen. A clock that was
//! turned back makes nothing young again.

use crate::audit::Log;
use crate::state::{Home, clock};
use jiff::Timestamp;

/// Now, or the newest stamp of the log if the clock is behind it. A log that does not read cannot say:
/// then nothing that needs it runs anyway.
pub(super) fn now(home: &Home) -> Timestamp {
    let seen = Log::of(home).seen().map_or(Timestamp::MIN, |seen| seen.newest);
    clock::now().max(seen)
}
