// refused: E0382
use crate::{effects, gate::Permit, state::Home};
pub fn go(permit: Permit, home: &Home) {
    let first = effects::perform(permit, home);
    let second = effects::perform(permit, home);
    drop((first, second));
}
