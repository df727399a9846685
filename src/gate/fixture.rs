//! What unit tests of the gate begin with.

use crate::audit::Log;
use crate::state::Home;

/// A scratch home with a log of one entry, for as long as its folder is held.
pub fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::scratch(dir.path()).unwrap();
    std::fs::create_dir_all(home.outbox()).unwrap();
    let _ = Log::of(&home).create().unwrap();
    (dir, home)
}
