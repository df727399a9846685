// refused: E0451
use crate::audit::{Place, Receipt};
pub fn go(place: Place, ts: jiff::Timestamp) -> Receipt {
    Receipt { place, ts }
}
