//! Model servers by their wire formats, and what a model is told and may answer. Protocol only: nothing
//! here has a socket, a file or a clock.

#[cfg(test)]
mod fixture;
pub mod neutral;
pub mod odds;
pub mod ollama;
pub mod openai;
mod schema;
pub mod sound;
mod stream;
pub mod task;
mod vectors;

pub use schema::Schema;
pub use stream::{Finish, Heard, Lines, Said};

/// What one request asks for, whatever server it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// The model's name at the server.
    pub model: &'a str,
    /// What the caller tells it.
    pub system: &'a str,
    /// What it is about.
    pub user: &'a str,
    /// The schema of the answer, as text, which is put into the request as it stands.
    pub schema: Option<&'a Schema>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// What its chance begins with.
    pub seed: u32,
    /// Hundredths.
    pub temperature: u32,
    /// Tokens of question and answer together.
    pub context: u32,
}

/// A fraction of hundredths, as JSON.
fn hundredths(n: u32) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Most bytes of one line of an answer.
pub const LONGEST_LINE: usize = 1 << 20;
/// Most bytes of an answer's text.
pub const LONGEST_TEXT: usize = 1 << 20;
