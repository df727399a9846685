//! `config/accounts.toml`: mail accounts. Passwords are not in it: they lie in the secret store.

use super::{Home, SettingsError, durable, small};
use serde::{Deserialize, Serialize};
use std::io;

/// Longest file.
const MOST: u64 = 1 << 20;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// `[[mail]]`, the first being used where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mail: Vec<MailAccount>,
}

/// `[[mail]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailAccount {
    /// The owner's name for it.
    pub name: String,
    /// From whom its mails are.
    pub address: String,
    /// Who logs in.
    pub user: String,
    /// The mailbox that keeps copies of what was sent; none where the server keeps them by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// The mailbox of drafts.
    #[serde(default = "drafts")]
    pub drafts: String,
    /// The mailbox of deleted mail, which tools move nothing to.
    #[serde(default = "trash")]
    pub trash: String,
    /// Where its mail is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imap: Option<MailServer>,
    /// Where its mail is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<MailServer>,
}

fn drafts() -> String {
    "Drafts".to_owned()
}

fn trash() -> String {
    "Trash".to_owned()
}

/// A server of mail. It is never spoken to in the open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How TLS begins.
    pub tls: Safety,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// At once.
    Implicit,
    /// After a word in the open; a server that refuses it is left.
    Starttls,
}

impl std::fmt::Display for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match self.tls {
            Safety::Implicit => "TLS",
            Safety::Starttls => "STARTTLS",
        };
        write!(f, "{}:{} ({how})", self.host, self.port)
    }
}

/// The name of the secret that is the password of mail account `name`.
pub fn mail_secret(name: &str) -> String {
    format!("mail:{name}")
}

impl Accounts {
    /// Reads the file of `home`; a missing one holds none.
    ///
    /// # Errors
    /// [`SettingsError`] names the file and the line.
    pub fn load(home: &Home) -> Result<Self, SettingsError> {
        let path = home.accounts();
        match small::text(&path, MOST) {
            Ok(text) => toml::from_str(&text)
                .map_err(|e| SettingsError::Toml(path, e.to_string().trim_end().to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(SettingsError::Io(path, e)),
        }
    }

    /// The account of this name, or the first.
    pub fn mail(&self, name: Option<&str>) -> Option<&MailAccount> {
        match name {
            Some(name) => self.mail.iter().find(|account| account.name == name),
            None => self.mail.first(),
        }
    }

    /// Keeps all of it; the caller holds the lock.
    ///
    /// # Errors
    /// The system's.
    pub fn store(&self, home: &Home) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let head = "# Mail accounts; `fleet account` writes this. Passwords are in the secret store.\n\n";
        durable::write(&home.accounts(), format!("{head}{text}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_as_they_were_kept_and_strangers_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        assert_eq!(Accounts::load(&home).unwrap(), Accounts::default());
        std::fs::create_dir(home.config()).unwrap();
        let server = |port, tls| MailServer { host: "mail.example.org".into(), port, tls };
        let account = |name: &str| MailAccount {
            name: name.into(),
            address: "ada@example.org".into(),
            user: "ada".into(),
            sent: Some("Sent".into()),
            drafts: drafts(),
            trash: trash(),
            imap: Some(server(993, Safety::Implicit)),
            smtp: Some(server(587, Safety::Starttls)),
        };
        let all = Accounts { mail: vec![account("one"), account("two")] };
        all.store(&home).unwrap();
        let read = Accounts::load(&home).unwrap();
        assert_eq!(read, all);
        let name = |wanted| read.mail(wanted).map(|a| a.name.as_str());
        assert_eq!([name(None), name(Some("two")), name(Some("three"))], [Some("one"), Some("two"), None]);
        for bad in ["[[mail]]\nname = \"x\"\npassword = \"y\"", "[mail]", "[[male]]"] {
            std::fs::write(home.accounts(), bad).unwrap();
            assert!(Accounts::load(&home).is_err(), "{bad}");
        }
    }
}
