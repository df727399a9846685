// refused: clippy::disallowed_methods
pub fn go() {
    drop(std::fs::write("/tmp/x", "x"));
}
