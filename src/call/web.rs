//! A request to a host on the network: as wanted, and as resolved.

use super::Bulk;
use super::effect::by_hash;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a request does at its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are those of HTTP")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Whether it only asks for something.
    pub const fn reads(self) -> bool {
        match self {
            Self::Get | Self::Head => true,
            Self::Post | Self::Put | Self::Patch | Self::Delete => false,
        }
    }
}

/// A request wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebWanted {
    /// What it does.
    pub method: Method,
    /// The address as written.
    pub url: String,
    /// Header names and values as written.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// The name of a stored credential to send with it.
    pub secret: Option<String>,
    /// Bytes kept of the answer.
    pub max_bytes: u64,
    /// Wall seconds until it is given up.
    pub timeout_s: u32,
}

/// See [`super::Effect::Web`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Web {
    /// What it does.
    pub method: Method,
    /// `http`, `https`, or what a rule refuses.
    pub scheme: String,
    /// The host as it is dialled: lower case, without a trailing dot, punycode where it was not
    /// ASCII, an IP address in its one canonical spelling. Empty if the address names none.
    pub host: String,
    /// The host as people read it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// The port that is dialled.
    pub port: u16,
    /// Path and query as they are sent.
    pub target: String,
    /// Whether the address carries a user name or password; never what they are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub userinfo: bool,
    /// Why another program could read the address otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<&'static str>,
    /// Headers that the caller sets, in order of name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// What is sent; shown and logged by length and hash.
    #[serde(serialize_with = "by_hash")]
    pub body: Bulk,
    /// The name of a stored credential that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Bytes kept of the answer.
    pub max_bytes: u64,
    /// Wall seconds until it is given up.
    pub timeout_s: u32,
}

/// One header of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Web {
    /// The address as it is dialled, without user and fragment.
    pub fn address(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}{}", self.scheme, self.port, self.target)
    }
}

/// What a host answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// The address that was asked last.
    pub final_url: String,
    /// The mark of this content.
    pub etag: Option<String>,
    /// What the content is said to be.
    pub content_type: Option<String>,
    /// Where it points.
    pub location: Option<String>,
    /// When it may be asked again, as it said.
    pub retry_after: Option<String>,
    /// In how many seconds there is room again, as some hosts say it.
    pub reset_after: Option<String>,
    /// When the content changed, as it said.
    pub last_modified: Option<String>,
    /// How long the content is, as it said.
    pub length: Option<u64>,
    /// Why where it points was not followed.
    pub not_followed: Option<String>,
    /// Redirects that were followed.
    pub hops: u32,
    /// The content, as far as it was taken; never compressed.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}
