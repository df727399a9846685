//! Accounts: set up and removed by whoever sits at the machine, never by what fleet started, and on
//! record before it is done. A credential is kept in the secret store alone.

use super::hop::web_secret;
use super::person::{below_a_run, whoever};
use super::resolve::mail::address;
use super::resolve::web::host_name;
use super::world::GateError;
use crate::audit::{Entry, Kind, Log};
use crate::call::Malformed;
use crate::notify::discord::Webhook;
use crate::state::{
    Accounts, Home, Lock, MailAccount, MailServer, Safety, Secret, Secrets, SecretsError, mail_secret,
};
use serde::Serialize;
use std::time::Duration;

/// How long a change waits for another.
const WAIT: Duration = Duration::from_secs(10);
/// Longest credential.
const LONGEST: usize = 4096;

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// Mail, by IMAP and SMTP.
    Mail,
    /// A credential that requests of `web_send` may carry.
    Web,
    /// The webhook of a Discord channel.
    Discord,
}

impl AccountKind {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Web => "web",
            Self::Discord => "discord",
        }
    }

    /// Under which name its credential is stored.
    pub fn secret(self, name: &str) -> String {
        match self {
            Self::Mail => mail_secret(name),
            Self::Web => web_secret(name),
            Self::Discord => format!("discord:{name}"),
        }
    }
}

/// An account as it is told: never its credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// What it is for.
    pub kind: AccountKind,
    /// The owner's name for it.
    pub name: String,
    /// Whether its credential is stored.
    pub credential: bool,
    /// What more there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailAccount>,
}

/// Why accounts did not change.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    /// What fleet started does not set up accounts.
    #[error("this process descends from a fleet run: accounts are set up by who sits at the machine")]
    BelowARun,
    /// It cannot be what it claims to be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is none.
    #[error("there is no {kind} account `{name}`", kind = .0.as_str(), name = .1)]
    None(AccountKind, String),
    /// The secret store.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Settings, log, lock or file.
    #[error(transparent)]
    Gate(#[from] GateError),
}

/// Reads a mail server as `host`, `host:port` or with the scheme in front: `imaps`, `imap`, `smtps`,
/// `smtp`. Without an `s`, and at the ports 25, 143 and 587, TLS begins by STARTTLS.
///
/// # Errors
/// [`Malformed`].
pub fn mail_server(text: &str, protocol: &'static str) -> Result<MailServer, Malformed> {
    let bad = |why: &str| Malformed::new("server", text, why);
    let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    let scheme = match scheme.map(|scheme| scheme.strip_prefix(protocol)) {
        None => None,
        Some(Some("")) => Some(Safety::Starttls),
        Some(Some("s")) => Some(Safety::Implicit),
        Some(_) => return Err(bad("has another scheme: write `host:port`")),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let port = port.parse::<u16>().ok().filter(|port| *port > 0);
            (host, Some(port.ok_or_else(|| bad("has no usable port"))?))
        }
        Some(_) | None => (rest, None),
    };
    let usual = |tls: Safety| match (protocol, tls) {
        ("imap", Safety::Implicit) => 993,
        ("imap", Safety::Starttls) => 143,
        (_, Safety::Implicit) => 465,
        (_, Safety::Starttls) => 587,
    };
    let tls = scheme.unwrap_or(match port {
        Some(25 | 143 | 587) => Safety::Starttls,
        Some(_) | None => Safety::Implicit,
    });
    Ok(MailServer { host: host_name(host)?, port: port.unwrap_or_else(|| usual(tls)), tls })
}

/// Sets an account up, or replaces it; whether there was one.
///
/// # Errors
/// [`NotSetUp`].
pub fn add_account(
    home: &Home,
    kind: AccountKind,
    name: &str,
    mail: Option<MailAccount>,
    secret: &Secret,
) -> Result<bool, NotSetUp> {
    named(name)?;
    credential(kind, secret)?;
    let mail = mail.map(judged).transpose()?;
    let (_lock, mut accounts) = begin(home)?;
    let secrets = Secrets::of(home);
    let listed = mail.is_some() && accounts.mail(Some(name)).is_some();
    let before = listed || secrets.get(&kind.secret(name))?.is_some();
    record(home, kind, name, if before { "replaced" } else { "added" }, mail.as_ref())?;
    if let Some(mail) = mail {
        // At no instant does a password stand beside a server that it is not for.
        if before {
            secrets.remove(&kind.secret(name))?;
        }
        match accounts.mail.iter_mut().find(|account| account.name == name) {
            Some(old) => *old = mail,
            None => accounts.mail.push(mail),
        }
        store(home, &accounts)?;
    }
    secrets.put(&kind.secret(name), secret)?;
    Ok(before)
}

/// Forgets an account and its credential.
///
/// # Errors
/// [`NotSetUp`].
pub fn remove_account(home: &Home, kind: AccountKind, name: &str) -> Result<(), NotSetUp> {
    named(name)?;
    let (_lock, mut accounts) = begin(home)?;
    let secrets = Secrets::of(home);
    let listed = kind == AccountKind::Mail && accounts.mail(Some(name)).is_some();
    if !listed && secrets.get(&kind.secret(name))?.is_none() {
        return Err(NotSetUp::None(kind, name.to_owned()));
    }
    record(home, kind, name, "removed", None)?;
    if listed {
        accounts.mail.retain(|account| account.name != name);
        store(home, &accounts)?;
    }
    Ok(secrets.remove(&kind.secret(name))?)
}

/// All accounts, mail first.
///
/// # Errors
/// [`NotSetUp`].
pub fn accounts(home: &Home) -> Result<Vec<AccountView>, NotSetUp> {
    let stored = Secrets::of(home).all()?;
    let mail = Accounts::load(home).map_err(GateError::from)?.mail;
    let mut all: Vec<_> = mail
        .into_iter()
        .map(|account| AccountView {
            kind: AccountKind::Mail,
            name: account.name.clone(),
            credential: stored.contains_key(&mail_secret(&account.name)),
            mail: Some(account),
        })
        .collect();
    for kind in [AccountKind::Web, AccountKind::Discord] {
        let prefix = kind.secret("");
        let names = stored.keys().filter_map(|key| key.strip_prefix(&prefix));
        let view = |name: &str| AccountView { kind, name: name.to_owned(), credential: true, mail: None };
        all.extend(names.map(view));
    }
    Ok(all)
}

fn begin(home: &Home) -> Result<(Lock, Accounts), NotSetUp> {
    if below_a_run(home)? {
        return Err(NotSetUp::BelowARun);
    }
    let lock = Lock::acquire(&home.accounts_lock(), WAIT).map_err(GateError::from)?;
    Ok((lock, Accounts::load(home).map_err(GateError::from)?))
}

fn store(home: &Home, accounts: &Accounts) -> Result<(), GateError> {
    accounts.store(home).map_err(|e| GateError::State(home.accounts(), e))
}

fn record(
    home: &Home,
    kind: AccountKind,
    name: &str,
    outcome: &str,
    mail: Option<&MailAccount>,
) -> Result<(), GateError> {
    let (by, source) = whoever();
    let entry = Entry::new(Kind::AccountChanged)
        .with("account", format!("{}:{name}", kind.as_str()))
        .with("by", by)
        .with("source", source)
        .with("outcome", outcome);
    let entry = match mail {
        Some(mail) => entry.with("args", serde_json::json!(mail)),
        None => entry,
    };
    let _ = Log::of(home).append(&entry)?;
    Ok(())
}

fn named(name: &str) -> Result<(), Malformed> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(word) {
        return Err(Malformed::new("account", name, "is not a name for one: letters, digits, `-` and `_`"));
    }
    Ok(())
}

fn credential(kind: AccountKind, secret: &Secret) -> Result<(), Malformed> {
    let text = secret.reveal();
    // Without its text.
    let bad = |why: &str| Err(Malformed::new("credential", "…", why));
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return bad("is not one line of 1 to 4096 bytes");
    }
    if kind == AccountKind::Discord && Webhook::parse(text).is_none() {
        return bad("is not the address of a webhook: `https://discord.com/api/webhooks/NUMBER/TOKEN`");
    }
    Ok(())
}

/// The account, if mail can be sent and read with it.
fn judged(mail: MailAccount) -> Result<MailAccount, Malformed> {
    let read = address(&mail.address)?;
    if mail.imap.is_none() && mail.smtp.is_none() {
        return Err(Malformed::new("account", &mail.name, "names no server: give it one for IMAP or SMTP"));
    }
    for (what, text) in [("user", &mail.user), ("drafts", &mail.drafts), ("trash", &mail.trash)]
        .into_iter()
        .chain(mail.sent.as_ref().map(|sent| ("sent", sent)))
    {
        if text.is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
            return Err(Malformed::new(what, text, "is not one line of 1 to 255 bytes"));
        }
    }
    Ok(MailAccount { address: read.address, ..mail })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_with_its_port_and_how_tls_begins() {
        let read = |text: &str, protocol| mail_server(text, protocol).map(|s| s.to_string()).ok();
        for (text, protocol, expected) in [
            ("mail.example.org", "imap", "mail.example.org:993 (TLS)"),
            ("mail.example.org", "smtp", "mail.example.org:465 (TLS)"),
            ("Mail.Example.ORG:587", "smtp", "mail.example.org:587 (STARTTLS)"),
            ("mail.example.org:143", "imap", "mail.example.org:143 (STARTTLS)"),
            ("imap://mail.example.org", "imap", "mail.example.org:143 (STARTTLS)"),
            ("smtps://mail.example.org:587", "smtp", "mail.example.org:587 (TLS)"),
        ] {
            assert_eq!(read(text, protocol).as_deref(), Some(expected), "{text}");
        }
        for bad in ["", "a b", "mail.example.org:0", "mail.example.org:99999", "http://h", "imap://h", "u@h"]
        {
            assert_eq!(read(bad, "smtp"), None, "{bad}");
        }
    }

    #[test]
    fn a_credential_is_one_line_and_a_webhook_is_discords() {
        let ok = |kind, text: &str| credential(kind, &Secret::new(text.into())).is_ok();
        assert!(ok(AccountKind::Mail, "app-password with spaces"));
        for bad in ["", "two\nlines", "a\0b", &"x".repeat(4097)] {
            assert!(!ok(AccountKind::Mail, bad), "{bad:?}");
        }
        assert!(!ok(AccountKind::Discord, "https://evil.example/api/webhooks/1/abcdefghijklmnop"));
        let said = credential(AccountKind::Mail, &Secret::new("hunter2\n".into())).unwrap_err().to_string();
        assert!(!said.contains("hunter2"), "{said}");
    }
}
