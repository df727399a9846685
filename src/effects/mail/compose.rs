//! A mail as it goes over the wire: made by the library from values that the resolver read, so that no
//! text of a caller is ever a header line.

use crate::call::{Address, Mail};
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Written;
use mail_builder::mime::MimePart;
use std::io;

/// A file that goes with a mail.
pub struct File {
    /// Its name, without its folder.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The message that `mail` is, from `from`, with this id. Whom the others do not see is not in it.
///
/// # Errors
/// The library's.
pub fn compose(mail: &Mail, from: &str, id: &str, now: Timestamp, files: Vec<File>) -> io::Result<Vec<u8>> {
    let all = |list: &[Address]| Written::new_list(list.iter().map(written).collect());
    let text = String::from_utf8_lossy(&mail.text.bytes).into_owned();
    let mut message = MessageBuilder::new()
        .from(Written::new_address(None::<&str>, from.to_owned()))
        .date(now.as_second())
        .message_id(id.to_owned())
        .subject(mail.subject.clone());
    if !mail.to.is_empty() {
        message = message.to(all(&mail.to));
    }
    if !mail.cc.is_empty() {
        message = message.cc(all(&mail.cc));
    }
    if let Some(answers) = &mail.in_reply_to {
        let inner = answers.trim_start_matches('<').trim_end_matches('>').to_owned();
        message = message.in_reply_to(inner.clone()).references(inner);
    }
    let text = MimePart::new("text/plain", text);
    let body = if files.is_empty() {
        text
    } else {
        let part = |file: File| MimePart::new("application/octet-stream", file.bytes).attachment(file.name);
        MimePart::new(
            "multipart/mixed",
            std::iter::once(text).chain(files.into_iter().map(part)).collect::<Vec<_>>(),
        )
    };
    Ok(lines(&message.body(body).write_to_vec()?))
}

fn written(address: &Address) -> Written<'static> {
    Written::new_address(address.name.clone(), address.address.clone())
}

/// Every line ends in CRLF, and nothing else ends one: what servers read in different ways is not sent.
fn lines(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 32);
    let mut rest = message.iter().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\r' => {
                let _ = rest.next_if(|next| **next == b'\n');
                out.extend_from_slice(b"\r\n");
            }
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(*other),
        }
    }
    out
}
