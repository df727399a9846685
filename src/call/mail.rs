//! A mail to be sent: as wanted, and as resolved.

use super::effect::by_hash;
use super::{AbsPath, Bulk, Pin, RealPath};
use serde::Serialize;

/// A mail wanted. Every recipient is an entry of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailWanted {
    /// From which of the owner's accounts; none means the first.
    pub account: Option<String>,
    /// Recipients as written.
    pub to: Vec<String>,
    /// Recipients of a copy, as written.
    pub cc: Vec<String>,
    /// Recipients that the others do not see, as written.
    pub bcc: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Files that go with it.
    pub attachments: Vec<AbsPath>,
    /// The message that it answers, as `<id>`.
    pub in_reply_to: Option<String>,
}

/// See [`super::Effect::Mail`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// From which of the owner's accounts; none if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// From which address; none without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The server that gets it; none without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Recipients.
    pub to: Vec<Address>,
    /// Recipients of a copy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
    /// Recipients that the others do not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Address>,
    /// Its subject.
    pub subject: String,
    /// Its text; shown and logged by length and hash.
    #[serde(serialize_with = "by_hash")]
    pub text: Bulk,
    /// Files that go with it, pinned by content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
}

impl Mail {
    /// Everyone who gets it.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// One recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The address that the mail goes to; its domain in lower case, punycode where it was not ASCII.
    pub address: String,
    /// Its domain, without a trailing dot.
    #[serde(skip)]
    pub domain: String,
    /// Other domains that its local part names, as in `user%other.example@relay.example`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<String>,
    /// The domain as people read it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// The name before it. It proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What became of the copy of a mail that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailCopy {
    /// It is in a mailbox of the account, under this number if the server says.
    Kept {
        /// Which.
        mailbox: String,
        /// Its number there.
        uid: Option<u32>,
    },
    /// The account's server keeps copies by itself, or nobody does.
    ByServer,
    /// It could not be kept, for this reason.
    Not(String),
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The file.
    pub path: RealPath,
    /// What it is.
    pub pin: Pin,
    /// What a look for credentials in its content said.
    #[serde(skip_serializing_if = "Token::none")]
    pub token: Token,
}

/// What a look for credentials in a content said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// None was found.
    None,
    /// It looks like it holds one.
    Found,
    /// It was too large to look.
    Unscanned,
}

impl Token {
    const fn none(&self) -> bool {
        matches!(self, Self::None)
    }
}
