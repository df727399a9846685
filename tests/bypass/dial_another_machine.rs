// refused: E0451
use crate::call::Endpoint;
pub fn go() -> Endpoint {
    Endpoint { 0: loop {} }
}
