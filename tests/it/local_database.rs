//! Asking SQLite databases, also those and in ways that mean no good.

use crate::harness::World;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn sqlite(path: &str, sql: &str) {
    let ran = Command::new("sqlite3").args([path, sql]).output().expect("sqlite3: `tests/run` installs it");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn made(world: &World) -> String {
    let db = world.at("a.db");
    sqlite(
        &db,
        "CREATE TABLE n(id INTEGER PRIMARY KEY, t TEXT, x BLOB, r REAL); INSERT INTO n VALUES (1,'one',x'00ff',1.5),(2,'zwölf',NULL,2.0),(9007199254740993,'big',NULL,NULL);",
    );
    db
}

fn refused(world: &World, db: &str, sql: &str) -> String {
    let (code, reply) = world.call("sqlite_query", json!({"db": db, "sql": sql}));
    assert_eq!((code, reply["status"].as_str()), (1, Some("failed")), "{sql}: {reply}");
    reply["error"].as_str().unwrap().to_owned()
}

#[test]
fn rows_come_as_they_are_and_parameters_are_bound() {
    let world = World::new();
    let db = made(&world);
    let said = world.done(
        "sqlite_query",
        json!({"db": db, "sql": "SELECT * FROM n WHERE id >= ? ORDER BY id", "params": [1]}),
    );
    assert_eq!(said["columns"], json!(["id", "t", "x", "r"]));
    assert_eq!(
        said["rows"],
        json!([
            [1, "one", {"base64": "AP8=", "bytes": 2}, 1.5],
            [2, "zwölf", null, 2.0],
            ["9007199254740993", "big", null, null],
        ])
    );
    let few = world.done("sqlite_query", json!({"db": db, "sql": "SELECT id FROM n", "limit": 2}));
    assert_eq!((few["rows"].as_array().unwrap().len(), &few["truncated"]), (2, &json!(true)));
    let injected = json!({"db": db, "sql": "SELECT count(*) FROM n WHERE t = ?", "params": ["x' OR 1=1 --"]});
    assert_eq!(world.done("sqlite_query", injected)["rows"], json!([[0]]));
    let tables = world.done("sqlite_query", json!({"db": db, "sql": "SELECT name FROM sqlite_master"}));
    assert_eq!(tables["rows"], json!([["n"]]));
}

#[test]
fn what_does_more_than_read_is_refused_and_changes_nothing() {
    let world = World::new();
    let db = made(&world);
    let other = world.at("other.db");
    sqlite(&other, "CREATE TABLE secret(k); INSERT INTO secret VALUES('s')");
    let before = std::fs::read(&db).unwrap();
    for sql in [
        "DELETE FROM n",
        "UPDATE n SET t = 'x' RETURNING t",
        "INSERT INTO n VALUES (7,'x',NULL,NULL)",
        "CREATE TEMP TABLE x(a)",
        "DROP TABLE n",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "SELECT * FROM pragma_database_list",
        "VACUUM",
        "BEGIN",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT 1; DELETE FROM n",
    ] {
        refused(&world, &db, sql);
    }
    for sql in [format!("ATTACH '{other}' AS o"), format!("VACUUM INTO '{}'", world.at("copy.db"))] {
        refused(&world, &db, &sql);
    }
    assert_eq!(std::fs::read(&db).unwrap(), before);
    assert!(!world.w().join("copy.db").exists());
    // Nothing is left beside it either.
    let names: Vec<_> = std::fs::read_dir(world.w()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn no_function_takes_longer_than_the_query_may() {
    let world = World::new();
    let db = made(&world);
    // Long texts of one letter, and such as nearly stand in them.
    let texts = "WITH l(t) AS (SELECT replace(hex(zeroblob(3900000)), '0', 'a')), \
                 m(t) AS (SELECT substr(t, 1, 3900000) || 'b' FROM l), s(t) AS (SELECT substr(t, 1, 90) || 'b' FROM l) ";
    for what in [
        "instr(l.t, m.t)",
        "length(replace(l.t, m.t, 'c'))",
        "length(trim(l.t || 'c', m.t || 'c'))",
        "length(ltrim(l.t, m.t))",
        "length(rtrim('b' || l.t, m.t))",
        "l.t LIKE '%' || s.t || '%'",
        "l.t GLOB '*' || s.t || '*'",
        "l.t LIKE '%a%a%a%a%a%a%a%a%b'",
    ] {
        let begun = Instant::now();
        let sql = format!("{texts} SELECT {what} FROM l, m, s");
        let (code, reply) = world.call("sqlite_query", json!({"db": db, "sql": sql, "timeout_ms": 1000}));
        assert!(begun.elapsed() < Duration::from_secs(12), "{what}: {:?}, {code}, {reply}", begun.elapsed());
    }
    for what in ["json_patch('{}', '{}')", "unhex('00', '-')"] {
        let why = refused(&world, &db, &format!("SELECT {what}"));
        assert!(why.contains("not authorized to use function"), "{what}: {why}");
    }
}

#[test]
fn what_never_ends_takes_all_memory_or_is_no_database_ends_soon() {
    let world = World::new();
    let db = made(&world);
    let started = Instant::now();
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    let (code, reply) = world.call("sqlite_query", json!({"db": db, "sql": endless, "timeout_ms": 300}));
    assert!(code == 1 && reply["error"].as_str().unwrap().contains("timeout_ms"), "{reply}");
    let greedy = "WITH RECURSIVE c(x) AS (SELECT randomblob(1000000) UNION ALL SELECT randomblob(1000000) FROM c LIMIT 100000) SELECT x FROM c ORDER BY x";
    let (code, reply) = world.call("sqlite_query", json!({"db": db, "sql": greedy, "timeout_ms": 10000}));
    assert_eq!(code, 1, "{reply}");
    let error = reply["error"].as_str().unwrap();
    assert!(error.contains("memory") || error.contains("timeout_ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let wide = world.done("sqlite_query", json!({"db": db, "sql": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT hex(zeroblob(20000)) FROM c", "limit": 5000}));
    assert!(wide["truncated"] == true && wide["rows"].as_array().unwrap().len() < 40);
    std::fs::write(world.at("text.db"), "this is no database at all, only text").unwrap();
    assert!(refused(&world, &world.at("text.db"), "SELECT 1").contains("not an SQLite database"));
    std::fs::File::create(world.at("giant.db")).unwrap().set_len(5 << 30).unwrap();
    refused(&world, &world.at("giant.db"), "SELECT 1");
    assert!(refused(&world, &world.at("none.db"), "SELECT 1").contains("none.db"));
    assert!(!world.w().join("none.db").exists());
    // A picture of a database that was torn.
    let mut torn = std::fs::read(&db).unwrap();
    torn.iter_mut().skip(100).for_each(|b| *b = 0xff);
    std::fs::write(world.at("torn.db"), torn).unwrap();
    refused(&world, &world.at("torn.db"), "SELECT * FROM n");
}

#[test]
fn a_database_that_is_held_or_guarded_is_said_to_be() {
    let world = World::new();
    let db = made(&world);
    let mut holder =
        Command::new("sqlite3").arg(&db).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    {
        use std::io::{BufRead as _, Write as _};
        writeln!(holder.stdin.as_mut().unwrap(), "BEGIN EXCLUSIVE; SELECT 'held';").unwrap();
        let mut line = String::new();
        std::io::BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    }
    let held = refused(&world, &db, "SELECT * FROM n");
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(held.contains("another program holds"), "{held}");
    // A view of the file that would change something when it is read.
    let evil = world.at("evil.db");
    sqlite(&evil, "CREATE TABLE t(a); CREATE VIEW v AS SELECT load_extension('/tmp/x') AS a;");
    refused(&world, &evil, "SELECT * FROM v");
    // Cookies of a browser are what they are everywhere.
    std::fs::create_dir_all(world.user().join(".mozilla")).unwrap();
    std::fs::copy(&db, world.user().join(".mozilla/cookies.db")).unwrap();
    symlink(world.user().join(".mozilla/cookies.db"), world.at("link.db")).unwrap();
    let args = json!({"db": world.at("link.db"), "sql": "SELECT * FROM n"});
    let (code, reply) = world.call("sqlite_query", args);
    assert_eq!((code, reply["status"].as_str()), (4, Some("refused")), "{reply}");
    let kind: Vec<Value> = world.log().into_iter().filter(|e| e["kind"] == "call.refused").collect();
    assert_eq!(kind.len(), 1);
}

#[test]
fn a_log_beside_a_database_is_read_and_nothing_is_made_there() {
    let world = World::new();
    let db = world.at("a b?.db");
    let names = || -> Vec<_> {
        let mut names: Vec<_> =
            std::fs::read_dir(world.w()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let ask = || world.done("sqlite_query", json!({"db": db, "sql": "SELECT a FROM t"}))["rows"].clone();
    // Closed: the log is gone, and what is in the file is all.
    sqlite(&db, "PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES ('file')");
    assert_eq!((ask(), names().len()), (json!([["file"]]), 1));
    // Held open by its program: what is only in the log is seen.
    let mut holder =
        Command::new("sqlite3").arg(&db).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    {
        use std::io::{BufRead as _, Write as _};
        writeln!(holder.stdin.as_mut().unwrap(), "INSERT INTO t VALUES ('log'); SELECT 'held';").unwrap();
        let mut line = String::new();
        std::io::BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    }
    let before = names();
    assert_eq!((ask(), names()), (json!([["file"], ["log"]]), before.clone()));
    // Left by a crash, with its index and without.
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!((ask(), names()), (json!([["file"], ["log"]]), before));
    std::fs::remove_file(world.at("a b?.db-shm")).unwrap();
    let said = refused(&world, &db, "SELECT a FROM t");
    assert!(said.contains("open it once"), "{said}");
    assert_eq!(names().len(), 2);
}
