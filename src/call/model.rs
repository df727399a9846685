//! Local models: where one is, what is wanted of it, and the resolved step.

use super::{Digest, Malformed};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which server speaks there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelServer {
    /// Ollama, by its own protocol.
    #[serde(rename = "ollama")]
    Ollama,
    /// llama.cpp's `llama-server`.
    #[serde(rename = "llama.cpp")]
    LlamaCpp,
    /// `mlx_lm.server`.
    #[serde(rename = "mlx")]
    Mlx,
}

impl ModelServer {
    /// As written on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LlamaCpp => "llama.cpp",
            Self::Mlx => "mlx",
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let all = [Self::Ollama, Self::LlamaCpp, Self::Mlx];
        let found = all.into_iter().find(|server| server.as_str() == text);
        found.ok_or_else(|| Malformed::new("server", text, "expected `ollama`, `llama.cpp` or `mlx`"))
    }
}

/// A place on this machine: a loopback address or a unix socket. There is no other, so whoever holds one
/// can dial nothing else. No name is ever looked up for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(At);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Loopback(SocketAddr),
    Unix(String),
}

impl Endpoint {
    /// Reads `http://127.0.0.1:PORT`, `http://[::1]:PORT`, `http://localhost:PORT` or `unix:/PATH`.
    ///
    /// # Errors
    /// [`Malformed`]: every other spelling, also of a loopback address.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bad = |why: &str| Malformed::new("endpoint", text, why);
        if let Some(path) = text.strip_prefix("unix:") {
            let plain = path.starts_with('/') && !path.contains('\0') && !path.split('/').any(|p| p == "..");
            // What a socket's address holds: 104 bytes on macOS, with the NUL.
            return if !plain {
                Err(bad("the path after `unix:` must be absolute, without `..`"))
            } else if path.len() > 103 {
                Err(bad("the path of a socket has 103 bytes at most"))
            } else {
                Ok(Self(At::Unix(path.to_owned())))
            };
        }
        if text.starts_with("https:") {
            return Err(bad("a local model is reached without TLS: write `http://127.0.0.1:PORT`"));
        }
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(bad("expected `http://127.0.0.1:PORT` or `unix:/PATH`"));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let rest = rest.strip_suffix("/v1").unwrap_or(rest);
        let Some((host, port)) = rest.rsplit_once(':') else {
            return Err(bad("it names no port"));
        };
        let digits = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
        let port = port.parse::<u16>().ok().filter(|port| digits && *port != 0);
        let port = port.ok_or_else(|| bad("that is no port"))?;
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let address = match (host, inner) {
            ("localhost", _) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            (_, Some(inner)) => inner.parse().ok().map(IpAddr::V6),
            (host, None) => host.parse().ok().map(IpAddr::V4),
        };
        Self::loopback(address.map(|address| SocketAddr::new(address, port)))
            .ok_or_else(|| bad("only 127.0.0.1, [::1], localhost and unix sockets are of this machine alone"))
    }

    /// The one place where an address becomes an endpoint.
    fn loopback(address: Option<SocketAddr>) -> Option<Self> {
        address.filter(|address| address.ip().is_loopback()).map(|address| Self(At::Loopback(address)))
    }

    /// Its address, unless it is a socket's path.
    pub const fn address(&self) -> Option<SocketAddr> {
        match &self.0 {
            At::Loopback(address) => Some(*address),
            At::Unix(_) => None,
        }
    }

    /// Its path, if it is a socket's.
    pub fn path(&self) -> Option<&str> {
        match &self.0 {
            At::Loopback(_) => None,
            At::Unix(path) => Some(path),
        }
    }

    /// What requests name as their host: servers answer to no other.
    pub fn host(&self) -> String {
        self.address().map_or_else(|| "localhost".to_owned(), |address| address.to_string())
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            At::Loopback(address) => write!(f, "http://{address}"),
            At::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

impl TryFrom<String> for Endpoint {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

/// What a model is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum StepKind {
    /// One of the options.
    Classify,
    /// Fields out of the input.
    Extract,
    /// Some of the options.
    Choose,
    /// A list of steps.
    Plan,
    /// A shorter text, for people.
    Summarize,
    /// Free text, for people.
    Text,
}

/// What is asked of a model that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is to do.
    pub kind: StepKind,
    /// What the caller tells it: trusted.
    pub instructions: String,
    /// What it is about: whoever wrote that is not trusted.
    pub input: String,
    /// The schema of its answer, as text: fields are asked for in the order in which they stand there.
    pub schema: Option<String>,
    /// What it may choose from.
    pub options: Vec<String>,
    /// Fields of the answer that must be quotes of the input.
    pub grounded: Vec<String>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// What its chance begins with.
    pub seed: u32,
    /// Hundredths: 0 is the likeliest answer.
    pub temperature: u32,
    /// Per cent, below which a person decides.
    pub min_confidence: Option<u32>,
    /// Whether input that is too long is cut, and that is told.
    pub cut: bool,
}

/// Wanted of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// It writes.
    Write(Box<Prompt>),
    /// It makes a vector of each text.
    Embed(Vec<String>),
}

impl Ask {
    /// What it is called.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Write(prompt) => match prompt.kind {
                StepKind::Classify => "classify",
                StepKind::Extract => "extract",
                StepKind::Choose => "choose",
                StepKind::Plan => "plan",
                StepKind::Summarize => "summarize",
                StepKind::Text => "text",
            },
            Self::Embed(_) => "embed",
        }
    }
}

/// Wanted of the model that the owner calls `model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelWanted {
    /// The owner's name for it.
    pub model: String,
    /// What.
    pub ask: Ask,
}

/// A question to a model on this machine, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename = "model.ask")]
pub struct ModelAsk {
    /// The owner's name for it.
    pub model: String,
    /// What it does.
    pub kind: &'static str,
    /// Where it is, as the owner set it up; none if nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up: Option<ModelSetUp>,
    /// The question itself: shown and logged by the call's arguments.
    #[serde(skip)]
    pub ask: Ask,
}

/// `[model.NAME]` of the owner's settings, as `fleet model add` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSetUp {
    /// Who serves it.
    pub server: ModelServer,
    /// Where.
    pub endpoint: Endpoint,
    /// Its name there.
    pub model: String,
    /// What it was when it was added: of Ollama the digest it tells, of others one of what they tell.
    pub digest: Digest,
    /// The program that listened there.
    pub program: String,
    /// Its content; none for Ollama, which renews itself and is told by the model's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_sha256: Option<Digest>,
    /// Its command line, script included; none for Ollama.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_sha256: Option<Digest>,
    /// Tokens that one question and its answer may take together. One value a model: to change it makes
    /// a server load it anew.
    #[serde(default = "usual_context")]
    pub context: u32,
    /// Seconds that the first word may take: a cold model is loaded first.
    #[serde(default = "usual_patience")]
    pub load_s: u32,
}

/// Tokens of a context where nothing else is written.
pub const fn usual_context() -> u32 {
    8192
}

/// Seconds for the first word where nothing else is written.
pub const fn usual_patience() -> u32 {
    300
}

/// What a step took: it stands in the outcome's entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ModelUse {
    /// The owner's name for the model.
    pub name: String,
    /// What it was found to be.
    pub digest: Option<Digest>,
    /// The address that was dialled, as the system tells it of the open connection.
    pub peer: String,
    /// Questions that were put: retries are some more.
    pub asked: u32,
    /// How the last one ended.
    pub finish: String,
    /// Hash of all that it was told.
    pub prompt_sha256: Option<Digest>,
    /// Hash of what it said.
    pub reply_sha256: Option<Digest>,
    /// Tokens in and out, of all questions.
    #[serde(skip)]
    pub tokens: ModelTokens,
}

/// Tokens as the server counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelTokens {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_of_this_machine_or_none_at_all() {
        for (text, reads) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:11434/", "http://127.0.0.1:11434"),
            ("http://localhost:1234/v1", "http://127.0.0.1:1234"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://127.9.8.7:1", "http://127.9.8.7:1"),
            ("unix:/run/m.sock", "unix:/run/m.sock"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|e| e.to_string()), Ok(reads.to_owned()), "{text}");
        }
        let long = format!("unix:/{}", "x".repeat(103));
        for text in [
            "",
            "127.0.0.1:8080",
            "https://127.0.0.1:8080",
            "https://ollama.com",
            "http://ollama.com:443",
            "http://192.0.2.2:8080",
            "http://0.0.0.0:8080",
            "http://[::]:8080",
            "http://[::ffff:127.0.0.1]:8080",
            "http://[::ffff:192.0.2.2]:8080",
            "http://2130706433:8080",
            "http://0x7f000001:8080",
            "http://0177.0.0.1:8080",
            "http://127.1:8080",
            "http://127.0.0.1.:8080",
            "http://localhost.:8080",
            "http://LOCALHOST:8080",
            "http://localhost.evil.test:8080",
            "http://127.0.0.1@evil.test:8080",
            "http://evil.test@127.0.0.1:8080",
            "http://127.0.0.1:8080@evil.test:1",
            "http://127.0.0.1:8080#@evil.test",
            "http://127.0.0.1:8080?x",
            "http://127.0.0.1:8080/other",
            "http://127.0.0.1:8080\\@evil.test",
            "http://127.0.0.1",
            "http://127.0.0.1:0",
            "http://127.0.0.1:+80",
            "http://127.0.0.1:99999",
            "http://[::1%25eth0]:80",
            "HTTP://127.0.0.1:80",
            "http://\u{ff11}27.0.0.1:80",
            " http://127.0.0.1:80",
            "http://127.0.0.1:80\n",
            "unix:relative",
            "unix:/a/../b",
            "unix:/a\0b",
            &long,
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn servers_read_back() {
        for text in ["ollama", "llama.cpp", "mlx"] {
            assert_eq!(ModelServer::parse(text).map(ModelServer::as_str), Ok(text));
        }
        assert!(ModelServer::parse("openai").is_err());
    }
}
