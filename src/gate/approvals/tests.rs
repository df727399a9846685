//! Requests at rest: what ran out, what was decided, and what is spent only once.

use super::*;
use crate::audit::Entry;
use crate::gate::fixture::home;
use serde_json::json;

const WEEK: i64 = 7 * 24 * 3600;

/// A row under `id` in `state` that expires so many seconds after `now`.
fn row(id: &str, state: &str, now: Timestamp, seconds: i64) -> Approval {
    let digest = crate::canon::digest_of(&json!([])).unwrap();
    let expires = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
    serde_json::from_value(json!({
        "v": 1, "id": id, "state": state, "call": "0".repeat(26), "tool": "shell_run", "args": {},
        "caller": "cli", "risk": "HIGH", "digest": digest, "target": digest, "shown": {"told": 1},
        "effects": [], "reasons": [], "asked": expires, "expires": expires,
    }))
    .unwrap()
}

fn book(home: &Home, rows: Vec<Approval>, now: Timestamp) -> Book<'_> {
    let lock = Lock::acquire(&home.approvals_lock(), WAIT).unwrap();
    Book { home, rows, now, _lock: lock }
}

fn states(rows: &[Approval]) -> Vec<(&str, State)> {
    rows.iter().map(|row| (row.id.as_str(), row.state)).collect()
}

#[test]
fn what_ran_out_is_closed_on_record_and_a_closed_row_stays_a_week_longer() {
    let (_dir, home) = home();
    let now = clock::now();
    let all = vec![
        row("aaaaa", "waiting", now, 1),
        row("bbbbb", "waiting", now, 0),
        row("ccccc", "approved", now, -1),
        row("ddddd", "spent", now, 1 - WEEK),
        row("eeeee", "spent", now, -WEEK),
        row("fffff", "stale", now, -WEEK - 1),
        row("ggggg", "denied", now, -WEEK - 1),
    ];
    let mut book = book(&home, all, now);
    book.expire().unwrap();
    let left = [
        ("aaaaa", State::Waiting),
        ("bbbbb", State::Expired),
        ("ccccc", State::Expired),
        ("ddddd", State::Spent),
        ("ggggg", State::Denied),
    ];
    assert_eq!(states(&book.rows), left);
    assert_eq!(book.rows[1].args, json!({"told": 1}), "contents of a closed row are not kept");
    assert_eq!(states(&rows(&home).unwrap()), left, "the file says the same");
}

#[test]
fn the_file_is_written_if_a_row_goes_and_left_alone_if_nothing_changes() {
    let (_dir, home) = home();
    let now = clock::now();
    let mut kept = book(&home, vec![row("aaaaa", "waiting", now, 1)], now);
    kept.expire().unwrap();
    assert!(!home.approvals().exists(), "nothing changed");
    drop(kept);
    let gone = vec![row("aaaaa", "waiting", now, 1), row("eeeee", "spent", now, -WEEK)];
    let mut gone = book(&home, gone, now);
    gone.save().unwrap();
    gone.expire().unwrap();
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Waiting)]);
}

fn asked() -> (tempfile::TempDir, Home, ApprovalId, Person) {
    let (dir, home) = home();
    std::fs::create_dir(home.policy().parent().unwrap()).unwrap();
    std::fs::write(home.policy(), "").unwrap();
    std::fs::write(home.settings(), "").unwrap();
    let mut asked = row("aaaaa", "waiting", clock::now(), 60);
    let digest = crate::gate::judged::digest_of(&asked.tool, &asked.args, &asked.effects, "cli");
    asked.digest = digest.unwrap();
    book(&home, vec![asked], clock::now()).save().unwrap();
    let person = Person::of_scratch(&home).unwrap();
    (dir, home, ApprovalId::parse("aaaaa").unwrap(), person)
}

fn yes(home: &Home, id: &ApprovalId, person: &Person) -> Result<Approval, ApprovalError> {
    decide(home, Said::Yes(&get(home, id)?), person)
}

#[test]
fn a_no_counts_without_a_record_and_a_yes_does_not() {
    let (_dir, home, id, person) = asked();
    for entry in std::fs::read_dir(home.audit()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "jsonl") {
            std::fs::write(path, "not an entry\n").unwrap();
        }
    }
    assert!(matches!(yes(&home, &id, &person), Err(ApprovalError::Gate(_))));
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Waiting)]);
    let denied = decide(&home, Said::No(&id, "no"), &person).unwrap();
    assert_eq!((denied.state, denied.decided.unwrap().place), (State::Denied, None));
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Denied)]);
}

#[test]
fn a_decision_is_on_record_with_the_digest_of_what_was_seen() {
    let (_dir, home, id, person) = asked();
    let view = crate::gate::view::view(&get(&home, &id).unwrap());
    let decided = yes(&home, &id, &person).unwrap().decided.unwrap();
    let entry = Log::of(&home).read(&decided.place.unwrap()).unwrap();
    assert_eq!(entry["view"], json!({"sha256": sha256(view.as_bytes()), "bytes": view.len()}));
}

#[test]
fn only_its_own_entry_says_that_an_approval_was_spent() {
    let (_dir, home, id, person) = asked();
    let _ = yes(&home, &id, &person).unwrap();
    let spent = |id: &str| Log::of(&home).append(&Entry::new(Kind::ApprovalSpent).with("approval", id));
    let _ = spent("bbbbb").unwrap();
    let _ = Log::of(&home).append(&Entry::new(Kind::ApprovalStale).with("approval", "aaaaa")).unwrap();
    assert!(spend(&home, &id).is_ok());
    assert!(matches!(spend(&home, &id), Err(ApprovalError::Closed(..))));
    let (_dir, home, id, person) = asked();
    let _ = yes(&home, &id, &person).unwrap();
    let _ = Log::of(&home).append(&Entry::new(Kind::ApprovalSpent).with("approval", "aaaaa")).unwrap();
    assert!(matches!(spend(&home, &id), Err(ApprovalError::Closed(..))), "it crashed after the entry");
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Spent)]);
}

#[test]
fn only_what_still_waits_is_forgotten() {
    let (_dir, home, id, _person) = asked();
    assert!(forget(&home, &id).is_ok() && get(&home, &id).unwrap().state == State::Expired);
    let (_dir, home, id, person) = asked();
    let _ = yes(&home, &id, &person).unwrap();
    assert!(forget(&home, &id).is_ok() && get(&home, &id).unwrap().state == State::Approved);
}

#[test]
fn what_waits_is_what_can_still_be_decided() {
    let (_dir, home) = home();
    let now = time::now(&home);
    let all = vec![
        row("aaaaa", "waiting", now, 60),
        row("bbbbb", "approved", now, 60),
        row("ccccc", "denied", now, 60),
        row("ddddd", "spent", now, 60),
        row("eeeee", "waiting", now, 0),
        row("fffff", "waiting", now, -60),
    ];
    assert_eq!(states(&waiting(all.clone(), now)), [("aaaaa", State::Waiting), ("bbbbb", State::Approved)]);
    book(&home, all, now).save().unwrap();
    assert_eq!(states(&list(&home).unwrap()), [("aaaaa", State::Waiting), ("bbbbb", State::Approved)]);
    let unknown = ApprovalId::parse("zzzzz").unwrap();
    assert!(matches!(get(&home, &unknown), Err(ApprovalError::Unknown(id)) if id == unknown));
}

#[test]
fn an_edited_row_is_shown_to_nobody_and_only_a_no_counts() {
    let (_dir, home, id, person) = asked();
    let seen = get(&home, &id).unwrap();
    let mut edited = rows(&home).unwrap();
    edited[0].args = json!({"argv": ["rm"]});
    book(&home, edited, clock::now()).save().unwrap();
    assert!(matches!(get(&home, &id), Err(ApprovalError::Edited(_))));
    assert!(matches!(decide(&home, Said::Yes(&seen), &person), Err(ApprovalError::Edited(_))));
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Waiting)]);
    let denied = decide(&home, Said::No(&id, "no"), &person).unwrap();
    assert_eq!((denied.state, denied.decided.unwrap().reason.as_deref()), (State::Denied, Some("no")));
    assert!(matches!(decide(&home, Said::No(&id, "no"), &person), Err(ApprovalError::Closed(..))));
}

#[test]
fn a_yes_is_to_what_was_shown() {
    let (_dir, home, id, person) = asked();
    let mut seen = get(&home, &id).unwrap();
    seen.why = Some("another reason".into());
    assert!(matches!(decide(&home, Said::Yes(&seen), &person), Err(ApprovalError::Edited(_))));
    let yes = yes(&home, &id, &person).unwrap();
    assert_eq!(yes.state, State::Approved);
    let entry = Log::of(&home).read(&yes.decided.unwrap().place.unwrap()).unwrap();
    let policy = Policy::load(&home).unwrap().digest;
    assert_eq!((&entry["decision"], &entry["policy"]), (&json!("approve"), &json!(policy)));
    assert_eq!((&entry["source"], &entry["proof"]), (&json!("demo"), &json!("none")));
    // It may be said again, and be taken back, until it is used.
    let denied = decide(&home, Said::No(&id, "no"), &person).unwrap().decided.unwrap();
    let entry = Log::of(&home).read(&denied.place.unwrap()).unwrap();
    let said = (&entry["decision"], &entry["reason"], &entry["policy"]);
    assert_eq!(said, (&json!("deny"), &json!("no"), &Value::Null));
}

#[test]
fn a_yes_that_was_spent_before_a_crash_is_no_yes_any_more() {
    let (_dir, home, id, person) = asked();
    let _ = yes(&home, &id, &person).unwrap();
    let _ = Log::of(&home).append(&Entry::new(Kind::ApprovalSpent).with("approval", "aaaaa")).unwrap();
    assert!(matches!(yes(&home, &id, &person), Err(ApprovalError::Closed(..))));
    assert_eq!(states(&rows(&home).unwrap()), [("aaaaa", State::Spent)]);
}

#[test]
fn a_request_moves_on_with_an_entry_and_keeps_its_outcome() {
    let (_dir, home, id, person) = asked();
    let change = || advance(&home, &id, Event::Change, Kind::ApprovalStale, Some("why"));
    assert!(matches!(change(), Err(ApprovalError::Closed(..))), "it is not approved");
    let _ = yes(&home, &id, &person).unwrap();
    change().unwrap();
    let about = ("approval", id.as_str());
    let newest = crate::audit::Log::of(&home).find_about(about, 1, &[Kind::ApprovalStale]).unwrap();
    assert!(newest.is_some());
    keep_outcome(&home, &id, json!({"status": "refused"})).unwrap();
    let row = get(&home, &id).unwrap();
    assert_eq!((row.state, row.outcome), (State::Stale, Some(json!({"status": "refused"}))));
}

#[test]
fn a_new_id_is_none_that_is_there() {
    let (_dir, home) = home();
    let book = book(&home, vec![row("aaaaa", "waiting", clock::now(), 60)], clock::now());
    assert_ne!(book.fresh_id().unwrap().as_str(), "aaaaa");
}
