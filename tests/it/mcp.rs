//! The server as a client meets it.

mod approval;
mod client;
mod end;
mod hostile;
mod listing;
#[cfg(target_os = "linux")]
mod order;
