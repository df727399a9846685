//! A connection to a mail server, within TLS before a word of the owner's is said.

use crate::call::visible_line;
use crate::effects::Trouble;
use crate::effects::net::tls::{self, Stream};
use crate::effects::net::{self, Until, Wire};
use crate::state::{Home, MailServer, Safety};
use std::io::{self, Read, Write};

/// Longest line that a server may say.
const LINE: usize = 64 * 1024;

/// The connection, with what was read ahead.
pub struct Link {
    line: Line,
    ahead: Vec<u8>,
    at: usize,
}

enum Line {
    Plain(Box<Wire>),
    Safe(Box<Stream>),
    /// Between the two.
    Gone,
}

/// Asks in the open that TLS begins. It must take the server's whole answer.
pub type Ask = fn(&mut Link) -> io::Result<()>;

impl Link {
    /// Dials `server` at an address that was judged. At most `room` bytes come in.
    ///
    /// # Errors
    /// [`Trouble`]: nothing of the owner's was sent.
    pub fn open(
        home: &Home,
        server: &MailServer,
        ask: Ask,
        until: &Until,
        room: u64,
    ) -> Result<Self, Trouble> {
        let addresses = net::judged(home, &server.host, until)?;
        let wire = Wire::dial(home, &addresses, server.port, until, room)?;
        let mut link = Self { line: Line::Plain(Box::new(wire)), ahead: Vec::new(), at: 0 };
        let failed = |e: &io::Error| {
            let host = visible_line(&server.host, 200);
            let said = until.ended().map_or_else(|| tls::refused(e), |ended| ended.to_string());
            until.not(format!("no safe connection to `{host}`: {}", visible_line(&said, 300)))
        };
        if server.tls == Safety::Starttls {
            ask(&mut link).map_err(|e| failed(&e))?;
            // What came before TLS would be taken for what comes within it.
            if link.at < link.ahead.len() {
                return Err(failed(&io::Error::other("it said more before TLS than it was asked")));
            }
        }
        let config = tls::trusting(home).map_err(Trouble::Not)?;
        let Line::Plain(wire) = std::mem::replace(&mut link.line, Line::Gone) else { return Ok(link) };
        let stream = tls::greet(&server.host, *wire, config).map_err(|e| failed(&e))?;
        link.line = Line::Safe(Box::new(stream));
        Ok(link)
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// The connection's, or the line is too long.
    pub fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let rest = self.ahead.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', rest) {
                line.extend_from_slice(rest.get(..end).unwrap_or_default());
                self.at += end + 1;
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            line.extend_from_slice(rest);
            if line.len() > LINE {
                return Err(io::Error::other("it says a line that is too long"));
            }
            self.fill()?;
        }
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// The connection's.
    pub fn take(&mut self, n: usize) -> io::Result<Vec<u8>> {
        // Not `n` at once: a server that lies about a length gets no memory for it.
        let mut taken = Vec::new();
        while taken.len() < n {
            let rest = self.ahead.get(self.at..).unwrap_or_default();
            let fits = rest.len().min(n - taken.len());
            taken.extend_from_slice(rest.get(..fits).unwrap_or_default());
            self.at += fits;
            if taken.len() < n {
                self.fill()?;
            }
        }
        Ok(taken)
    }

    /// Reads ahead, once all was taken.
    fn fill(&mut self) -> io::Result<()> {
        self.ahead.resize(16 * 1024, 0);
        self.at = self.ahead.len();
        let n = match &mut self.line {
            Line::Plain(wire) => wire.read(&mut self.ahead),
            Line::Safe(stream) => stream.read(&mut self.ahead),
            Line::Gone => Ok(0),
        };
        self.ahead.truncate(*n.as_ref().unwrap_or(&0));
        self.at = 0;
        match n {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended the connection")),
            Ok(_) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Says all of `bytes`.
    ///
    /// # Errors
    /// The connection's.
    pub fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.line {
            Line::Plain(wire) => wire.write_all(bytes),
            Line::Safe(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Line::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
