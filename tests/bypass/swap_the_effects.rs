// refused: E0616
use crate::{call::Effect, gate::Judged};
pub fn go(mut judged: Judged, effects: Vec<Effect>) -> Judged {
    judged.effects = effects;
    judged
}
