//! The right to act. Made in one line of the gate, once the intent is durable; used up by use.

use super::flight::Flight;
use super::judged::Judged;
use crate::audit::Receipt;

/// The right to do exactly what was judged, once. It cannot be copied, stored or read from a file.
#[derive(Debug)]
#[must_use = "a permit that is not spent leaves its call unknown"]
pub struct Permit {
    judged: Judged,
    flight: Flight,
    intent: Option<Receipt>,
}

impl Permit {
    /// A change needs the receipt of its intent; a read is recorded once, with its outcome.
    pub(super) const fn issue(judged: Judged, flight: Flight, intent: Option<Receipt>) -> Self {
        Self { judged, flight, intent }
    }

    /// Uses the permit up.
    pub(crate) fn spend(self) -> (Judged, Flight, Option<Receipt>) {
        (self.judged, self.flight, self.intent)
    }
}
