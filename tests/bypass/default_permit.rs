// refused: E0277
pub fn go() -> crate::gate::Permit {
    fn make<T: Default>() -> T {
        T::default()
    }
    make()
}
