//! The gate: resolves what a call wants, asks its questions in a fixed order, and answers with a
//! right, a request or a refusal. It takes no opinion from its caller: not the risk, the clock, the
//! brakes, nor the log.

mod approval;
mod approvals;
mod brakes;
mod denials;
mod flight;
mod floor;
mod grant;
mod judged;
mod kill;
mod open;
mod permit;
mod person;
mod pin_code;
mod policy;
mod questions;
mod record;
mod recover;
pub mod resolve;
mod rules;
mod unknown;
mod view;
mod world;

pub use approval::{Approval, State, StoredRun};
pub use approvals::{ApprovalError, decide, denied, forget, get, keep_outcome, list};
pub use brakes::{
    BrakeKey, BreakerView, CeilingView, braked, breaker, breakers, ceilings, killed, reset_breakers,
    tell_breakers, trip,
};
pub use flight::{Flight, register_child};
pub use grant::Grant;
pub use judged::{Judged, Refusal, judge};
pub use kill::{Engaged, Killed, Stopped, end_all, engage, record_kill, release};
pub use open::{Verdict, Waiting, open, policy_is_seen};
pub use permit::Permit;
pub use person::{NotAPerson, Person};
pub use pin_code::{PinError, set as set_pin};
pub use policy::{Policy, PolicyError};
pub use record::outcome;
pub use recover::recover;
pub use rules::RULES;
pub use unknown::{NotResolved, Unknown, note_unknown, resolve_unknown, unknown};
pub use view::view;
pub use world::{GateError, World, scope};
