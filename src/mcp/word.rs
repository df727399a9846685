//! A word that is said once and heard by all who wait for it, also by those who come later.

use std::sync::Arc;
use tokio::sync::watch;

/// Not said at first.
#[derive(Debug, Clone)]
pub(super) struct Word(Arc<watch::Sender<bool>>);

impl Word {
    pub(super) fn unsaid() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Says it; from any thread.
    pub(super) fn say(&self) {
        self.0.send_replace(true);
    }

    /// Returns once it is said.
    pub(super) async fn said(&self) {
        // INVARIANT: the sender lives in `self`, so this ends with the word.
        let _ = self.0.subscribe().wait_for(|said| *said).await;
    }
}
