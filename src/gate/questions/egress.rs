//! Would a credential leave this machine?

use super::Draft;
use crate::call::{Answer, Attachment, Effect, GitChange, GitPush, Reason, Remote, Token, visible_line};
use crate::gate::world::World;
use crate::state::Redactor;
use std::borrow::Cow;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found = Vec::new();
    let secrets = Redactor::of(world.home);
    for (place, text) in draft.effects.iter().flat_map(leaving) {
        // Escapes hide a token from a look, and nobody at the other end is fooled by them.
        let once = percent_decoded(&text);
        let twice = percent_decoded(&once);
        if [&*text, &*once, &*twice].into_iter().any(|text| secrets.finds(text)) {
            let message =
                format!("{place} holds what looks like a credential, and it would leave this machine");
            found.push((Answer::Block, Reason::built_in("secret-leaves", message)));
        }
    }
    for file in draft.effects.iter().flat_map(attached) {
        let path = visible_line(file.path.as_str(), 200);
        found.extend(match file.token {
            Token::None => None,
            Token::Found => {
                let message =
                    format!("`{path}` holds what looks like a credential, and it would leave this machine");
                Some((Answer::Block, Reason::built_in("secret-leaves", message)))
            }
            Token::Unscanned => {
                let message = format!(
                    "`{path}` is too large to be searched for credentials, and it would leave this machine"
                );
                Some((Answer::Ask, Reason::built_in("not-searched", message)))
            }
        });
    }
    for push in draft.effects.iter().filter_map(pushed) {
        if push.token {
            let message = "a commit holds what looks like a credential, and it would leave this machine";
            found.push((Answer::Block, Reason::built_in("secret-leaves", message)));
        }
        if let Some(why) = &push.unread {
            let message = format!("whether a credential would leave this machine could not be told: {why}");
            found.push((Answer::Ask, Reason::built_in("unread", message)));
        }
    }
    found
}

fn attached(effect: &Effect) -> &[Attachment] {
    if let Effect::Mail(mail) = effect { &mail.attachments } else { &[] }
}

const fn pushed(effect: &Effect) -> Option<&GitPush> {
    if let Effect::GitChange(GitChange::Push(push)) = effect { Some(push) } else { None }
}

/// Texts of the caller that leave this machine, each with what it is.
fn leaving(effect: &Effect) -> Vec<(&'static str, Cow<'_, str>)> {
    match effect {
        Effect::Web(e) => {
            let mut texts = vec![("the address", Cow::Owned(format!("{} {}", e.host, e.target)))];
            texts.extend(
                e.headers.iter().map(|h| ("a header", Cow::Owned(format!("{}: {}", h.name, h.value)))),
            );
            texts.push(("the body", String::from_utf8_lossy(&e.body.bytes)));
            texts
        }
        Effect::Mail(e) => {
            let names =
                e.recipients().map(|r| format!("{} {}", r.address, r.name.as_deref().unwrap_or_default()));
            let mut texts: Vec<_> = names.map(|name| ("a recipient", Cow::Owned(name))).collect();
            texts.push(("the subject", Cow::Borrowed(e.subject.as_str())));
            texts.push(("the text", String::from_utf8_lossy(&e.text.bytes)));
            texts
        }
        Effect::Remote(e) => remote(e),
        Effect::Spawn(e) if e.network || !e.hosts.is_empty() => {
            let stages = e.steps.iter().flat_map(|step| &step.pipeline);
            let arguments = stages.flat_map(|stage| &stage.argv).chain(&e.line);
            let mut texts: Vec<_> = arguments.map(|a| ("an argument", Cow::Borrowed(a.as_str()))).collect();
            texts.push(("the input", String::from_utf8_lossy(&e.stdin.bytes)));
            texts
        }
        Effect::FileRead(_)
        | Effect::FileList(_)
        | Effect::FileWrite(_)
        | Effect::FileMove(_)
        | Effect::FileTrash(_)
        | Effect::GitRead(_)
        | Effect::GitBranchDelete(_)
        | Effect::FileRestore(_)
        | Effect::GitBranchRestore(_)
        | Effect::Spawn(_)
        | Effect::Look(_)
        | Effect::Fleet(_)
        | Effect::Stop(_)
        | Effect::GitChange(_)
        | Effect::Screen(_)
        | Effect::Model(_)
        | Effect::Extract(_) => Vec::new(),
        Effect::Shortcut(e) => vec![("the input", String::from_utf8_lossy(&e.input.bytes))],
    }
}

fn remote(remote: &Remote) -> Vec<(&'static str, Cow<'_, str>)> {
    match remote {
        Remote::Dns(e) => vec![("the name", Cow::Borrowed(e.name.as_str()))],
        Remote::Tls(e) => vec![("the host", Cow::Borrowed(e.host.as_str()))],
        Remote::Discord(e) => vec![("the message", Cow::Borrowed(e.text.as_str()))],
        Remote::Withdraw(_) => Vec::new(),
    }
}

/// `text` with `%41` and the like read.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (first, after) {
            (b'%', [high, low, after @ ..]) if digit(high).is_some() && digit(low).is_some() => {
                out.push(digit(high).unwrap_or_default() * 16 + digit(low).unwrap_or_default());
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_what_is_none_is_kept() {
        assert_eq!(percent_decoded("a%67hp%5Fx%zz%4"), "aghp_x%zz%4");
        assert_eq!(percent_decoded("%2567"), "%67");
        assert_eq!(percent_decoded("%4z%z4%"), "%4z%z4%");
    }
}
