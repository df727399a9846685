//! Messages to the owner: in the outbox before anything else. Protocol only; this room opens no socket.

pub mod discord;
mod notice;
mod outbox;

pub use notice::Notice;
pub use outbox::{list, put};
