//! Strict JSON: judged on the raw bytes, so that no two readers can disagree about what was said.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Longer input is refused before it is read: nothing fleet takes is larger.
pub const LONGEST: usize = 1 << 20;

/// Bytes that are not one strict JSON value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Over 1 MiB.
    #[error("{0} bytes is over the limit of 1 MiB")]
    TooLong(usize),
    /// One object has two members of a name.
    #[error("not strict JSON: {0}")]
    Twice(String),
    /// Syntax, lone surrogate, trailing data, too deep.
    #[error("not strict JSON: {0}")]
    Json(String),
}

/// Reads exactly one JSON value: no duplicate member (also when spelt with escapes), no lone
/// surrogate, no byte order mark, nothing after it, at most 128 levels deep.
///
/// # Errors
/// [`Broken`] says what is wrong and where.
pub fn parse(bytes: &[u8]) -> Result<Value, Broken> {
    if bytes.len() > LONGEST {
        return Err(Broken::TooLong(bytes.len()));
    }
    parse_any_length(bytes)
}

/// The same of bytes whose length the caller bounds: a message around arguments is longer than they are.
///
/// # Errors
/// [`Broken`].
pub fn parse_any_length(bytes: &[u8]) -> Result<Value, Broken> {
    serde_json::from_slice::<Strict>(bytes).map(|s| s.0).map_err(|e| {
        let text = e.to_string();
        if text.starts_with("member `") && e.is_data() { Broken::Twice(text) } else { Broken::Json(text) }
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any).map(Strict)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let Strict(value) = map.next_value()?;
            if members.contains_key(&key) {
                let key = crate::call::visible_line(&key, 40);
                return Err(de::Error::custom(format!("member `{key}` stands twice")));
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"path":1,"p\u0061th":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            "\u{feff}{}",
            "{} {}",
            "{",
            r#""\ud800""#,
            "NaN",
            "1e999",
            "[1,]",
            "",
            "'a'",
            "{\"a\":01}",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse(&[b'['; 100_000]).is_err());
        assert!(parse(&vec![b' '; LONGEST + 1]).is_err());
        assert!(parse(br#"{"a":[1,{"b":null}]}"#).is_ok());
    }
}
