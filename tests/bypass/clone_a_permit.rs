// refused: E0277
pub fn go(permit: &crate::gate::Permit) -> crate::gate::Permit {
    fn copy<T: Clone>(one: &T) -> T {
        one.clone()
    }
    copy(permit)
}
