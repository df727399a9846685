//! Questions to a server on this machine: small ones whole, answers of models as they come.

use super::{BRIEF, Desk, SILENCE};
use crate::call::ModelServer;
use crate::effects::http::Nearby;
use crate::model::{Heard, LONGEST_TEXT, Lines, Said, ollama, openai};
use std::io::Read;
use std::time::Duration;

/// Most bytes of an answer that is taken whole.
const WHOLE_MOST: u64 = 16 << 20;
/// Most bytes of a stream, frames and all.
const STREAM_MOST: u64 = 64 << 20;
/// Most bytes of what a server says about an error.
const ERROR_MOST: u64 = 64 << 10;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The server says no: asking again is of no use.
    Said(String),
    /// There was none, or it broke off.
    Broke(String),
    /// Another machine answered.
    Remote(String),
}

/// An answer that was taken whole, and by which address.
pub struct Whole {
    pub status: u16,
    pub body: Vec<u8>,
    pub peer: String,
}

impl Desk<'_> {
    /// Asks for `path`, and takes all of the answer.
    pub fn whole(&self, path: &str, body: Option<&str>, time: Duration) -> Result<Whole, String> {
        let until = self.until.part(time);
        let nearby = Nearby { endpoint: self.endpoint, path, body, until: &until, most: WHOLE_MOST };
        let mut coming = nearby.ask()?;
        let mut body = Vec::new();
        let read = coming.body.read_to_end(&mut body);
        read.map_err(|e| until.ended().map_or_else(|| e.to_string(), |ended| ended.to_string()))?;
        Ok(Whole { status: coming.status, body, peer: coming.peer })
    }

    /// The same of what takes no time.
    pub fn brief(&self, path: &str) -> Result<Whole, String> {
        self.whole(path, None, BRIEF)
    }

    /// Puts a question and hears the answer. The first word may take `load`; from then on silence ends it.
    /// However it ends, the connection is let go, and with it the server's work.
    pub fn stream(
        &self,
        server: ModelServer,
        body: &str,
        load: Duration,
    ) -> Result<(Heard, String), (Failed, Heard)> {
        let mut heard = Heard::default();
        self.until.bears(load);
        let path = if server == ModelServer::Ollama { ollama::CHAT } else { openai::CHAT };
        let nearby =
            Nearby { endpoint: self.endpoint, path, body: Some(body), until: &self.until, most: STREAM_MOST };
        let coming = match nearby.ask() {
            Ok(coming) => coming,
            Err(why) => return Err((Failed::Broke(why), heard)),
        };
        let mut body = coming.body;
        if coming.status != 200 {
            let mut said = Vec::new();
            // What does not come says nothing.
            let _ = (&mut body).take(ERROR_MOST).read_to_end(&mut said);
            let said =
                if server == ModelServer::Ollama { ollama::error(&said) } else { openai::error(&said) };
            return Err((Failed::Said(format!("the server answered {}: {said}", coming.status)), heard));
        }
        let read = if server == ModelServer::Ollama { ollama::line } else { openai::line };
        let (mut lines, mut chunk) = (Lines::default(), vec![0; 16 * 1024]);
        loop {
            let n = match body.read(&mut chunk) {
                Ok(n) => n,
                Err(e) => {
                    let why = self.until.ended().map_or_else(|| e.to_string(), |ended| ended.to_string());
                    return Err((Failed::Broke(why), heard));
                }
            };
            let bytes = chunk.get(..n).unwrap_or_default();
            let whole = if n == 0 { lines.end().map(|l| l.into_iter().collect()) } else { lines.take(bytes) };
            let whole = match whole {
                Ok(whole) => whole,
                Err(why) => return Err((Failed::Broke(why), heard)),
            };
            for line in whole {
                match read(&line, &mut heard) {
                    Ok(Said::Nothing) => {}
                    Ok(Said::Piece(_)) => self.until.bears(SILENCE),
                    Ok(Said::Over) => return Ok((heard, coming.peer)),
                    Ok(Said::Error(why)) => return Err((Failed::Said(why), heard)),
                    Ok(Said::Remote(who)) => return Err((Failed::Remote(who), heard)),
                    Err(why) => return Err((Failed::Broke(why), heard)),
                }
                if heard.thought > LONGEST_TEXT {
                    return Err((Failed::Broke("it thinks aloud and does not end".into()), heard));
                }
            }
            if n == 0 {
                return Err((Failed::Broke("the answer ends without its end: it was cut".into()), heard));
            }
        }
    }
}
