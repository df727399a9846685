//! What one line says, and what is wrong with it whatever stands before it.

use super::TAMPER;
use super::shape::Shapes;
use crate::audit::chain::{self, Hex, Link};
use crate::audit::entry::good_name;
use crate::canon;

/// A kind and a class of fault, before it is known where it stands.
pub(super) type Flaw = (&'static str, &'static str);

/// A hash that an entry must have: from `head`, an anchor or a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub seq: u64,
    pub hash: Hex,
    /// The fault if it has another.
    pub fault: &'static str,
}

/// A line of which nothing is known to be wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sound<'a> {
    /// Its stamp as written, quotes included; empty if it has none.
    pub ts: &'a [u8],
    /// The id that a log's first entry gives it, quotes included.
    pub log: &'a [u8],
}

/// The link of `line`, which says where it belongs.
pub(super) fn link(line: &[u8]) -> Result<Link<'_>, Flaw> {
    chain::link(line).ok_or_else(|| (misformed(line), TAMPER))
}

/// The same of a line whose hashes are about to be compared: one that does not fit is looked at again
/// with [`link`].
pub(super) fn ends(line: &[u8]) -> Result<Link<'_>, Flaw> {
    chain::ends(line).ok_or_else(|| (misformed(line), TAMPER))
}

/// The rest of what `line` must be: its own hash, strict canonical JSON, names that an entry may have.
pub(super) fn judge<'a>(link: Link<'a>, marks: &[Mark], shapes: &mut Shapes) -> Result<Sound<'a>, Flaw> {
    if !link.sound() {
        return Err(("hash_mismatch", TAMPER));
    }
    let sound = match shapes.sound(link.payload) {
        Some(sound) => sound,
        None => {
            let sound = taken_apart(link.payload)?;
            shapes.learn(link.payload, &sound);
            sound
        }
    };
    match marks.iter().find(|m| m.seq == link.seq && m.hash != *link.hash) {
        Some(mark) => Err((mark.fault, TAMPER)),
        None => Ok(sound),
    }
}

fn taken_apart(payload: &[u8]) -> Result<Sound<'_>, Flaw> {
    let (mut ts, mut log, mut names) = (&b""[..], &b""[..], true);
    let canonical = canon::canonical_members(payload, &mut |name, value| {
        match name {
            b"ts" => ts = value,
            b"log" => log = value,
            _ => {}
        }
        names &= good_name(name);
    });
    if !canonical || !names {
        return Err((why_not_canonical(payload), TAMPER));
    }
    Ok(Sound { ts, log })
}

fn misformed(line: &[u8]) -> &'static str {
    if line.starts_with(b"\xef\xbb\xbf") {
        "bom"
    } else if line.ends_with(b"\r") {
        "crlf"
    } else {
        "format"
    }
}

/// The name of the fault of a payload that is not as it must be.
fn why_not_canonical(open: &[u8]) -> &'static str {
    let bytes = [open, b"}"].concat();
    if std::str::from_utf8(&bytes).is_err() {
        return "utf8_invalid";
    }
    match canon::parse(&bytes) {
        Ok(_) => "not_canonical",
        Err(canon::Broken::Twice(_)) => "json_duplicate_key",
        Err(_) => "json_invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is said of `payload` after all of `before` were seen, and what a fresh look says.
    fn both<'a>(before: &[String], payload: &'a str) -> [Option<Sound<'a>>; 2] {
        let mut shapes = Shapes::default();
        for before in before {
            if let (None, Ok(sound)) = (shapes.sound(before.as_bytes()), taken_apart(before.as_bytes())) {
                shapes.learn(before.as_bytes(), &sound);
            }
        }
        let fresh = || taken_apart(payload.as_bytes()).ok();
        [shapes.sound(payload.as_bytes()).or_else(fresh), fresh()]
    }

    #[test]
    fn what_was_seen_before_lets_nothing_through_that_a_fresh_look_would_not() {
        let before = [r#"{"a":1,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#.to_owned()];
        for (payload, good) in [
            (r#"{"a":120,"b":"other","n":[-5,""],"ts":"t2","u":{"ts":"zz","w":7}"#, true),
            (r#"{"a":01,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            (r#"{"a":,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            (r#"{"a":99999999999999999,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            (r#"{"a":9007199254740992,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, true),
            (r#"{"a":1,"b":"x","n":[-0,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            (r#"{"a":1,"b":"\x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            (r#"{"a":1,"b":"x","n":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}}"#, false),
            (r#"{"a":1,"b":"x","a":[-5,"y"],"ts":"t","u":{"ts":"z","w":0}"#, false),
            ("{\"a\":1,\"b\":\"\t\",\"n\":[-5,\"y\"],\"ts\":\"t\",\"u\":{\"ts\":\"z\",\"w\":0}", false),
        ] {
            let [known, fresh] = both(&before, payload);
            assert_eq!((&known, known.is_some()), (&fresh, good), "{payload}");
        }
        let mut shapes = Shapes::default();
        shapes.learn(before[0].as_bytes(), &taken_apart(before[0].as_bytes()).unwrap());
        let known = shapes.sound(br#"{"a":3,"b":"","n":[-5,"v"],"ts":"later","u":{"ts":"no","w":1}"#);
        assert_eq!(known, Some(Sound { ts: b"\"later\"", log: b"" }), "it was not taken apart again");
    }

    fn nearly() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            "-?[0-9]{0,2}",
            "\"[a-b \"]{0,2}\"",
            "[0-9]{14,18}",
            r#"\[-?[0-9],"[a"]?"\]"#,
            r#"\{"ts":"[ab]?"\}"#,
            "\"\\PC{0,3}\"",
        ];
        let (first, second) = (prop_oneof!["a", "log", "ts"], prop_oneof!["b", "ts", "zz"]);
        (first, value.clone(), second, value).prop_map(|(a, x, b, y)| format!("{{\"{a}\":{x},\"{b}\":{y}"))
    }

    proptest! {
        /// Payloads that are nearly alike, most of them canonical, in any order.
        #[test]
        fn a_look_that_remembers_says_what_a_fresh_one_does(
            before in prop::collection::vec(nearly(), 0..6),
            payload in nearly(),
        ) {
            let [known, fresh] = both(&before, &payload);
            prop_assert_eq!(known, fresh);
        }
    }
}
