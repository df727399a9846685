//! Mails: every recipient is read strictly, so that who gets the mail is who was judged and shown.

use super::pin::content_and_bytes;
use super::web::{host_name, readable};
use super::{Unresolved, bulk, looked_at, real};
use crate::call::{AbsPath, Address, Attachment, Mail, MailWanted, Malformed, Pin, Token, visible};
use crate::gate::world::World;
use crate::state::{Accounts, Redactor};

/// Longest subject: a header line of RFC 5322.
const SUBJECT: usize = 998;
/// Attachments up to this are looked at for credentials.
const SCANNED: usize = 4 << 20;

/// The effect of a mail.
///
/// # Errors
/// [`Unresolved`] for addresses and subjects that could be read in two ways.
pub fn resolve(wanted: MailWanted, world: &World<'_>) -> Result<Mail, Unresolved> {
    let MailWanted { account, to, cc, bcc, subject, text, attachments, in_reply_to } = wanted;
    one_line("subject", &subject)?;
    if subject.len() > SUBJECT {
        return Err(Malformed::new("subject", &subject, "is longer than 998 bytes").into());
    }
    if let Some(account) = &account {
        one_line("account", account)?;
    }
    if text.contains('\0') {
        return Err(Malformed::new("text", &text, "contains a NUL").into());
    }
    // Who it is from and who gets it first are part of what is approved.
    let accounts = Accounts::load(world.home)
        .map_err(|e| Unresolved::Io(world.home.accounts().display().to_string(), e.to_string()))?;
    let found = accounts.mail(account.as_deref());
    let via = found.and_then(|found| found.smtp.as_ref()).map(ToString::to_string);
    let all = |list: Vec<String>| list.iter().map(|one| address(one)).collect::<Result<Vec<_>, _>>();
    let mail = Mail {
        from: found.map(|found| found.address.clone()),
        account: found.map(|found| found.name.clone()).or(account),
        via,
        to: all(to)?,
        cc: all(cc)?,
        bcc: all(bcc)?,
        subject,
        text: bulk(text.into_bytes()),
        attachments: attachments.iter().map(|path| attachment(path, world)).collect::<Result<_, _>>()?,
        in_reply_to: in_reply_to.map(|id| message_id(&id)).transpose()?,
    };
    if mail.recipients().next().is_none() {
        return Err(Malformed::new("recipients", "", "are missing: name at least one").into());
    }
    Ok(mail)
}

fn attachment(path: &AbsPath, world: &World<'_>) -> Result<Attachment, Unresolved> {
    let path = real(path, world)?;
    // A folder is not hashed whole: the hand takes files only.
    let seen = looked_at(&path, world)?;
    if seen != Pin::Some {
        return Ok(Attachment { path, pin: seen, token: Token::None });
    }
    if world.places_only {
        return Ok(Attachment { path, pin: Pin::Unread, token: Token::None });
    }
    let (pin, bytes) = content_and_bytes(path.as_path(), SCANNED)?;
    let token = match bytes {
        None => Token::Unscanned,
        Some(bytes) if Redactor::of(world.home).finds(&String::from_utf8_lossy(&bytes)) => Token::Found,
        Some(_) => Token::None,
    };
    Ok(Attachment { path, pin, token })
}

/// Nothing that ends a header line, or that some program takes for its end.
fn one_line(what: &'static str, text: &str) -> Result<(), Malformed> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Malformed::new(what, text, "contains a control character or a line separator"));
    }
    Ok(())
}

fn message_id(text: &str) -> Result<String, Malformed> {
    let inner = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or_default();
    let plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\\');
    if text.len() <= SUBJECT && inner.split('@').count() == 2 && inner.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(Malformed::new("message id", text, "is not one: write it as `<id@host>`"))
    }
}

/// Reads `user@host`, `Name <user@host>` or `"Name" <user@host>`: one address, nothing else.
///
/// # Errors
/// [`Malformed`] for two addresses, groups, comments, encoded words and routes.
pub fn address(text: &str) -> Result<Address, Malformed> {
    let bad = |why: &str| Malformed::new("recipient", text, why);
    one_line("recipient", text)?;
    if text.contains("=?") {
        return Err(bad("holds an encoded word: write the address itself"));
    }
    if visible(text) != text {
        return Err(bad("contains a character that cannot be seen"));
    }
    let (name, spec) = split_name(text.trim()).map_err(bad)?;
    let (local, host) = split_spec(spec).map_err(bad)?;
    if local.len() > 64 || spec.len() > 254 {
        return Err(bad("is longer than an address can be"));
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let domain = match literal {
        Some(inner) => {
            let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
            let number = inner.parse::<std::net::IpAddr>();
            number.map_err(|e| bad(&format!("has no usable address after its `@`: {e}")))?.to_string()
        }
        None => host_name(host).map_err(|e| bad(&format!("has no usable domain: {e}")))?,
    };
    let reads = readable(&domain);
    let address = if literal.is_some() { format!("{local}@[{domain}]") } else { format!("{local}@{domain}") };
    Ok(Address { address, through: through(local), domain, reads, name })
}

/// The display name and what stands in the angle brackets, or the whole text.
fn split_name(text: &str) -> Result<(Option<String>, &str), &'static str> {
    let Some(before) = text.strip_suffix('>') else { return Ok((None, text)) };
    let (name, spec) = match before.strip_prefix('"') {
        Some(rest) => {
            let end = closing_quote(rest).ok_or("has a quote without its end")?;
            let (name, after) =
                (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
            let spec =
                after.trim_start().strip_prefix('<').ok_or("has something between name and address")?;
            (name.replace("\\\"", "\"").replace("\\\\", "\\"), spec)
        }
        None => {
            let (name, spec) = before.split_once('<').ok_or("has `>` without `<`")?;
            if name.contains(|c: char| "()<>[]:;@\\,\"".contains(c)) {
                return Err("has a name with characters that must stand in quotes");
            }
            (name.trim().to_owned(), spec)
        }
    };
    Ok((Some(name).filter(|n| !n.is_empty()), spec))
}

/// Where a quoted text ends.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// Local part and domain.
fn split_spec(spec: &str) -> Result<(&str, &str), &'static str> {
    let (local, host) = match spec.strip_prefix('"') {
        Some(rest) => {
            let end = closing_quote(rest).ok_or("has a quote without its end")?;
            let local = spec.get(..end + 2).unwrap_or_default();
            let host = spec.get(end + 2..).unwrap_or_default();
            (local, host.strip_prefix('@').ok_or("has no `@` after its quoted part")?)
        }
        None => {
            let (local, host) = spec.split_once('@').ok_or("has no `@`")?;
            let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
            if !local.chars().all(plain) {
                return Err("is not one address: one entry holds one, without group, comment or route");
            }
            if local.is_empty() || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
                return Err("has no usable part before its `@`");
            }
            (local, host)
        }
    };
    let literal = host.starts_with('[') && host.ends_with(']');
    let name = |c: char| c.is_alphanumeric() || "-._".contains(c) || !c.is_ascii();
    if !literal && !host.chars().all(name) {
        return Err("is not one address: one entry holds one, without group, comment or route");
    }
    Ok((local, host))
}

/// Domains that a local part names for relays that still read it so.
fn through(local: &str) -> Vec<String> {
    const RELAYED: [char; 3] = ['%', '!', '@'];
    let local = local.trim_matches('"');
    // A dot alone is part of a name: `first.last` names no domain.
    let parts = local.split(RELAYED).filter(|_| local.contains(RELAYED));
    parts.filter(|part| part.contains('.')).filter_map(|part| host_name(part).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_is_one_address_with_the_domain_that_gets_it() {
        for (text, expected, domain) in [
            ("a@known.example", "a@known.example", "known.example"),
            ("A.b+c@KNOWN.example.", "A.b+c@known.example", "known.example"),
            ("Ada L <a@known.example>", "a@known.example", "known.example"),
            ("\"x@known.example\" <e@denied.example>", "e@denied.example", "denied.example"),
            ("<a@known.example>", "a@known.example", "known.example"),
            ("\"a@known.example\"@denied.example", "\"a@known.example\"@denied.example", "denied.example"),
            ("a@b\u{fc}cher.example", "a@xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a@[127.0.0.1]", "a@[127.0.0.1]", "127.0.0.1"),
        ] {
            let read = address(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((read.address.as_str(), read.domain.as_str()), (expected, domain), "{text}");
        }
        let through = |text: &str| address(text).unwrap().through;
        assert_eq!(through("e%denied.example@known.example"), ["denied.example"]);
        assert_eq!(through("a.b!e@known.example"), ["a.b"]);
        assert_eq!(through("first.last@known.example"), [] as [&str; 0]);
        assert_eq!(address("a@xn--bcher-kva.example").unwrap().reads.as_deref(), Some("b\u{fc}cher.example"));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_malformed() {
        for bad in [
            "",
            "a",
            "@known.example",
            "a@",
            "a@known.example, b@known.example",
            "a@known.example;b@known.example",
            "a@known.example b@known.example",
            "a@b@known.example",
            "team: a@known.example, b@known.example;",
            "undisclosed-recipients:;",
            "a(c)@known.example",
            "a@known.example(c)",
            "=?utf-8?q?e=40denied.example?=",
            "=?utf-8?q?Ada?= <a@known.example>",
            "<@relay.example:a@known.example>",
            "a@known.example\r\nBcc: e@evil.example",
            "a@known.example\u{2028}",
            "a@known\u{85}.example",
            "a@kn\u{200b}own.example",
            "Ada, B <a@known.example>",
            "a <b@known.example> c",
            "\"a <b@known.example>",
            "a..b@known.example",
            "a@known..example",
            "a@known.example>",
        ] {
            assert!(address(bad).is_err(), "{bad:?}");
        }
        assert!(address(&format!("{}@known.example", "a".repeat(65))).is_err());
    }

    #[test]
    fn a_message_id_is_in_brackets() {
        assert!(message_id("<a.b@host>").is_ok());
        for bad in ["a@b", "<a>", "<a@b>x", "<a@b\r\n>", "<a@b,c>"] {
            assert!(message_id(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_is_read_again_as_itself(text in "(\\PC|[a-z.]|@|\"|<|>|\\\\|example|\\[::1\\]){0,20}") {
            if let Ok(read) = address(&text) {
                let again = address(&read.address);
                proptest::prop_assert_eq!(again.map(|a| (a.address, a.domain)), Ok((read.address, read.domain)));
            }
        }
    }
}
