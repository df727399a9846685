// refused: E0624
use crate::{gate::{Flight, Judged}, state::Home};
pub fn go(home: &Home, judged: &Judged) -> Option<Flight> {
    Flight::begin(home, judged).ok()
}
