// refused: E0616
use crate::effects::Done;
pub fn go(done: Done) -> usize {
    done.happened.len()
}
