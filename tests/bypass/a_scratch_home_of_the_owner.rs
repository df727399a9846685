// refused: E0616
use crate::state::Home;
pub fn go(mut home: Home) -> Home {
    home.scratch = true;
    home
}
