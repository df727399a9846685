//! SMTP as a client speaks it to submit one mail (RFC 5321, 6409, 4954).

use super::link::Link;
use crate::call::visible_line;
use crate::effects::Trouble;
use crate::effects::net::Until;
use crate::state::{Home, MailServer, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// Most bytes that a server may say.
const ROOM: u64 = 1 << 20;
/// Most lines of one answer.
const LINES: usize = 100;
/// How fleet calls itself: servers of submission take any name.
const HELLO: &str = "EHLO [127.0.0.1]\r\n";

/// A connection on which a mail can be handed over.
pub struct Smtp {
    link: Link,
    extensions: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its code.
    pub code: u16,
    /// Its text, in one line.
    pub text: String,
}

impl Said {
    /// Whether it is a yes.
    pub const fn yes(&self) -> bool {
        self.code / 100 == 2
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

/// How handing a mail over ended.
pub enum Handed {
    /// The server has it, for these recipients and not for those.
    Over { said: Said, accepted: Vec<String>, rejected: Vec<(String, Said)> },
    /// The server has not got it.
    Not(Trouble),
    /// It may have it: it did not say.
    Unknown(String),
}

impl Smtp {
    /// Greets `server` within TLS.
    ///
    /// # Errors
    /// [`Trouble`]: nothing of the owner's was sent.
    pub fn open(home: &Home, server: &MailServer, until: &Until) -> Result<Self, Trouble> {
        let begun = server.tls == crate::state::Safety::Starttls;
        let link = Link::open(home, server, starttls, until, ROOM)?;
        let mut smtp = Self { link, extensions: Vec::new() };
        let greeted = |smtp: &mut Self| {
            if !begun {
                expect(&mut smtp.link, 220)?;
            }
            smtp.link.say(HELLO.as_bytes())?;
            let (said, lines) = answer(&mut smtp.link)?;
            smtp.extensions = lines.into_iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
            said.yes().then_some(()).ok_or_else(|| io::Error::other(format!("it said `{said}`")))
        };
        match greeted(&mut smtp) {
            Ok(()) => Ok(smtp),
            Err(e) => Err(failed(until, &server.host, &e)),
        }
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn login(&mut self, host: &str, user: &str, secret: &Secret, until: &Until) -> Result<(), Trouble> {
        let ways: Vec<String> = self
            .extensions
            .iter()
            .filter_map(|line| line.strip_prefix("AUTH"))
            .flat_map(|rest| rest.split([' ', '=']).map(str::to_owned))
            .collect();
        let way = |name: &str| ways.iter().any(|way| way == name);
        let (user64, secret64) = (STANDARD.encode(user), STANDARD.encode(secret.reveal()));
        let said = if way("PLAIN") {
            let both = STANDARD.encode(format!("\0{user}\0{}", secret.reveal()));
            self.ask(&format!("AUTH PLAIN {both}\r\n"))
        } else if way("LOGIN") {
            let steps = ["AUTH LOGIN\r\n".to_owned(), format!("{user64}\r\n"), format!("{secret64}\r\n")];
            let mut said = Err(io::Error::other("nothing was asked"));
            for step in steps {
                said = self.ask(&step);
                if said.as_ref().map_or(true, |said| said.code != 334) {
                    break;
                }
            }
            said
        } else {
            return Err(Trouble::Not(format!(
                "`{}` offers no way to log in that fleet knows (PLAIN, LOGIN)",
                visible_line(host, 200)
            )));
        };
        match said {
            Ok(said) if said.code == 235 => Ok(()),
            // Its words may repeat what it was given.
            Ok(said) => {
                let why = if said.code / 100 == 4 { "for now" } else { "user or password is wrong" };
                let host = visible_line(host, 200);
                Err(Trouble::Not(format!("`{host}` refuses the login ({}): {why}", said.code)))
            }
            Err(e) => Err(failed(until, host, &e)),
        }
    }

    /// The most bytes of a mail that the server takes, if it says.
    pub fn size(&self) -> Option<u64> {
        self.extensions.iter().find_map(|line| line.strip_prefix("SIZE ")?.trim().parse().ok())
    }

    /// Hands `message` over: lines that end in CRLF, without transparency.
    pub fn hand_over(
        &mut self,
        host: &str,
        from: &str,
        to: &[String],
        message: &[u8],
        until: &Until,
    ) -> Handed {
        let (accepted, rejected) = match self.envelope(from, to) {
            Ok(Ok(both)) => both,
            Ok(Err(said)) => {
                self.quit();
                return Handed::Not(Trouble::Not(format!("not sent: {said}")));
            }
            Err(e) => return Handed::Not(failed(until, host, &e)),
        };
        if let Err(e) = self.link.say(&stuffed(message)) {
            return Handed::Not(failed(until, host, &e));
        }
        // From the first byte of this line on the server may have the mail, whatever is heard of it.
        let last = self.link.say(b".\r\n").and_then(|()| answer(&mut self.link));
        match last {
            Ok((said, _)) if said.yes() => {
                self.quit();
                Handed::Over { said, accepted, rejected }
            }
            Ok((said, _)) if matches!(said.code / 100, 4 | 5) => {
                self.quit();
                Handed::Not(Trouble::Not(format!("not sent: `{}` said {said}", visible_line(host, 200))))
            }
            Ok((said, _)) => Handed::Unknown(format!("its last answer was `{said}`")),
            Err(e) => Handed::Unknown(until.ended().map_or_else(|| words(&e), |ended| ended.to_string())),
        }
    }

    /// From whom and to whom, up to the word that begins the mail itself.
    fn envelope(&mut self, from: &str, to: &[String]) -> io::Result<Result<Recipients, String>> {
        let said = self.ask(&format!("MAIL FROM:<{from}>\r\n"))?;
        if !said.yes() {
            return Ok(Err(format!("the sender was refused: {said}")));
        }
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for address in to {
            let said = self.ask(&format!("RCPT TO:<{address}>\r\n"))?;
            match said.yes() {
                true => accepted.push(address.clone()),
                false => rejected.push((address.clone(), said)),
            }
        }
        if accepted.is_empty() {
            let all: Vec<_> =
                rejected.iter().map(|(to, said)| format!("{}: {said}", visible_line(to, 200))).collect();
            return Ok(Err(format!("no recipient was taken: {}", all.join("; "))));
        }
        let said = self.ask("DATA\r\n")?;
        match said.code {
            354 => Ok(Ok((accepted, rejected))),
            _ => Ok(Err(format!("the mail was refused: {said}"))),
        }
    }

    /// Takes leave; nobody waits for the answer.
    pub fn quit(&mut self) {
        let _ = self.link.say(b"QUIT\r\n");
    }

    fn ask(&mut self, line: &str) -> io::Result<Said> {
        self.link.say(line.as_bytes())?;
        answer(&mut self.link).map(|(said, _)| said)
    }
}

type Recipients = (Vec<String>, Vec<(String, Said)>);

fn starttls(link: &mut Link) -> io::Result<()> {
    expect(link, 220)?;
    link.say(HELLO.as_bytes())?;
    expect(link, 250)?;
    link.say(b"STARTTLS\r\n")?;
    expect(link, 220)
}

fn expect(link: &mut Link, code: u16) -> io::Result<()> {
    let (said, _) = answer(link)?;
    match said.code == code {
        true => Ok(()),
        false => Err(io::Error::other(format!("it said `{said}`"))),
    }
}

/// One answer, and the text of each of its lines.
fn answer(link: &mut Link) -> io::Result<(Said, Vec<String>)> {
    let mut lines = Vec::new();
    let bad = || io::Error::other("it does not speak SMTP");
    for _ in 0..LINES {
        let line = link.line()?;
        let (code, rest) = line.split_at_checked(3).ok_or_else(bad)?;
        let code: u16 = std::str::from_utf8(code).ok().and_then(|c| c.parse().ok()).ok_or_else(bad)?;
        let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned();
        lines.push(text);
        match rest.first() {
            Some(b'-') => {}
            Some(b' ') | None if (200..600).contains(&code) => {
                let text = visible_line(&lines.join(" "), 300);
                return Ok((Said { code, text }, lines));
            }
            Some(_) | None => return Err(bad()),
        }
    }
    Err(io::Error::other("it says more than it is asked"))
}

/// `message` with a dot before every line that begins with one, ended by CRLF.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    let mut begins = true;
    for byte in message {
        if begins && *byte == b'.' {
            out.push(b'.');
        }
        out.push(*byte);
        begins = *byte == b'\n';
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn failed(until: &Until, host: &str, e: &io::Error) -> Trouble {
    let said = until.ended().map_or_else(|| words(e), |ended| ended.to_string());
    until.not(format!("not sent: `{}`: {said}", visible_line(host, 200)))
}

fn words(e: &io::Error) -> String {
    visible_line(&e.to_string(), 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_mail_is_taken_for_its_end() {
        for (message, expected) in [
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            (".a\r\n", "..a\r\n"),
            ("a", "a\r\n"),
            ("", "\r\n"),
            ("a\r\n..b\r\n", "a\r\n...b\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(message.as_bytes())).unwrap(), expected, "{message:?}");
        }
    }
}
