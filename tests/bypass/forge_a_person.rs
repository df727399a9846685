// refused: E0451
pub fn go() -> crate::gate::Person {
    crate::gate::Person { by: String::new(), source: String::new(), proof: "pin" }
}
