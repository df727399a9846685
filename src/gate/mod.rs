//! The gate: resolves what a call wants, asks its questions in a fixed order, and answers with a
//! right, a request or a refusal. It takes no opinion from its caller: not the risk, the clock, the
//! brakes, nor the log.

mod accounts;
mod approval;
mod approvals;
mod asking;
mod brakes;
mod changed;
mod denials;
#[cfg(test)]
pub(crate) mod fixture;
mod flight;
mod floor;
pub mod fold;
mod grant;
mod hop;
mod hosts;
mod judged;
mod kill;
mod open;
mod owed;
mod permit;
mod person;
mod pin_code;
mod policy;
mod questions;
mod record;
mod recover;
mod replay;
pub mod resolve;
mod review;
mod rules;
mod shell;
mod shown;
mod time;
mod undo;
mod unknown;
mod veto;
mod vetoes;
mod view;
mod world;

pub use accounts::{AccountKind, AccountView, NotSetUp, accounts, add_account, mail_server, remove_account};
pub use approval::{Approval, State, StoredRun};
pub use approvals::{
    ApprovalError, Said, decide, denied, expire_approvals, forget, get, keep_outcome, list, unedited,
};
pub use brakes::{
    BrakeKey, BreakerView, CeilingView, KILLED, NotMoved, braked, breaker, breakers, ceilings, killed,
    reset_breakers, tell_breakers, trip,
};
pub use changed::{note_policy, policy_is_seen};
pub use flight::{Flight, register_child};
pub use grant::Grant;
pub use hop::{Hop, hop, web_secret};
pub use judged::{Judged, Refusal, judge};
pub use kill::{Engaged, Kill, Killed, Stopped, kill, last_kill, release};
pub use open::{Verdict, Waiting, open, turn_away};
pub use owed::{Owed, owed, owes};
pub use permit::Permit;
pub use person::{NotAPerson, Person, whoever};
pub use pin_code::{PinError, set as set_pin};
pub use policy::{Fault, Policy, PolicyError};
pub use record::{End, outcome};
pub use recover::recover;
pub use replay::{Replayed, replay};
pub use review::review;
pub use rules::{Guard, Guarded, RULES, forbidden, guard};
pub use undo::Step;
pub use unknown::{NotResolved, Unknown, note_unknown, resolve_unknown, unknown};
pub use veto::{Deed, NotVetoed, Vetoed, deed, undone, veto};
pub use view::{deed_view, view};
pub use world::{GateError, World, scope};
