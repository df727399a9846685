//! Entries that are chained and hashed as they should be, and that two readers could read differently:
//! the forger owns the log, and hopes that a program shows something else than what was hashed.

use super::forge::{ENTRIES, Log};
use super::judge::{At, Bench, Flaw};

const TWICE: &[Flaw] = &[("json_duplicate_key", "tamper")];
const JSON: &[Flaw] = &[("json_invalid", "tamper")];
const UTF8: &[Flaw] = &[("utf8_invalid", "tamper")];
const SPELT: &[Flaw] = &[("not_canonical", "tamper")];
/// A lone surrogate is no text: refused by a parser, or for having no canonical spelling.
const NO_TEXT: &[Flaw] = &[("json_invalid", "tamper"), ("not_canonical", "tamper")];
/// The line's own grammar may be the first to refuse it.
const NO_LINE: &[Flaw] = &[("format", "tamper"), ("json_invalid", "tamper"), ("not_canonical", "tamper")];
/// The names of the chain, once in the payload and once at the end of the line.
const OWN_NAME: &[Flaw] =
    &[("json_duplicate_key", "tamper"), ("not_canonical", "tamper"), ("format", "tamper")];

/// A log in which entry 6 has this payload and all that follows is sealed to it, under a head that fits.
fn chained(payload: &[u8]) -> Log {
    let mut log = Log::sound();
    log.rechain(6, payload);
    log.head_at(ENTRIES);
    log
}

fn refused(cases: &[(&str, &[Flaw])]) {
    let bench = Bench::new();
    for (payload, says) in cases {
        bench.broken(payload, &chained(payload.as_bytes()), says, At::Line(6));
    }
}

#[test]
fn a_member_that_stands_twice_is_told_although_it_is_hashed() {
    refused(&[
        (r#"{"a":1,"a":2}"#, TWICE),
        (r#"{"a":1,"a":1}"#, TWICE),
        (r#"{"decision":"deny","decision":"allow","kind":"call.done"}"#, TWICE),
        (r#"{"a":1,"\u0061":2}"#, TWICE),
        (r#"{"args":{"b":1,"b":2}}"#, TWICE),
        (r#"{"args":{"b":1,"\u0062":2}}"#, TWICE),
        (r#"{"args":[{"b":[{"c":1,"c":2}]}]}"#, TWICE),
        (r#"{"args":{"":1,"":2}}"#, TWICE),
        (r#"{"seq":7}"#, OWN_NAME),
        (r#"{"a":1,"prev":"x"}"#, OWN_NAME),
        (r#"{"hash":"x"}"#, OWN_NAME),
        (r#"{"\u0068ash":"x"}"#, OWN_NAME),
    ]);
}

#[test]
fn what_is_no_json_is_told_although_it_is_hashed() {
    refused(&[
        (r#"{"a":}"#, JSON),
        (r#"{"a":1,}"#, JSON),
        (r#"{"a":1 "b":2}"#, JSON),
        (r#"{"a":[1}"#, JSON),
        (r#"{"a":[1"#, JSON),
        (r#"{"a":"open}"#, JSON),
        (r#"{"a":1}{"b":2}"#, JSON),
        (r#"{"a":1}}"#, JSON),
        (r#"{"a":01}"#, JSON),
        (r#"{"a":+1}"#, JSON),
        (r#"{"a":.5}"#, JSON),
        (r#"{"a":0x10}"#, JSON),
        (r#"{"a":NaN}"#, JSON),
        (r#"{"a":True}"#, JSON),
        (r#"{"a":'x'}"#, JSON),
        (r#"{"a":1/*x*/}"#, JSON),
        (r#"{"a":"\x41"}"#, JSON),
        (r#"{"a":"\u12"}"#, JSON),
        ("{\"a\":\"tab\there\"}", JSON),
        ("{\"a\":\"nul\0here\"}", JSON),
        ("{\"a\":1,\0\"b\":2}", JSON),
        (r#"{"a"}"#, JSON),
        ("{\"\":}", JSON),
        ("{}", NO_LINE),
        ("[1]", NO_LINE),
        ("", NO_LINE),
        ("\u{feff}{\"a\":1}", &[("bom", "tamper"), ("format", "tamper"), ("json_invalid", "tamper")]),
    ]);
}

#[test]
fn a_text_that_is_no_text_is_told_although_it_is_hashed() {
    refused(&[
        (r#"{"a":"\ud800"}"#, NO_TEXT),
        (r#"{"a":"\udc00"}"#, NO_TEXT),
        (r#"{"a":"\udc00\ud800"}"#, NO_TEXT),
        (r#"{"a":"\ud800x"}"#, NO_TEXT),
        (r#"{"a":"\ud800\u0041"}"#, NO_TEXT),
        (r#"{"args":{"\ud800":1}}"#, NO_TEXT),
    ]);
    let bench = Bench::new();
    // A stray byte, one that continues nothing, one cut short, an overlong slash, a surrogate, beyond U+10FFFF.
    let bytes: [&[u8]; 6] =
        [b"\xff", b"\x80", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"];
    for bad in bytes {
        for (before, after) in [("{\"a\":\"", "\"}"), ("{\"args\":{\"", "\":1}}")] {
            let payload = [before.as_bytes(), bad, after.as_bytes()].concat();
            bench.broken(&format!("{bad:?} after {before}"), &chained(&payload), UTF8, At::Line(6));
        }
    }
}

#[test]
fn a_spelling_that_is_not_the_canonical_one_is_told_although_it_is_hashed() {
    refused(&[
        (r#"{"a": 1}"#, SPELT),
        (r#"{"a" :1}"#, SPELT),
        (r#"{"a":1 }"#, SPELT),
        (r#"{"a":1, "b":2}"#, SPELT),
        (r#"{"args":[1, 2]}"#, SPELT),
        ("{\"a\":\t1}", SPELT),
        ("{\"a\":\r1}", SPELT),
        (r#"{ "a":1}"#, NO_LINE),
        (r#"{"a":1.5}"#, SPELT),
        (r#"{"a":1.0}"#, SPELT),
        (r#"{"a":1e3}"#, SPELT),
        (r#"{"a":1E+3}"#, SPELT),
        (r#"{"args":[0.1]}"#, SPELT),
        (r#"{"a":-0}"#, SPELT),
        (r#"{"a":-0.0}"#, SPELT),
        (r#"{"a":9007199254740993}"#, SPELT),
        (r#"{"a":-9007199254740993}"#, SPELT),
        (r#"{"a":18446744073709551615}"#, SPELT),
        (r#"{"a":18446744073709551616}"#, SPELT),
        (r#"{"a":1e400}"#, NO_TEXT),
        (r#"{"a":"\u0041"}"#, SPELT),
        (r#"{"a":"\u20ac"}"#, SPELT),
        (r#"{"a":"\ud83d\ude00"}"#, SPELT),
        (r#"{"a":"\/"}"#, SPELT),
        (r#"{"a":"\u000a"}"#, SPELT),
        (r#"{"a":"\u0022"}"#, SPELT),
        (r#"{"a":"\u001F"}"#, SPELT),
        (r#"{"a":"\u007f"}"#, SPELT),
        (r#"{"b":1,"a":2}"#, SPELT),
        (r#"{"args":{"b":1,"a":2}}"#, SPELT),
        (r#"{"args":{"aa":1,"a":2}}"#, SPELT),
        (r#"{"args":[{"b":1,"a":2}]}"#, SPELT),
        (r#"{"Tool":1}"#, SPELT),
        (r#"{"toolName":1}"#, SPELT),
        (r#"{"1tool":1}"#, SPELT),
        (r#"{"a-b":1}"#, SPELT),
        (r#"{"":1}"#, SPELT),
        (r#"{"ä":1}"#, SPELT),
        // By UTF-8 the half-width stop comes first; by UTF-16, which is the canonical order, the astral one does.
        ("{\"args\":{\"\u{ff61}\":1,\"\u{1f600}\":2}}", SPELT),
    ]);
}

#[test]
fn deep_nesting_is_told_and_overflows_no_stack() {
    let bench = Bench::new();
    for depth in [1_000, 100_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let closed = format!("{{\"args\":{open}{close}}}");
        bench.broken("closed", &chained(closed.as_bytes()), NO_TEXT, At::Line(6));
        let open = format!("{{\"args\":{open}}}");
        bench.broken("left open", &chained(open.as_bytes()), JSON, At::Line(6));
    }
    let objects = format!("{{\"args\":{}1{}}}", "{\"a\":".repeat(30_000), "}".repeat(30_000));
    bench.broken("objects", &chained(objects.as_bytes()), NO_TEXT, At::Line(6));
}

#[test]
fn what_is_canonical_is_sound_however_odd_it_looks() {
    let bench = Bench::new();
    for payload in [
        "{\"args\":{\"\u{1f600}\":2,\"\u{ff61}\":1}}",
        r#"{"args":{"A":1,"a":{"":0,"hash":1,"prev":2,"seq":3}}}"#,
        r#"{"args":[9007199254740991,-9007199254740991,0,-1]}"#,
        r#"{"args":["\b\t\n\f\r\"\\/","\u0000\u001f"]}"#,
        "{\"args\":\"\u{7f}\u{80}\u{2028}\u{2029}\u{feff}\u{fffe}\u{10ffff}\u{e9}e\u{301}\"}",
        r#"{"args":",\"seq\":6,\"prev\":\"x\",\"hash\":\"y\"}"}"#,
        r#"{"args":[[],{},null,true,false,""]}"#,
        r#"{"kind":"never.heard.of","no_member_of_ours":{"x":1},"v":99}"#,
    ] {
        bench.sound(payload, &chained(payload.as_bytes()));
    }
}
