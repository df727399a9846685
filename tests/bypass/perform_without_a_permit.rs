// refused: E0308
use crate::{effects, gate::Judged, state::Home};
pub fn go(judged: Judged, home: &Home) {
    drop(effects::perform(judged, home));
}
