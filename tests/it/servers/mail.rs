//! Recorders with the wire format of SMTP and IMAP, which also say no, lie and hang up.

use super::{Handler, Talk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Arc, Mutex};

pub const USER: &str = "ada";
pub const PASSWORD: &str = "app-Password_0123";

/// What a server of mail holds, and how it is minded.
#[derive(Default)]
pub struct Post {
    /// Mails that it took, each with its envelope.
    pub taken: Mutex<Vec<Taken>>,
    /// Copies that were appended, each with its mailbox.
    pub copies: Mutex<Vec<(String, Vec<u8>)>>,
    /// The next connection's mood; then it is well.
    pub mood: Mutex<Option<Mood>>,
    /// All commands but those that hold a password.
    pub heard: Mutex<Vec<String>>,
}

#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It hangs up instead of greeting, after the sender, within the mail, before its last answer.
    CutAtOnce,
    CutAfterMail,
    CutInData,
    CutAfterDot,
    /// It takes the mail and then refuses it, for ever or for now.
    NoAfterDot,
    LaterAfterDot,
    /// It offers no TLS.
    NoTls,
    /// It says more before TLS than it is asked.
    Ahead,
    /// A literal that is longer than anything that comes.
    Lies,
    /// It says without end.
    Endless,
}

fn line(talk: &mut dyn Talk) -> Option<String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") {
        if !matches!(talk.read(&mut byte), Ok(1)) {
            return None;
        }
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    Some(String::from_utf8_lossy(&line).into_owned())
}

fn say(talk: &mut dyn Talk, text: &str) -> Option<()> {
    talk.write_all(text.as_bytes()).ok()?;
    talk.flush().ok()
}

impl Post {
    fn mood(&self) -> Option<Mood> {
        *self.mood.lock().unwrap()
    }
    pub fn minded(&self, mood: Option<Mood>) {
        *self.mood.lock().unwrap() = mood;
    }
    fn heard(&self, line: &str) {
        self.heard.lock().unwrap().push(line.to_owned());
    }
}

/// SMTP. `begun` if TLS began with a word in the open, after which nobody is greeted again.
pub fn smtp(post: &Arc<Post>, begun: bool) -> Arc<Handler> {
    let post = Arc::clone(post);
    Arc::new(move |talk, _| {
        let _ = serve_smtp(&post, talk, begun);
    })
}

fn serve_smtp(post: &Post, talk: &mut dyn Talk, begun: bool) -> Option<()> {
    let mood = post.mood();
    if mood == Some(Mood::CutAtOnce) {
        return None;
    }
    if !begun {
        say(talk, "220 mail.example ESMTP\r\n")?;
    }
    let (mut from, mut to, mut known) = (String::new(), Vec::new(), false);
    loop {
        let line = line(talk)?;
        let upper = line.to_ascii_uppercase();
        if !upper.starts_with("AUTH") {
            post.heard(&line);
        }
        let address = || line.split_once('<').unwrap().1.trim_end_matches('>').to_owned();
        if upper.starts_with("EHLO") {
            say(talk, "250-mail.example\r\n250-SIZE 40000000\r\n250 AUTH PLAIN LOGIN\r\n")?;
        } else if let Some(given) = line.strip_prefix("AUTH PLAIN ") {
            known = given == STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
            let no = format!("535 5.7.8 wrong: {given}\r\n");
            say(talk, if known { "235 welcome\r\n" } else { &no })?;
        } else if upper.starts_with("MAIL FROM") {
            from = address();
            say(talk, if known { "250 ok\r\n" } else { "530 log in first\r\n" })?;
            if mood == Some(Mood::CutAfterMail) {
                return None;
            }
        } else if upper.starts_with("RCPT TO") {
            let who = address();
            if who.starts_with("reject") {
                say(talk, "550-5.1.1 no such\r\n550 5.1.1 user here\r\n")?;
            } else if who.starts_with("later") {
                say(talk, "450 4.2.0 greylisted\r\n")?;
            } else {
                to.push(who);
                say(talk, "250 ok\r\n")?;
            }
        } else if upper == "DATA" {
            say(talk, "354 go on\r\n")?;
            if mood == Some(Mood::CutInData) {
                let mut some = [0; 100];
                talk.read_exact(&mut some).ok()?;
                return None;
            }
            let (mut bytes, mut byte) = (Vec::new(), [0]);
            while !bytes.ends_with(b"\r\n.\r\n") {
                talk.read_exact(&mut byte).ok()?;
                bytes.push(byte[0]);
            }
            bytes.truncate(bytes.len() - 3);
            match mood {
                Some(Mood::NoAfterDot) => say(talk, "554 5.7.1 looks like spam\r\n")?,
                Some(Mood::LaterAfterDot) => say(talk, "451 4.3.0 try later\r\n")?,
                _ => {
                    let (from, to) = (from.clone(), std::mem::take(&mut to));
                    post.taken.lock().unwrap().push(Taken { from, to, bytes });
                    match mood {
                        Some(Mood::CutAfterDot) => return None,
                        _ => say(talk, "250 2.0.0 queued\r\n")?,
                    }
                }
            }
        } else if upper == "QUIT" {
            return say(talk, "221 bye\r\n");
        } else {
            say(talk, "502 what\r\n")?;
        }
    }
}

/// IMAP as far as accounts are proven and copies kept.
pub fn imap(post: &Arc<Post>) -> Arc<Handler> {
    let post = Arc::clone(post);
    Arc::new(move |talk, _| {
        let _ = serve_imap(&post, talk);
    })
}

fn serve_imap(post: &Post, talk: &mut dyn Talk) -> Option<()> {
    let mood = post.mood();
    say(talk, "* OK IMAP4rev1 ready\r\n")?;
    loop {
        // A command with its literals.
        let (mut command, mut literals) = (line(talk)?, Vec::new());
        while let Some(n) =
            command.strip_suffix('}').and_then(|c| c.rsplit_once('{')?.1.parse::<usize>().ok())
        {
            say(talk, "+ go on\r\n")?;
            let mut literal = vec![0; n];
            talk.read_exact(&mut literal).ok()?;
            command = format!("{}~{}", command.rsplit_once('{').unwrap().0, line(talk)?);
            literals.push(literal);
        }
        let (tag, rest) = command.split_once(' ')?;
        if !rest.starts_with("LOGIN") {
            post.heard(rest);
        }
        let done = match rest.split(' ').next()? {
            "LOGIN" if rest == format!("LOGIN \"{USER}\" \"{PASSWORD}\"") => "OK welcome".to_owned(),
            "LOGIN" => format!("NO wrong: {rest}"),
            "CAPABILITY" => {
                say(talk, "* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n")?;
                "OK".into()
            }
            "EXAMINE" if mood == Some(Mood::Lies) => {
                return say(talk, "* 1 FETCH (BODY[] {39000000}\r\nshort\r\n");
            }
            "EXAMINE" if mood == Some(Mood::Endless) => loop {
                say(talk, &"x".repeat(4096))?;
            },
            "EXAMINE" => {
                say(talk, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \"unbalanced ( text\r\n")?;
                "OK [READ-ONLY] done".into()
            }
            "STATUS" if rest.contains("Trash") => "NO [NONEXISTENT] no such mailbox".into(),
            "STATUS" => {
                say(talk, "* STATUS \"x\" (UIDVALIDITY 7)\r\n")?;
                "OK".into()
            }
            "APPEND" => {
                let mailbox = rest.split('"').nth(1).unwrap().to_owned();
                post.copies.lock().unwrap().push((mailbox, literals.pop().unwrap()));
                "OK [APPENDUID 7 42] done".into()
            }
            "LOGOUT" => return say(talk, &format!("* BYE\r\n{tag} OK\r\n")),
            _ => "BAD what".into(),
        };
        say(talk, &format!("{tag} {done}\r\n"))?;
    }
}

/// `within` after STARTTLS was asked for in the open, by SMTP.
pub fn starttls(post: &Arc<Post>, config: Arc<rustls::ServerConfig>, within: Arc<Handler>) -> Arc<Handler> {
    let (post, within) = (Arc::clone(post), super::tls::within(config, within));
    Arc::new(move |talk, life| {
        let mut open = || -> Option<bool> {
            say(talk, "220 mail.example ESMTP\r\n")?;
            let _ = line(talk)?;
            say(talk, "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")?;
            let asked = line(talk)?;
            post.heard(&asked);
            match post.mood() {
                Some(Mood::NoTls) => {
                    say(talk, "454 TLS not available\r\n")?;
                    // What comes now would be in the open.
                    post.heard(&line(talk)?);
                    None
                }
                Some(Mood::Ahead) => {
                    say(talk, "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")?;
                    Some(true)
                }
                _ => {
                    say(talk, "220 go\r\n")?;
                    Some(true)
                }
            }
        };
        if open() == Some(true) {
            within(talk, life);
        }
    })
}
