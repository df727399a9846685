//! Functions of SQLite's own that it is given in another form: with a long text theirs take time that
//! grows with its square, and nothing ends them before they return.

use super::LONG;
use memchr::memmem;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result, ffi};
use std::borrow::Cow;
use std::collections::HashSet;

/// Those of that kind which are not to be had: few statements that look need them.
pub const REFUSED: &[&str] = &["json_patch", "jsonb_patch", "unhex"];

/// Gives the connection its functions. They are as harmless to views as those that they stand for.
pub fn give(connection: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("instr", 2, flags, |c| Ok(instr(c.get_raw(0), c.get_raw(1))))?;
    connection.create_scalar_function("replace", 3, flags, replace)?;
    for (name, left, right) in [("trim", true, true), ("ltrim", true, false), ("rtrim", false, true)] {
        connection.create_scalar_function(name, 2, flags, move |c: &Context<'_>| {
            Ok(trim(c.get_raw(0), c.get_raw(1), left, right))
        })?;
    }
    Ok(())
}

/// The bytes of a value as text; none of `NULL`.
fn bytes(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Cow::Borrowed(bytes)),
        ValueRef::Integer(n) => Some(Cow::Owned(n.to_string().into_bytes())),
        ValueRef::Real(real) => Some(Cow::Owned(format!("{real:?}").into_bytes())),
    }
}

/// Where `needle` first stands, from 1, in bytes of two blobs and else in characters; 0 if nowhere.
fn instr(hay: ValueRef<'_>, needle: ValueRef<'_>) -> Option<i64> {
    let blobs = matches!((hay, needle), (ValueRef::Blob(_), ValueRef::Blob(_)));
    let (hay, needle) = (bytes(hay)?, bytes(needle)?);
    let Some(at) = memmem::find(&hay, &needle) else { return Some(0) };
    let before = hay.get(..at).unwrap_or_default();
    let before = if blobs { at } else { before.iter().filter(|b| **b & 0xC0 != 0x80).count() };
    i64::try_from(before + 1).ok()
}

fn replace(context: &Context<'_>) -> Result<Value> {
    let text = |all: &[u8]| Value::Text(String::from_utf8_lossy(all).into_owned());
    let (whole, from) = (bytes(context.get_raw(0)), bytes(context.get_raw(1)));
    let (Some(whole), Some(from)) = (whole, from) else { return Ok(Value::Null) };
    if from.is_empty() {
        return Ok(text(&whole));
    }
    let Some(to) = bytes(context.get_raw(2)) else { return Ok(Value::Null) };
    let (mut made, mut at) = (Vec::new(), 0);
    for found in memmem::find_iter(&whole, &*from).chain([whole.len()]) {
        made.extend_from_slice(whole.get(at..found).unwrap_or_default());
        if found < whole.len() {
            made.extend_from_slice(&to);
        }
        at = found + from.len();
        if made.len() > usize::try_from(LONG).unwrap_or(0) {
            return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None));
        }
    }
    Ok(text(&made))
}

fn trim(text: ValueRef<'_>, of: ValueRef<'_>, left: bool, right: bool) -> Option<String> {
    let (text, of) = (bytes(text)?, bytes(of)?);
    let (text, of) = (String::from_utf8_lossy(&text), String::from_utf8_lossy(&of));
    let of: HashSet<char> = of.chars().collect();
    let mut text = &*text;
    if left {
        text = text.trim_start_matches(|c| of.contains(&c));
    }
    if right {
        text = text.trim_end_matches(|c| of.contains(&c));
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_answer_as_sqlites_own_do() {
        let (own, other) = (Connection::open_in_memory().unwrap(), Connection::open_in_memory().unwrap());
        give(&other).unwrap();
        let values = [
            "NULL",
            "''",
            "'a'",
            "'aa'",
            "'aaba'",
            "'äöäö'",
            "'ö'",
            "x'61'",
            "x'c3b6'",
            "x'6162'",
            "12",
            "2",
            "1.5",
        ];
        let ask = |connection: &Connection, sql: &str| -> (String, Value) {
            let sql = format!("SELECT typeof({sql}), {sql}");
            connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
        };
        for a in values {
            for b in values {
                for sql in [
                    format!("instr({a}, {b})"),
                    format!("replace({a}, {b}, 'xy')"),
                    format!("replace('aabaa', {a}, {b})"),
                    format!("trim({a}, {b})"),
                    format!("ltrim({a}, {b})"),
                    format!("rtrim({a}, {b})"),
                ] {
                    assert_eq!(ask(&other, &sql), ask(&own, &sql), "{sql}");
                }
            }
        }
    }
}
