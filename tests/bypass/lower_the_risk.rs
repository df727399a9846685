// refused: E0616
use crate::{call::Risk, gate::Judged};
pub fn go(mut judged: Judged) -> Judged {
    judged.risk = Risk::Low;
    judged
}
