// refused: E0451
use crate::call::Endpoint;
pub fn go<A>(elsewhere: A) -> Endpoint {
    Endpoint { 0: elsewhere }
}
