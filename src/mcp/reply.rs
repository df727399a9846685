//! A reply of the path as a client and its model read it: text, at most so much of it, and what to do
//! next.

use crate::call::{Digest, Reason};
use crate::canon::{canonical, sha256};
use crate::submit::{Reply, Status};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The argument that goes on with a result that was cut.
pub(super) const OFFSET: &str = "result_offset";
/// Most characters of a result in one reply.
const MOST: usize = 40_000;
/// Bytes of cut results that are kept for those who go on.
const KEPT: usize = 4 << 20;

/// A result as text, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    text: String,
    note: Option<String>,
    error: bool,
    meta: JsonObject,
}

impl Text {
    /// An error of the door itself.
    pub(super) fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), note: None, error: true, meta: JsonObject::new() }
    }

    /// What came of a call.
    pub(super) fn of(reply: &Reply, tool: &str) -> Self {
        let mut meta = JsonObject::new();
        meta.insert("fleet/status".into(), json!(reply.status));
        meta.insert("fleet/call".into(), json!(reply.call));
        if let Some(id) = &reply.approval {
            meta.insert("fleet/approval".into(), json!(id));
        }
        if let Some(digest) = &reply.digest {
            meta.insert("fleet/digest".into(), json!(digest));
        }
        let after = match (reply.status, &reply.approval) {
            (Status::Waiting, _) | (_, None) => None,
            (_, Some(id)) => Some(format!("carried out after a person approved `{id}`")),
        };
        let result = reply.result.as_ref().map(Value::to_string);
        let (text, note) = match (reply.status, result) {
            (Status::Done, result) => (result.unwrap_or_else(|| "done".into()), after),
            (_, Some(result)) => (result, Some(said(reply, tool))),
            (_, None) => (said(reply, tool), after),
        };
        Self { text, note, error: reply.status != Status::Done, meta }
    }

    /// The part from character `offset` on, and whether there is more.
    pub(super) fn part(&self, offset: usize) -> (CallToolResult, bool) {
        let all = self.text.chars().count();
        let mut content = Vec::new();
        let mut meta = self.meta.clone();
        let next = offset.saturating_add(MOST);
        let more = all > next;
        if offset == 0 && !more {
            content.push(ContentBlock::text(self.text.clone()));
        } else if offset >= all {
            let why = format!("there is nothing at {OFFSET} {offset}: this result has {all} characters");
            content.push(ContentBlock::text(why));
        } else {
            content.push(ContentBlock::text(self.text.chars().skip(offset).take(MOST).collect::<String>()));
            let end = next.min(all);
            let mut note = format!("[characters {offset} to {end} of {all}");
            meta.insert("fleet/total".into(), all.into());
            if more {
                note.push_str(&format!(
                    "; for the rest make the same call with {OFFSET} {next}; the parts joined are the result"
                ));
                meta.insert("fleet/next_offset".into(), next.into());
            }
            content.push(ContentBlock::text(note + "]"));
        }
        content.extend(self.note.clone().map(ContentBlock::text));
        let mut result = if self.error || offset > 0 && offset >= all {
            CallToolResult::error(content)
        } else {
            CallToolResult::success(content)
        };
        result.meta = (!meta.is_empty()).then(|| MetaObject::from(meta));
        (result, more)
    }
}

/// What to tell of a call that was not simply done.
fn said(reply: &Reply, tool: &str) -> String {
    let why = || match reply.reasons.as_slice() {
        [] => reply.error.clone().unwrap_or_else(|| "no reason was given".into()),
        reasons => reasons.iter().map(told).collect::<Vec<_>>().join("; "),
    };
    match reply.status {
        Status::Done => "done".into(),
        Status::Waiting => {
            let id = reply.approval.as_ref().map(ToString::to_string).unwrap_or_default();
            if let Some(error) = &reply.error {
                return format!(
                    "{error} (`{id}`): make exactly the same call again in a while for its result"
                );
            }
            format!(
                "needs approval {id}: {tool} waits for a person, and nothing was done. Tell the person to look \
                 at it with `fleet approval show {id}` and to run `fleet approve {id}`, or `fleet deny {id} \
                 --reason R`, in a terminal of their own. Once they say that they approved it, make exactly the \
                 same call once more: that returns its result. Do not repeat it before, and do not look for \
                 another way to the same end. Why it waits: {}",
                why()
            )
        }
        Status::Refused if reply.braked => format!("stopped by a brake, nothing was done: {}", why()),
        Status::Refused => format!("refused, nothing was done: {}", why()),
        Status::Failed if reply.malformed => {
            format!("these arguments cannot be judged, nothing was done: {}", why())
        }
        Status::Failed => format!("failed: {}", why()),
        Status::Unknown => format!("it cannot be known whether this took place; do not repeat it: {}", why()),
    }
}

fn told(reason: &Reason) -> String {
    format!("{} ({})", reason.message, reason.rule)
}

/// Takes the offset out of the arguments.
///
/// # Errors
/// What is wrong with it.
pub(super) fn take_offset(args: &mut JsonObject) -> Result<usize, String> {
    let Some(value) = args.remove(OFFSET) else { return Ok(0) };
    let offset = value.as_u64().and_then(|n| usize::try_from(n).ok());
    offset.ok_or_else(|| format!("{OFFSET}: expected an integer from 0 on"))
}

/// Results that were cut, newest last.
#[derive(Debug, Default)]
pub(super) struct Kept(VecDeque<(Digest, Text)>);

/// What a call is known by: its tool and its arguments.
pub(super) fn key(tool: &str, args: &Value) -> Digest {
    let args = canonical(args).unwrap_or_else(|_| args.to_string());
    sha256(format!("{tool}\n{args}").as_bytes())
}

impl Kept {
    /// Keeps a result for who goes on; the oldest make room for it.
    pub(super) fn keep(&mut self, key: Digest, text: Text) {
        self.forget(&key);
        self.0.push_back((key, text));
        while self.0.iter().map(|(_, text)| text.text.len()).sum::<usize>() > KEPT {
            self.0.pop_front();
        }
    }

    /// The result of the same call, if it is still kept.
    pub(super) fn find(&self, key: &Digest) -> Option<Text> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, text)| text.clone())
    }

    /// The call was made anew, and its result was not cut: nobody goes on with the earlier one.
    pub(super) fn forget(&mut self, key: &Digest) {
        self.0.retain(|(known, _)| known != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text { text: text.into(), note: None, error: false, meta: JsonObject::new() }
    }

    fn shown(result: &CallToolResult) -> (String, Value) {
        let value = serde_json::to_value(result).unwrap();
        (value["content"][0]["text"].as_str().unwrap().to_owned(), value)
    }

    #[test]
    fn the_parts_of_a_long_result_joined_are_the_result() {
        let whole: String = (0..100_001_u32).map(|n| char::from_u32(0x61 + n % 26).unwrap_or('ü')).collect();
        let whole = whole.replace('z', "ü");
        let (mut joined, mut offset, mut turns) = (String::new(), 0, 0);
        loop {
            let (result, more) = text(&whole).part(offset);
            let (part, value) = shown(&result);
            joined.push_str(&part);
            turns += 1;
            assert_eq!(value["_meta"]["fleet/total"], 100_001);
            assert_eq!(value["isError"], false);
            assert_eq!(value["_meta"].get("fleet/next_offset").is_some(), more);
            match value["_meta"]["fleet/next_offset"].as_u64() {
                Some(next) => offset = usize::try_from(next).unwrap(),
                None => break,
            }
        }
        assert_eq!((turns, joined == whole), (3, true));
    }

    #[test]
    fn a_short_result_is_whole_and_nothing_stands_behind_its_end() {
        let (result, more) = text(&"x".repeat(MOST)).part(0);
        assert_eq!((shown(&result).0.len(), more), (MOST, false));
        assert_eq!(shown(&result).1["content"].as_array().map(Vec::len), Some(1));
        let (result, more) = text("abc").part(3);
        assert_eq!((shown(&result).1["isError"].clone(), more), (json!(true), false));
    }

    #[test]
    fn kept_results_are_those_of_the_same_call_and_the_oldest_go() {
        let mut kept = Kept::default();
        let call = |tool: &str, n: u32| key(tool, &json!({ "n": n, "m": 0.5 }));
        for n in 0..5 {
            kept.keep(call("t", n), text(&"x".repeat(1 << 20)));
        }
        assert!(kept.find(&call("t", 0)).is_none() && kept.find(&call("t", 4)).is_some());
        assert!(kept.find(&call("u", 4)).is_none());
        kept.keep(call("t", 4), text("new"));
        assert_eq!(kept.find(&call("t", 4)), Some(text("new")));
        kept.forget(&call("t", 4));
        assert!(kept.find(&call("t", 4)).is_none() && kept.find(&call("t", 3)).is_some());
    }

    #[test]
    fn an_offset_is_a_number_and_no_argument_of_the_tool() {
        let mut args = json!({"path": "/a", OFFSET: 7}).as_object().cloned().unwrap();
        assert_eq!((take_offset(&mut args), args.len()), (Ok(7), 1));
        assert_eq!(take_offset(&mut args), Ok(0));
        for bad in [json!("7"), json!(-1), json!(1.5), json!(null)] {
            let mut args = json!({OFFSET: bad}).as_object().cloned().unwrap();
            assert!(take_offset(&mut args).is_err());
        }
    }
}
