//! Mail: the owner's own servers, by SMTP and IMAP, within TLS or not at all.

mod compose;
mod imap;
mod link;
mod prove;
mod send;
mod smtp;
mod value;

pub use prove::{Proven, prove};
pub(super) use send::send;

use super::Trouble;
use crate::state::{Home, MailAccount, Secret, Secrets, mail_secret};

/// The password of `account`.
fn password(home: &Home, account: &MailAccount) -> Result<Secret, Trouble> {
    let name = mail_secret(&account.name);
    let found = Secrets::of(home).get(&name).map_err(|e| Trouble::Not(e.to_string()))?;
    found.ok_or_else(|| {
        Trouble::Not(format!(
            "there is no password for the mail account `{0}`: `fleet account add mail {0} …` keeps one",
            account.name
        ))
    })
}
