// refused: E0603
pub fn go(effect: &crate::call::FileRead) {
    drop(crate::effects::read::read(effect));
}
