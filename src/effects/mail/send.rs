//! Sending: one mail, handed over at most once, then a copy into the account's own mailbox.

use super::compose::{File, compose};
use super::imap::{Imap, Piece, mailbox};
use super::password;
use super::smtp::{Handed, Smtp};
use crate::call::{Attachment, Happened, Mail, MailCopy, Pin, visible_line};
use crate::canon::sha256;
use crate::effects::net::Until;
use crate::effects::{Hand, Step, Trouble};
use crate::state::{Accounts, MailAccount, Secret, clock};
use std::io::Read as _;

/// How long handing it over may take.
const SECONDS: u32 = 300;
/// How long keeping the copy may take.
const COPY: u32 = 60;
/// Most bytes of all files together.
const FILES: u64 = 24 << 20;

pub fn send(hand: &Hand<'_>, mail: &Mail) -> Step {
    let account = account(hand, mail)?;
    let Some(server) = account.smtp.as_ref().filter(|s| Some(s.to_string()) == mail.via) else {
        return Err(Trouble::changed(format!("the mail account {}", account.name)));
    };
    let files = files(&mail.attachments)?;
    if let Some(odd) = mail.recipients().map(|r| &r.address).chain(&mail.from).find(|a| !a.is_ascii()) {
        let shown = visible_line(odd, 200);
        return Err(Trouble::Not(format!(
            "`{shown}` is not ASCII before its `@`: fleet does not send there"
        )));
    }
    let domain = account.address.rsplit_once('@').map_or("fleet.invalid", |(_, domain)| domain);
    // The id of the call: with it a mail is found again of which nobody said whether it was taken.
    let id = format!("{}.{}@{domain}", hand.judged.call().id, hand.nth);
    let message = compose(mail, &account.address, &id, clock::now(), files)
        .map_err(|e| Trouble::Not(format!("the mail could not be made: {e}")))?;
    let secret = password(hand.home, &account)?;
    // Whoever replaces an account meanwhile takes the old password away first: this one is for these servers.
    if self::account(hand, mail)? != account {
        return Err(Trouble::changed(format!("the mail account {}", account.name)));
    }
    let until = Until::within(hand, SECONDS);
    let mut smtp = Smtp::open(hand.home, server, &until)?;
    smtp.login(&server.host, &account.user, &secret, &until)?;
    if smtp.size().is_some_and(|most| most > 0 && u64::try_from(message.len()).is_ok_and(|n| n > most)) {
        smtp.quit();
        return Err(Trouble::Not(format!(
            "not sent: the mail has {} bytes, and `{}` takes {}",
            message.len(),
            server.host,
            smtp.size().unwrap_or_default()
        )));
    }
    let mut to: Vec<String> = mail.recipients().map(|r| r.address.clone()).collect();
    to.sort();
    to.dedup();
    match smtp.hand_over(&server.host, &account.address, &to, &message, &until) {
        Handed::Not(trouble) => Err(trouble),
        Handed::Unknown(said) => Err(Trouble::Unknown(format!(
            "the mail was handed to `{}`, which did not say whether it has it: {said}; look for message \
             `<{id}>` before you close this with `fleet audit resolve`",
            server.host
        ))),
        Handed::Over { said, accepted, rejected } => Ok(Happened::Mailed {
            account: account.name.clone(),
            message_id: format!("<{id}>"),
            code: said.code,
            accepted,
            rejected: rejected.into_iter().map(|(to, said)| (to, said.to_string())).collect(),
            copy: copy(hand, &account, &secret, &message),
        }),
    }
}

/// The account, if it is the one that was judged.
fn account(hand: &Hand<'_>, mail: &Mail) -> Result<MailAccount, Trouble> {
    if mail.via.is_none() || mail.from.is_none() {
        return Err(Trouble::Not(match &mail.account {
            Some(name) => format!("there is no mail account `{}` that can send", visible_line(name, 64)),
            None => "there is no mail account: `fleet account add mail NAME …` sets one up".into(),
        }));
    }
    let accounts = Accounts::load(hand.home).map_err(|e| Trouble::Not(e.to_string()))?;
    let found = accounts.mail(mail.account.as_deref()).filter(|a| Some(&a.address) == mail.from.as_ref());
    let name = mail.account.as_deref().unwrap_or_default();
    found.cloned().ok_or_else(|| Trouble::changed(format!("the mail account {name}")))
}

/// The files, each read once and as it was judged: what goes is what was hashed.
fn files(all: &[Attachment]) -> Result<Vec<File>, Trouble> {
    let mut room = FILES;
    let mut files = Vec::new();
    for one in all {
        let shown = visible_line(one.path.as_str(), 300);
        let Pin::File { sha256: judged, .. } = &one.pin else {
            return Err(Trouble::Not(format!("`{shown}` is no file that can go with a mail")));
        };
        let mut bytes = Vec::new();
        let file = crate::state::durable::open_read(one.path.as_path());
        file.and_then(|file| file.take(room + 1).read_to_end(&mut bytes))
            .map_err(|e| Trouble::io("read", &shown, &e))?;
        room = room
            .checked_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            .ok_or_else(|| Trouble::Not(format!("the files have more than {} MiB together", FILES >> 20)))?;
        if sha256(&bytes) != *judged {
            return Err(Trouble::changed(shown));
        }
        let name = one.path.as_path().file_name().map(|n| n.to_string_lossy().into_owned());
        files.push(File { name: visible_line(&name.unwrap_or_default(), 200), bytes });
    }
    Ok(files)
}

/// Keeps a copy where the account has them. The mail is sent, whatever becomes of this.
fn copy(hand: &Hand<'_>, account: &MailAccount, secret: &Secret, message: &[u8]) -> MailCopy {
    let (Some(server), Some(sent)) = (&account.imap, &account.sent) else { return MailCopy::ByServer };
    let until = Until::within(hand, COPY);
    let kept = || -> Result<MailCopy, Trouble> {
        let mut imap = Imap::open(hand.home, server, &account.user, secret, &until)?;
        let wire = mailbox(sent);
        let answer = imap
            .ask(&[
                Piece::Word("APPEND "),
                Piece::Text(&wire),
                Piece::Word(" (\\Seen) "),
                Piece::Bytes(message),
            ])
            .map_err(|no| imap.trouble(no))?;
        imap.logout();
        let uid = answer.code("APPENDUID").and_then(|values| values.get(1)?.number());
        Ok(MailCopy::Kept { mailbox: sent.clone(), uid })
    };
    match kept() {
        Ok(copy) => copy,
        Err(Trouble::Not(why) | Trouble::Braked(why) | Trouble::Unknown(why)) => MailCopy::Not(why),
    }
}
