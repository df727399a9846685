//! What an account can do, proven on its servers. Nothing is changed there, and no mail is sent.

use super::imap::{Imap, Piece, mailbox};
use super::password;
use super::smtp::Smtp;
use crate::call::{Bulk, Header, Method, Web, visible_line};
use crate::canon::sha256;
use crate::effects::Trouble;
use crate::effects::http::{Exchange, Failed};
use crate::effects::net::{self, Until};
use crate::notify::discord;
use crate::state::{Accounts, Home, MailAccount, Secrets};
use serde::Serialize;
use std::time::Duration;

/// How long each server may take.
const SECONDS: u32 = 30;
const TIME: Duration = Duration::from_secs(30);

/// One thing that an account is for, and whether it was seen to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// What.
    pub what: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// What was seen, in plain words.
    pub says: String,
}

impl Proven {
    fn of(what: &'static str, tried: Result<String, Trouble>) -> Self {
        match tried {
            Ok(says) => Self { what, ok: true, says },
            Err(Trouble::Not(says) | Trouble::Braked(says) | Trouble::Unknown(says)) => {
                Self { what, ok: false, says }
            }
        }
    }
}

/// Proves what the account with the stored credential `secret` is for. `mail` names a mail account,
/// `discord` a channel; what neither names has nothing that could be tried.
pub fn prove(home: &Home, mail: Option<&str>, channel: Option<&str>) -> Vec<Proven> {
    let mut all = Vec::new();
    if let Some(name) = mail {
        match Accounts::load(home) {
            Ok(accounts) => match accounts.mail(Some(name)) {
                Some(account) => all.extend(of_mail(home, account)),
                None => all.push(Proven::of("account", Err(Trouble::Not("there is none".into())))),
            },
            Err(e) => all.push(Proven::of("account", Err(Trouble::Not(e.to_string())))),
        }
    }
    if let Some(name) = channel {
        all.push(Proven::of("post", posts(home, name)));
    }
    all
}

fn of_mail(home: &Home, account: &MailAccount) -> Vec<Proven> {
    let mut all = Vec::new();
    match &account.imap {
        None => all.push(Proven::of("read", Err(Trouble::Not("no IMAP server is set up".into())))),
        Some(_) => {
            let until = Until::looking(home, TIME);
            match reads(home, account, &until) {
                Ok(proven) => all.extend(proven),
                Err(trouble) => all.push(Proven::of("read", Err(trouble))),
            }
        }
    }
    all.push(Proven::of("send", sends(home, account)));
    all
}

/// Looks at the mailboxes without opening one for a change.
fn reads(home: &Home, account: &MailAccount, until: &Until) -> Result<Vec<Proven>, Trouble> {
    let Some(server) = &account.imap else { return Ok(Vec::new()) };
    let secret = password(home, account)?;
    let mut imap = Imap::open(home, server, &account.user, &secret, until)?;
    let mut all = Vec::new();
    let inbox = imap.ask(&[Piece::Word("EXAMINE INBOX")]).map_err(|no| imap.trouble(no)).map(|answer| {
        let count = answer.data.iter().find(|d| d.get(1).is_some_and(|w| w.is("EXISTS")));
        let count: Option<u32> = count.and_then(|d| d.first()?.number());
        format!("{server}: logged in, {} mails in INBOX", count.unwrap_or_default())
    });
    all.push(Proven::of("read", inbox));
    for (what, name) in
        [("drafts", Some(&account.drafts)), ("trash", Some(&account.trash)), ("sent", account.sent.as_ref())]
    {
        let Some(name) = name else { continue };
        let wire = mailbox(name);
        let answer = imap.ask(&[Piece::Word("STATUS "), Piece::Text(&wire), Piece::Word(" (UIDVALIDITY)")]);
        let shown = visible_line(name, 100);
        let seen = match answer {
            Ok(_) => Ok(format!("mailbox `{shown}` is there")),
            Err(no) => match imap.trouble(no) {
                Trouble::Not(said) => Err(Trouble::Not(format!("mailbox `{shown}`: {said}"))),
                other @ (Trouble::Braked(_) | Trouble::Unknown(_)) => Err(other),
            },
        };
        all.push(Proven::of(what, seen));
    }
    let moves = match (imap.can("MOVE"), imap.can("UIDPLUS")) {
        (true, true) => Ok("moves and flags can be taken back (MOVE, UIDPLUS)".to_owned()),
        _ => Err(Trouble::Not("the server has not both MOVE and UIDPLUS: mails are not moved".into())),
    };
    all.push(Proven::of("move", moves));
    imap.logout();
    Ok(all)
}

/// Logs in where mail is sent, and leaves.
fn sends(home: &Home, account: &MailAccount) -> Result<String, Trouble> {
    let Some(server) = &account.smtp else { return Err(Trouble::Not("no SMTP server is set up".into())) };
    let secret = password(home, account)?;
    let until = Until::looking(home, TIME);
    let mut smtp = Smtp::open(home, server, &until)?;
    smtp.login(&server.host, &account.user, &secret, &until)?;
    let size = smtp.size().map(|n| format!(", mails up to {} MiB", n >> 20)).unwrap_or_default();
    smtp.quit();
    Ok(format!("{server}: logged in as {}{size}; nothing was sent", visible_line(&account.user, 100)))
}

/// Asks Discord about the webhook, which posts nothing.
fn posts(home: &Home, channel: &str) -> Result<String, Trouble> {
    let stored = Secrets::of(home).get(&format!("discord:{channel}"));
    if stored.map_err(|e| Trouble::Not(e.to_string()))?.is_none() {
        return Err(Trouble::Not("no webhook is stored".into()));
    }
    let webhook = discord::of_channel(home, channel)
        .ok_or_else(|| Trouble::Not("what is stored is not the address of a webhook".into()))?;
    let until = Until::looking(home, TIME);
    let target = webhook.posts().replace("?wait=true", "");
    let agent = Header { name: "user-agent".into(), value: discord::AGENT.into() };
    let web = Web {
        method: Method::Get,
        scheme: "https".into(),
        host: discord::HOST.into(),
        reads: None,
        port: 443,
        target,
        userinfo: false,
        doubts: Vec::new(),
        headers: vec![agent],
        body: Bulk { sha256: sha256(b""), bytes: Vec::new() },
        secret: None,
        max_bytes: 64 * 1024,
        timeout_s: SECONDS,
    };
    let addresses = net::judged(home, &web.host, &until)?;
    let exchange = Exchange { web: &web, addresses: &addresses, secret: None, until: &until };
    let hidden = |said: String| Trouble::Not(visible_line(&webhook.hide(&said), 400));
    match exchange.make(home).map_err(|failed: Failed| failed.trouble(true, &web.host, &until)) {
        Ok(answer) if answer.status == 200 => {
            Ok(format!("Discord knows webhook {}; nothing was posted", webhook.id()))
        }
        Ok(answer) => {
            Err(Trouble::Not(format!("Discord answers {}: the webhook is of no use", answer.status)))
        }
        Err(Trouble::Not(said) | Trouble::Unknown(said)) => Err(hidden(said)),
        Err(braked @ Trouble::Braked(_)) => Err(braked),
    }
}
