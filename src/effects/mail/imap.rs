//! IMAP as a client speaks it (RFC 3501, 4315, 6851). Texts of the owner go as literals wherever they
//! could be read as a command.

use super::link::Link;
use super::value::{Value, announced, values};
use crate::call::visible_line;
use crate::effects::Trouble;
use crate::effects::net::Until;
use crate::state::{Home, MailServer, Safety, Secret};
use std::io;

/// Most bytes that a server may say on one connection. What is asked has short answers, and a value takes some
/// thirty times the bytes that it is made of.
const ROOM: u64 = 1 << 20;
/// Most bytes of one answer.
const MOST: usize = 1 << 20;
/// Most answers to one command.
const ANSWERS: usize = 200_000;

/// A connection to the owner's mailboxes.
pub struct Imap {
    link: Link,
    host: String,
    tag: u32,
    capabilities: Vec<String>,
    until: Until,
}

/// A part of a command.
pub enum Piece<'a> {
    /// Words of the protocol: never of the owner or of a caller.
    Word(&'a str),
    /// A text of somebody: quoted, or a literal.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// What was said to a command that was carried out.
#[derive(Debug, Default)]
pub struct Answer {
    /// Data, an answer each, without the star.
    pub data: Vec<Vec<Value>>,
    /// What stands in the brackets of status answers, as in `[UIDVALIDITY 3]`.
    pub codes: Vec<Vec<Value>>,
}

/// Why a command was not carried out.
#[derive(Debug)]
pub enum No {
    /// The server said no.
    Said(String),
    /// The connection did not last.
    Lost(Trouble),
}

impl Answer {
    /// The values after this code.
    pub fn code(&self, name: &str) -> Option<&[Value]> {
        let found = self.codes.iter().find(|code| code.first().is_some_and(|word| word.is(name)))?;
        found.get(1..)
    }
}

enum Heard {
    Go,
    Data(Vec<Value>),
    Status { tag: String, word: String, code: Vec<Value>, text: String },
}

impl Imap {
    /// Greets `server` within TLS, and logs in.
    ///
    /// # Errors
    /// [`Trouble`]: nothing was changed.
    pub fn open(
        home: &Home,
        server: &MailServer,
        user: &str,
        secret: &Secret,
        until: &Until,
    ) -> Result<Self, Trouble> {
        let link = Link::open(home, server, starttls, until, ROOM)?;
        let mut imap =
            Self { link, host: server.host.clone(), tag: 0, capabilities: Vec::new(), until: until.clone() };
        if server.tls == Safety::Implicit {
            match imap.heard().map_err(|e| imap.lost(&e))? {
                Heard::Status { word, .. } if word == "OK" => {}
                Heard::Status { .. } | Heard::Data(_) | Heard::Go => {
                    return Err(Trouble::Not(format!("`{}` does not greet by IMAP", imap.shown())));
                }
            }
        }
        let login =
            [Piece::Word("LOGIN "), Piece::Text(user), Piece::Word(" "), Piece::Text(secret.reveal())];
        match imap.ask(&login) {
            Ok(_) => {}
            // Its words may repeat what it was given.
            Err(No::Said(_)) => {
                return Err(Trouble::Not(format!(
                    "`{}` refuses the login: user or password is wrong",
                    imap.shown()
                )));
            }
            Err(No::Lost(trouble)) => return Err(trouble),
        }
        let answer = imap.ask(&[Piece::Word("CAPABILITY")]).map_err(|no| imap.trouble(no))?;
        let words = answer.data.iter().filter(|d| d.first().is_some_and(|w| w.is("CAPABILITY"))).flatten();
        imap.capabilities = words.filter_map(|w| Some(w.atom()?.to_ascii_uppercase())).collect();
        Ok(imap)
    }

    /// Whether the server says that it can do this.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }

    /// Asks, and takes all that is said until it is carried out.
    ///
    /// # Errors
    /// [`No`].
    pub fn ask(&mut self, pieces: &[Piece<'_>]) -> Result<Answer, No> {
        let mut answer = Answer::default();
        let mut ask = || self.asked(pieces, &mut answer);
        match ask() {
            Ok(None) => Ok(answer),
            Ok(Some(said)) => Err(No::Said(said)),
            Err(e) => Err(No::Lost(self.lost(&e))),
        }
    }

    /// What the server said against it; none if it was carried out.
    fn asked(&mut self, pieces: &[Piece<'_>], answer: &mut Answer) -> io::Result<Option<String>> {
        self.tag += 1;
        let tag = format!("f{}", self.tag);
        let mut line = format!("{tag} ").into_bytes();
        for piece in pieces {
            let literal = match piece {
                Piece::Word(word) => {
                    line.extend_from_slice(word.as_bytes());
                    continue;
                }
                Piece::Text(text) if quotable(text) => {
                    line.extend_from_slice(format!("\"{text}\"").as_bytes());
                    continue;
                }
                Piece::Text(text) => text.as_bytes(),
                Piece::Bytes(bytes) => bytes,
            };
            line.extend_from_slice(format!("{{{}}}\r\n", literal.len()).as_bytes());
            self.link.say(&line)?;
            if let Some(said) = self.until_done(&tag, answer, true)? {
                return Ok(Some(said));
            }
            line = literal.to_vec();
        }
        line.extend_from_slice(b"\r\n");
        self.link.say(&line)?;
        self.until_done(&tag, answer, false)
    }

    /// Takes answers until the command is carried out, or until the server waits for a literal.
    fn until_done(&mut self, tag: &str, answer: &mut Answer, waits: bool) -> io::Result<Option<String>> {
        for _ in 0..ANSWERS {
            match self.heard()? {
                Heard::Go if waits => return Ok(None),
                Heard::Go => return Err(io::Error::other("it waits for more than there is")),
                Heard::Data(values) => answer.data.push(values),
                Heard::Status { tag: of, word, code, text } => {
                    let own = of == tag;
                    if !code.is_empty() {
                        answer.codes.push(code);
                    }
                    match (own, word.as_str()) {
                        (true, "OK") if !waits => return Ok(None),
                        (true, _) => return Ok(Some(text)),
                        (false, "BYE") => {
                            return Err(io::Error::other(format!("it ends the connection: `{text}`")));
                        }
                        (false, _) => {}
                    }
                }
            }
        }
        Err(io::Error::other("it says more than it is asked"))
    }

    fn heard(&mut self) -> io::Result<Heard> {
        heard(&mut self.link)
    }

    /// The host, as it can be shown.
    pub fn shown(&self) -> String {
        visible_line(&self.host, 200)
    }

    fn lost(&self, e: &io::Error) -> Trouble {
        let said = self.until.ended().map_or_else(|| visible_line(&e.to_string(), 300), |e| e.to_string());
        self.until.not(format!("no whole answer from `{}`: {said}", self.shown()))
    }

    /// A no as what stops a step of which nothing was done.
    pub fn trouble(&self, no: No) -> Trouble {
        match no {
            No::Said(said) => Trouble::Not(format!("`{}` said no: {said}", self.shown())),
            No::Lost(trouble) => trouble,
        }
    }

    /// Takes leave; nobody waits for the answer.
    pub fn logout(&mut self) {
        let _ = self.link.say(b"z LOGOUT\r\n");
    }
}

/// What can stand in quotes, and is nothing but text there.
fn quotable(text: &str) -> bool {
    text.len() <= 1000 && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\')
}

fn starttls(link: &mut Link) -> io::Result<()> {
    let expect = |link: &mut Link, tag: &str| match heard(link)? {
        Heard::Status { tag: of, word, .. } if of == tag && word == "OK" => Ok(()),
        Heard::Status { text, .. } => Err(io::Error::other(format!("it does not change to TLS: `{text}`"))),
        Heard::Data(_) | Heard::Go => Err(io::Error::other("it does not change to TLS")),
    };
    expect(link, "*")?;
    link.say(b"a STARTTLS\r\n")?;
    expect(link, "a")
}

/// The next answer, with its literals.
fn heard(link: &mut Link) -> io::Result<Heard> {
    let mut all = Vec::new();
    loop {
        let line = link.line()?;
        all.extend_from_slice(&line);
        let Some(n) = announced(&line) else { break };
        if all.len().saturating_add(n) > MOST {
            return Err(io::Error::other("it says more than it is asked"));
        }
        all.extend_from_slice(b"\r\n");
        all.extend(link.take(n)?);
    }
    let bad = || io::Error::other("it does not speak IMAP");
    if all.first() == Some(&b'+') {
        return Ok(Heard::Go);
    }
    let mut words = all.splitn(3, |b| *b == b' ');
    let text = |word: Option<&[u8]>| word.map(|w| String::from_utf8_lossy(w).into_owned());
    let (tag, word) = (text(words.next()).ok_or_else(bad)?, text(words.next()).ok_or_else(bad)?);
    let word = word.to_ascii_uppercase();
    if matches!(word.as_str(), "OK" | "NO" | "BAD" | "BYE" | "PREAUTH") {
        let rest = words.next().unwrap_or_default();
        let inner = rest.strip_prefix(b"[").and_then(|r| r.get(..memchr::memchr(b']', r)?));
        let code = inner.and_then(values).unwrap_or_default();
        let text = visible_line(&String::from_utf8_lossy(rest), 300);
        return Ok(Heard::Status { tag, word, code, text });
    }
    let data = all.strip_prefix(b"* ").and_then(values).ok_or_else(bad)?;
    Ok(Heard::Data(data))
}

/// A mailbox's name as it goes over the wire: modified UTF-7 (RFC 3501, 5.1.3).
pub fn mailbox(name: &str) -> String {
    use base64::Engine as _;
    let flush = |held: &mut Vec<u8>, out: &mut String| {
        if !held.is_empty() {
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&held).replace('/', ",");
            out.push_str(&format!("&{text}-"));
            held.clear();
        }
    };
    let (mut out, mut held) = (String::new(), Vec::new());
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut held, &mut out);
            out.push(c);
            out.push_str(if c == '&' { "-" } else { "" });
        } else {
            held.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut held, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_goes_in_the_old_spelling() {
        for (name, expected) in [
            ("INBOX", "INBOX"),
            ("Entw\u{fc}rfe", "Entw&APw-rfe"),
            ("A&B", "A&-B"),
            ("\u{53f0}\u{5317}", "&U,BTFw-"),
            ("a\r\nb", "a&AA0ACg-b"),
        ] {
            assert_eq!(mailbox(name), expected, "{name:?}");
        }
    }

    #[test]
    fn what_could_be_a_command_is_no_quoted_text() {
        assert!(quotable("hello world"));
        for text in ["a\r\nA9 DELETE x", "a\"b", "a\\", "\u{e9}", "a\0"] {
            assert!(!quotable(text), "{text:?}");
        }
    }
}
