//! One statement that only reads, on one database file: SQLite itself is told what it may do, how long
//! and with how much memory.

mod linear;

use super::{Hand, Step, Trouble, folder};
use crate::call::{Happened, Look, Place, visible_line};
use crate::gate;
use base64::Engine as _;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{Value as Held, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Every database begins with this.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of all rows together, of one text, and of one blob.
const ALL: usize = 768 << 10;
const TEXT: usize = 64 << 10;
const BLOB: usize = 1024;
/// Bytes of one value, wherever it comes from.
const LONG: i32 = 8 << 20;
/// Bytes that SQLite may hold.
const MEMORY: i64 = 64 << 20;
/// Integers beyond this are told as text: other programs read numbers as floats.
const EXACT: i64 = 1 << 53;
/// Functions that reach outside of the database.
const OUTSIDE: &[&str] = &["load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"];

pub fn query(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let Look::Sqlite { db, sql, params, limit, timeout_ms } = look else {
        return Err(Trouble::Not("this is no question to a database".into()));
    };
    let path = db.path.as_path();
    let kind = kind(path).map_err(|e| Trouble::io("open", path.display(), &e))?;
    let until = Instant::now() + Duration::from_millis(u64::from(*timeout_ms));
    let (home, watch, undoes) = (hand.home.clone(), hand.watch.clone(), hand.judged.undoes());
    // As the hand itself says whether it is stopped, which this outlives for the compiler.
    let over = move || Instant::now() >= until || watch.stopped() || (!undoes && gate::killed(&home));
    let said = open(path, kind, over).and_then(|connection| {
        let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
        rows(&connection, sql, params, limit)
    });
    said.map(|value| Happened::Told { value, lacks: None }).map_err(|e| trouble(hand, &e, until))
}

/// How a database is opened so that nothing is made beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Changes go into the file, under locks.
    Plain,
    /// Changes go into a log beside it, which holds some: its index is read as it is.
    Logged,
    /// The same, and the log holds none: all there is is in the file.
    Whole,
}

/// A regular file that says it is a database, and of which kind (sqlite.org/fileformat.html, 1.3).
fn kind(path: &Path) -> std::io::Result<Kind> {
    let (folder, name) = folder::holding(path)?;
    let mut first = [0; 20];
    folder::regular(&folder, name)?.read_exact(&mut first).map_err(|_| std::io::ErrorKind::InvalidData)?;
    let (magic, rest) = first.split_at(16);
    if magic != MAGIC {
        return Err(std::io::Error::other("is not an SQLite database"));
    }
    let mut log = name.to_owned();
    log.push("-wal");
    let log = rustix::fs::statat(&folder, &log, rustix::fs::AtFlags::SYMLINK_NOFOLLOW);
    let held = log.is_ok_and(|log| log.st_size > 0);
    Ok(match rest {
        [_, _, _, 2] if held => Kind::Logged,
        [_, _, _, 2] => Kind::Whole,
        _ => Kind::Plain,
    })
}

/// The address of a file, as SQLite reads one.
fn address(path: &Path, kind: Kind) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_');
    let path = path.as_os_str().as_bytes().iter();
    let path: String =
        path.map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") }).collect();
    let how = match kind {
        Kind::Plain => "",
        Kind::Logged => "?readonly_shm=1",
        Kind::Whole => "?immutable=1",
    };
    format!("file:{path}{how}")
}

fn open(
    path: &Path,
    kind: Kind,
    over: impl FnMut() -> bool + Send + 'static,
) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(address(path, kind), flags)?;
    connection.busy_timeout(Duration::from_millis(500))?;
    // Views and triggers of the file are other people's words.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LONG),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_COLUMN, 500),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (Limit::SQLITE_LIMIT_VDBE_OP, 250_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 200),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, most)?;
    }
    linear::give(&connection)?;
    connection.progress_handler(1000, Some(over))?;
    for (name, value) in [("hard_heap_limit", MEMORY), ("temp_store", 2), ("mmap_size", 0), ("query_only", 1)]
    {
        // Not every build knows all of them, and the authorizer holds without.
        let _ = connection.pragma_update(None, name, value);
    }
    connection.authorizer(Some(allowed))?;
    Ok(connection)
}

/// What a statement may do: read.
fn allowed(what: AuthContext<'_>) -> Authorization {
    // Whatever else there is, or will be, is not reading.
    let reads = matches!(what.action, AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive);
    let is_given = |name: &str| !OUTSIDE.contains(&name) && !linear::REFUSED.contains(&name);
    let within = matches!(what.action, AuthAction::Function { function_name } if is_given(function_name));
    if reads || within { Authorization::Allow } else { Authorization::Deny }
}

fn rows(connection: &Connection, sql: &str, params: &[Value], limit: usize) -> rusqlite::Result<Value> {
    let mut statement = connection.prepare(sql)?;
    if !statement.readonly() {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
            None,
        ));
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query(params_from_iter(params.iter().map(held)))?;
    let (mut rows, mut bytes, mut more) = (Vec::new(), 0, false);
    while let Some(row) = found.next()? {
        let values =
            (0..columns.len()).map(|n| Ok(said(row.get_ref(n)?))).collect::<rusqlite::Result<Vec<_>>>()?;
        bytes += values.iter().map(|value| value.to_string().len()).sum::<usize>();
        if rows.len() == limit || bytes > ALL {
            more = true;
            break;
        }
        rows.push(values);
    }
    Ok(json!({ "columns": columns, "rows": rows, "truncated": more }))
}

/// An argument, as SQLite takes it.
fn held(value: &Value) -> Held {
    match value {
        Value::Null => Held::Null,
        Value::Bool(yes) => Held::Integer(i64::from(*yes)),
        Value::Number(n) => {
            n.as_i64().map_or_else(|| Held::Real(n.as_f64().unwrap_or(f64::NAN)), Held::Integer)
        }
        Value::String(text) => Held::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Held::Text(value.to_string()),
    }
}

/// A value, as it is told.
fn said(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) if n.abs_diff(0) > EXACT.unsigned_abs() => n.to_string().into(),
        ValueRef::Integer(n) => n.into(),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(text) if text.len() > TEXT => {
            let part = String::from_utf8_lossy(text.get(..TEXT).unwrap_or_default()).into_owned();
            json!({ "text": part, "bytes": text.len() })
        }
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(blob) => {
            let part = blob.get(..blob.len().min(BLOB)).unwrap_or_default();
            json!({ "base64": base64::engine::general_purpose::STANDARD.encode(part), "bytes": blob.len() })
        }
    }
}

fn trouble(hand: &Hand<'_>, e: &rusqlite::Error, until: Instant) -> Trouble {
    if let Some(by) = hand.stopping() {
        return Trouble::Braked(format!("{by} ended the query"));
    }
    let code = e.sqlite_error_code();
    Trouble::Not(match code {
        Some(ErrorCode::OperationInterrupted) | Some(ErrorCode::DatabaseBusy) if Instant::now() >= until => {
            "the query took longer than its `timeout_ms` and was ended".into()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds the database: try later".into()
        }
        Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly) => format!(
            "only one statement that reads this database is carried out ({}): no change, `ATTACH` or `PRAGMA`",
            visible_line(&e.to_string(), 200)
        ),
        Some(ErrorCode::CannotOpen) => format!(
            "SQLite cannot open it ({}): if a log `-wal` lies beside it that a crash left, open it once with the \
             program that it belongs to",
            visible_line(&e.to_string(), 200)
        ),
        Some(ErrorCode::OutOfMemory | ErrorCode::TooBig) => {
            format!("the query needs more than {} MiB of memory, or a value is too long", MEMORY >> 20)
        }
        _ => format!("SQLite says: {}", visible_line(&e.to_string(), 300)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name_in_an_address() {
        let of = |path: &str, kind| address(Path::new(path), kind);
        assert_eq!(of("/w/a?mode=rwc#x%20.db", Kind::Plain), "file:/w/a%3Fmode%3Drwc%23x%2520.db");
        assert_eq!(of("/w/ü.db", Kind::Whole), "file:/w/%C3%BC.db?immutable=1");
    }
}
