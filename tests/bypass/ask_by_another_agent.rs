// refused: clippy::disallowed_methods
pub fn go() {
    drop(ureq::agent());
}
