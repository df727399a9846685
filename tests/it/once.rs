//! At most once, across `kill -9` at any instant and across a power cut.
//!
//! Each kind of effect is killed before each system call that changes something, and at random
//! instants; another command then recovers. What took place is counted where it arrives: in the file
//! system, in the repository, at a listener on the loopback address. Whatever took place is put back
//! before anything else runs, so that a second time would show.

mod asking;
mod instants;
mod kinds;
mod late;
mod power;
mod receiver;
mod recovery;
mod replay;
mod syscalls;
mod trial;

use kinds::Kind;

/// How many runs of each kind are killed at least, at instants that were counted and at random ones.
/// Fewer is a failure, so that the numbers cannot shrink unseen.
const AT_LEAST: [(Kind, usize, usize); 10] = [
    (Kind::Read, 10, 110),
    (Kind::List, 10, 110),
    (Kind::Create, 18, 110),
    (Kind::Replace, 20, 110),
    (Kind::Move, 16, 110),
    (Kind::Copy, 18, 110),
    (Kind::Trash, 30, 90),
    (Kind::Status, 20, 70),
    (Kind::BranchDelete, 40, 50),
    (Kind::Shell, 36, 90),
];

/// Kills `kind` at every instant and at random, and sees that there were as many runs as promised.
fn at_most_once(kind: Kind) {
    let (_, floor, random) = AT_LEAST.into_iter().find(|(k, ..)| *k == kind).unwrap();
    let counted = instants::every(kind) + instants::children(kind);
    assert!(counted >= floor, "{kind:?}: {counted} instants instead of {floor}");
    assert_eq!(instants::random(kind, random), random, "{kind:?}");
}

#[test]
fn all_kinds_together_are_killed_a_thousand_times() {
    let all: usize = AT_LEAST.iter().map(|(_, instants, random)| instants + random).sum();
    assert!(all >= 1000, "{all}");
}

#[test]
fn a_read_that_is_killed_changes_nothing_and_is_on_record_if_it_was_answered() {
    at_most_once(Kind::Read);
}

#[test]
fn a_listing_that_is_killed_changes_nothing_and_is_on_record_if_it_was_answered() {
    at_most_once(Kind::List);
}

#[test]
fn a_new_file_is_written_at_most_once_whenever_its_writer_is_killed() {
    at_most_once(Kind::Create);
}

#[test]
fn a_file_is_replaced_at_most_once_whenever_its_writer_is_killed() {
    at_most_once(Kind::Replace);
}

#[test]
fn a_file_is_moved_at_most_once_whenever_its_mover_is_killed() {
    at_most_once(Kind::Move);
}

#[test]
fn a_file_is_copied_at_most_once_whenever_its_copier_is_killed() {
    at_most_once(Kind::Copy);
}

#[test]
fn a_file_goes_into_the_trash_at_most_once_whenever_its_approval_is_killed() {
    at_most_once(Kind::Trash);
}

#[test]
fn a_repository_that_is_read_by_a_killed_call_is_unchanged() {
    at_most_once(Kind::Status);
}

#[test]
fn a_branch_is_deleted_at_most_once_whenever_its_approval_is_killed() {
    at_most_once(Kind::BranchDelete);
}

#[test]
fn a_program_runs_at_most_once_whenever_its_approval_is_killed() {
    at_most_once(Kind::Shell);
}
