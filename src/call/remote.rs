//! What is asked of other machines without HTTP, and messages to the owner: as wanted, and as resolved.

use super::RealPath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of record that names can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are those of DNS")]
pub enum RecordType {
    A,
    Aaaa,
    Mx,
    Txt,
    Ns,
    Cname,
    Soa,
    Srv,
    Caa,
    Ptr,
}

/// How a protocol changes to TLS after it began in the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are those of the protocols")]
pub enum StartTls {
    Smtp,
    Imap,
    Pop3,
}

/// How soon the owner wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "callers read the names, which say it")]
pub enum Severity {
    // In a digest.
    #[default]
    Info,
    // In a digest, first.
    Warn,
    // Now.
    Urgent,
}

/// Wanted of another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum RemoteWanted {
    /// What a name stands for.
    Dns { name: String, types: Vec<RecordType>, server: Option<String>, timeout_s: u32 },
    /// The certificate that a host shows.
    Tls { host: String, port: u16, starttls: Option<StartTls>, timeout_s: u32 },
    /// A message to one of the owner's channels.
    Discord { channel: String, severity: Severity, title: String, text: String, key: Option<String> },
}

/// A message on the owner's own screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenWanted {
    /// Its first line.
    pub title: String,
    /// What it says.
    pub text: String,
    /// Whether it may be heard.
    pub sound: bool,
}

/// One resolved step at another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect")]
pub enum Remote {
    /// Asks what a name stands for.
    #[serde(rename = "dns.query")]
    Dns(Dns),
    /// Looks at the certificate that a host shows.
    #[serde(rename = "tls.look")]
    Tls(Tls),
    /// Sends a message to one of the owner's channels.
    #[serde(rename = "discord.send")]
    Discord(Discord),
    /// Takes such a message back: only a veto does.
    #[serde(rename = "discord.withdraw")]
    Withdraw(Withdraw),
}

/// See [`Remote::Dns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dns {
    /// The name as it is asked: lower case, punycode where it was not ASCII.
    pub name: String,
    /// The name as people read it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// What is asked about it, a question each.
    pub types: Vec<RecordType>,
    /// Whom the caller wants to be asked; the system's own servers otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Whom the system asks, the first first.
    #[serde(skip)]
    pub own: Vec<String>,
    /// Wall seconds until it is given up.
    pub timeout_s: u32,
}

/// See [`Remote::Tls`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tls {
    /// The host as it is dialled.
    pub host: String,
    /// The host as people read it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// The port that is dialled.
    pub port: u16,
    /// What is spoken before TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starttls: Option<StartTls>,
    /// Wall seconds until it is given up.
    pub timeout_s: u32,
}

/// See [`Remote::Discord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discord {
    /// The owner's name for the channel.
    pub channel: String,
    /// The number of the webhook that is set up for it; never what lets one post there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The host that takes it.
    pub host: &'static str,
    /// All that is said.
    pub text: String,
}

/// See [`Remote::Withdraw`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withdraw {
    /// The owner's name for the channel.
    pub channel: String,
    /// The number of its webhook.
    pub webhook: String,
    /// The host that has it.
    pub host: &'static str,
    /// The message.
    pub message: String,
}

impl Remote {
    /// Hosts that it reaches, or that learn what was asked.
    pub fn hosts(&self) -> Vec<&str> {
        match self {
            Self::Dns(e) => std::iter::once(e.name.as_str()).chain(e.server.as_deref()).collect(),
            Self::Tls(e) => vec![&e.host],
            Self::Discord(e) => vec![e.host],
            Self::Withdraw(e) => vec![e.host],
        }
    }

    /// Whether it only asks.
    pub const fn reads(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Tls(_) => true,
            Self::Discord(_) | Self::Withdraw(_) => false,
        }
    }

    /// What it is about, for the memory of denials.
    pub fn target(&self) -> serde_json::Value {
        match self {
            Self::Dns(e) => serde_json::json!([e.name, e.types, e.server]),
            Self::Tls(e) => serde_json::json!([e.host, e.port]),
            Self::Discord(e) => serde_json::json!([e.channel]),
            Self::Withdraw(e) => serde_json::json!([e.channel, e.message]),
        }
    }
}

/// A message on the screen, resolved to the program that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Screen {
    /// The program, if it is there.
    pub program: Option<RealPath>,
    /// Its arguments, the first being its name.
    pub argv: Vec<String>,
}

/// One record that a name server told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Whose it is.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub value: String,
    /// For how many seconds.
    pub ttl: u32,
}

/// A certificate as it was shown, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Who showed it.
    pub host: String,
    /// At which port.
    pub port: u16,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The names that it is for.
    pub sans: Vec<String>,
    /// From when on, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// Until when, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// Whole days until then; negative once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Whether this system trusts it for this name, now.
    pub chain_ok: bool,
    /// Why not, or why none was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
