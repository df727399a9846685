// refused: E0624
use crate::gate::{Flight, Judged, Permit};
pub fn go(judged: Judged, flight: Flight) -> Permit {
    Permit::issue(judged, flight, None)
}
