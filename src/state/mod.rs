//! Where files are, how they are written so that nothing is lost, locks, the clock, processes.

mod accounts;
pub mod clock;
pub mod confinement;
pub mod durable;
mod fresh;
mod home;
pub mod jsonl;
mod lock;
mod orphans;
mod pipes;
mod platform;
pub mod process;
mod secrets;
mod settings;
pub mod small;
pub mod table;
pub mod tree;
mod under_way;
mod wiring;

pub use accounts::{Accounts, MailAccount, MailServer, Safety, mail_secret};
pub use fresh::{approval_id, call_id, key, log_id, run_id};
pub use home::{Home, HomeError};
pub use lock::{Busy, Lock};
pub use platform::{Platform, dataless};
pub use secrets::{Redactor, Secret, Secrets, SecretsError};
pub use settings::{Channel, Proof, Settings, SettingsError};
pub use under_way::UnderWay;
pub use wiring::Wiring;
