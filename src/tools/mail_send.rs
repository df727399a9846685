//! Send a mail.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, Happened, MailCopy, MailWanted, Risk, Wanted};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// Most entries of one list: above the most recipients that a mail may have, so that the gate says
/// why more do not go.
const MOST: usize = 500;

pub struct MailSend;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// From which account; the first if left out.
    #[serde(default)]
    #[schemars(with = "String")]
    account: Option<String>,
    /// Recipients, an entry each: `user@host` or `Name <user@host>`.
    #[serde(default)]
    to: Vec<String>,
    /// Recipients of a copy.
    #[serde(default)]
    cc: Vec<String>,
    /// Recipients that the others do not see.
    #[serde(default)]
    bcc: Vec<String>,
    /// Its subject, one line.
    subject: String,
    /// Its text.
    text: String,
    /// Files that go with it.
    #[serde(default, deserialize_with = "files")]
    attachments: Vec<File>,
    /// The message that it answers, as `<id@host>`.
    #[serde(default)]
    #[schemars(with = "String")]
    in_reply_to: Option<String>,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// The file, from `/` or `~/`.
    path: AbsPath,
}

/// A file as it may be written: `{"path": …}`, or the path alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Path(AbsPath),
    File(File),
}

fn files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<File>, D::Error> {
    let written = Vec::<Written>::deserialize(from)?;
    let file = |written| match written {
        Written::Path(path) => File { path },
        Written::File(file) => file,
    };
    Ok(written.into_iter().map(file).collect())
}

impl Typed for MailSend {
    type Args = Args;
    const CARD: Card = Card {
        name: "mail_send",
        family: "mail",
        risk: Risk::High,
        effect: EffectClass::ExternalSend,
        about: "Sends a plain-text mail, with files if wanted, after a person approved exactly that.",
        undo: "cannot be undone",
        bulk: &["text"],
        needs: None,
        example: r#"{"to":["ada@example.org"],"subject":"Minutes","text":"Hello Ada\n"}"#,
    };
    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { account, to, cc, bcc, subject, text, attachments, in_reply_to } = args;
        let counts = [to.len() + cc.len() + bcc.len(), attachments.len()];
        if let Some(many) = counts.into_iter().find(|n| *n > MOST) {
            return Err(Unclear::Args(format!("{many} entries: expected at most {MOST}")));
        }
        let attachments = attachments.into_iter().map(|file| file.path).collect();
        let wanted = MailWanted { account, to, cc, bcc, subject, text, attachments, in_reply_to };
        Ok(vec![Wanted::Mail(wanted)])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Mailed { account, message_id, code, accepted, rejected, copy }) = happened.first()
        else {
            return Value::Null;
        };
        let rejected: Vec<_> = rejected.iter().map(|(to, said)| json!({ "to": to, "said": said })).collect();
        let copy = match copy {
            MailCopy::Kept { mailbox, uid } => json!({ "mailbox": mailbox, "uid": uid }),
            MailCopy::ByServer => Value::Null,
            MailCopy::Not(why) => json!({ "not_kept": why }),
        };
        json!({
            "account": account, "message_id": message_id, "code": code, "accepted": accepted,
            "rejected": rejected, "copy": copy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn attachments_are_paths_in_either_form_and_headers_are_fields() {
        let mut args = json!({"to": ["a@b.example"], "subject": "s", "text": "t", "attachments": ["/a", {"path": "/b"}]});
        let bound = MailSend.bind(&args).unwrap();
        assert_eq!(bound.json()["attachments"], json!([{"path": "/a"}, {"path": "/b"}]));
        args["headers"] = json!({"Bcc": "e@evil.example"});
        assert!(MailSend.bind(&args).is_err());
        for bad in [json!(["a"]), json!([{"path": "/a", "name": "x"}]), json!([1])] {
            let args = json!({"to": ["a@b.example"], "subject": "s", "text": "t", "attachments": bad});
            assert!(MailSend.bind(&args).is_err(), "{bad}");
        }
    }
}
