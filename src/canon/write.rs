//! Canonical JSON after RFC 8785, without floats: members by UTF-16 order, shortest escapes, no spaces.

use serde_json::Value;
use std::fmt::Write as _;

/// Integers beyond this lose digits in programs that read JSON numbers as doubles.
pub(super) const SAFE: u64 = 1 << 53;

/// A value that has no canonical spelling here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A number with a fraction or an exponent.
    #[error("`{0}` is not an integer")]
    Float(String),
    /// An integer that some readers would round.
    #[error("`{0}` is beyond 2^53")]
    TooLarge(String),
}

/// The canonical text of `value`.
///
/// # Errors
/// [`NotCanonical`] for floats and for integers beyond 2^53.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => integer(number, out)?,
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, (key, item)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn integer(number: &serde_json::Number, out: &mut String) -> Result<(), NotCanonical> {
    let size = match (number.as_u64(), number.as_i64()) {
        (Some(n), _) => n,
        (None, Some(n)) => n.unsigned_abs(),
        (None, None) => return Err(NotCanonical::Float(number.to_string())),
    };
    if size > SAFE {
        return Err(NotCanonical::TooLarge(number.to_string()));
    }
    out.push_str(&number.to_string());
    Ok(())
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn members_go_by_utf16_and_escapes_are_the_shortest() {
        // RFC 8785 section 3.2.3: the astral key sorts before U+FB33, unlike in UTF-8 order.
        let value =
            json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            canonical(&value).as_deref(),
            Ok("{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}")
        );
        assert_eq!(
            canonical(&json!("\u{8}\t\n\u{c}\r\"\\\u{1}\u{7f}/")).as_deref(),
            Ok("\"\\b\\t\\n\\f\\r\\\"\\\\\\u0001\u{7f}/\"")
        );
    }

    #[test]
    fn numbers_that_readers_would_round_are_refused() {
        assert!(canonical(&json!(1.5)).is_err());
        assert!(canonical(&json!(1.0)).is_err());
        assert!(canonical(&json!((1_u64 << 53) + 1)).is_err());
        assert!(canonical(&json!(-(1_i64 << 53) - 1)).is_err());
        assert_eq!(canonical(&json!(1_u64 << 53)).as_deref(), Ok("9007199254740992"));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(value in any_value()) {
            let text = canonical(&value).unwrap();
            prop_assert_eq!(super::super::parse(text.as_bytes()).unwrap(), value);
        }

        /// The crate is one of RFC 8785 that nobody here wrote.
        #[test]
        fn an_independent_implementation_writes_the_same(value in any_value()) {
            let theirs = serde_json_canonicalizer::to_string(&value).unwrap();
            prop_assert_eq!(canonical(&value).unwrap(), theirs);
        }
    }

    /// Keys whose order differs between UTF-8 and UTF-16, and every control character.
    #[test]
    fn odd_keys_and_controls_are_written_as_the_independent_implementation_does() {
        let odd = [
            "\u{e000}",
            "\u{ffff}",
            "\u{10000}",
            "\u{10ffff}",
            "\u{d7ff}",
            "\u{7f}",
            "",
            "\u{2028}",
            "a",
            "A",
        ];
        let mut value: serde_json::Map<String, Value> =
            odd.iter().map(|k| ((*k).to_owned(), json!(k))).collect();
        for c in 0..0x20_u8 {
            value.insert(char::from(c).to_string(), json!(format!("x{}", char::from(c))));
        }
        let value = Value::Object(value);
        assert_eq!(canonical(&value).unwrap(), serde_json_canonicalizer::to_string(&value).unwrap());
    }
}
