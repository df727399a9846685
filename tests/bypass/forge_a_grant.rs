// refused: E0451
use crate::gate::{Approval, Grant};
pub fn go(approval: Approval) -> Grant {
    Grant { approval, policy: None }
}
