//! Reaching another repository: fetching from it, and giving it a branch.

use super::super::git::transaction;
use super::super::{Hand, Step, Trouble};
use super::ask::{Ask, git, references, scratch};
use super::words;
use crate::call::{GitFetch, GitPush, GitRemote, Happened, RefMove, Repo, visible_line};
use crate::gate::resolve::{change, git as repository};
use crate::state::process::Captured;
use serde_json::json;
use std::collections::BTreeMap;

/// Serves a push into a folder of this machine without the programs which that folder names.
const RECEIVE: &str = "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=false \
                       -c receive.denyCurrentBranch=refuse -c receive.autogc=false -c gc.auto=0 receive-pack";

/// The remote must still lead where it led when the call was judged.
fn unmoved(hand: &Hand<'_>, on: &Repo, remote: &GitRemote, push: bool) -> Result<(), Trouble> {
    if remote.url.is_empty() {
        return Err(Trouble::Not(format!("`{}` has no remote `{}`", on.repo, remote.name)));
    }
    let now = change::remote(hand.home, on.repo.as_path(), remote.name.clone(), push);
    if now.map_err(|e| Trouble::Not(e.to_string()))? != *remote {
        Err(Trouble::changed(&on.repo))
    } else {
        Ok(())
    }
}

pub fn fetch(hand: &Hand<'_>, e: &GitFetch) -> Step {
    unmoved(hand, &e.on, &e.remote, false)?;
    let below = format!("refs/remotes/{}/", e.remote.name);
    let before = references(hand, &e.on, &below)?;
    let (address, spec) = (address(&e.remote), format!("+refs/heads/*:{below}*"));
    let mut arguments = vec![
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--no-auto-gc",
        "--refmap=",
        "--atomic",
        "--upload-pack=git-upload-pack",
        if e.prune { "--prune" } else { "--no-prune" },
    ];
    arguments.extend(["--", &address, &spec]);
    let ran = there(hand, &e.on, (&e.remote, e.held), &arguments)?;
    let after = references(hand, &e.on, &below)?;
    let moved = moves(&before, &after);
    if !ran.status.success() {
        let message = format!("git fetched nothing: {}", words(&ran));
        return Err(match (moved.is_empty(), ran.stopped) {
            (true, true) => Trouble::Braked(message),
            (true, false) => Trouble::Not(message),
            (false, _) => Trouble::Unknown(format!("git was stopped in the middle: {}", words(&ran))),
        });
    }
    let told = json!({ "repo": e.on.repo, "remote": e.remote.name });
    Ok(Happened::RefsMoved { repo: e.on.repo.clone(), moved, told })
}

fn moves(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<RefMove> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let names = after.keys().chain(gone);
    let moves = names.map(|name| RefMove {
        name: name.clone(),
        old: before.get(name).cloned(),
        new: after.get(name).cloned(),
    });
    moves.filter(|m| m.old != m.new).collect()
}

pub fn push(hand: &Hand<'_>, e: &GitPush) -> Step {
    let repo = e.on.repo.as_path();
    unmoved(hand, &e.on, &e.remote, true)?;
    let Some(commit) = &e.commit else {
        return Err(Trouble::Not(format!("there is no branch `{}` in `{}`", e.from.as_str(), e.on.repo)));
    };
    let full = format!("refs/heads/{}^{{commit}}", e.from.as_str());
    if change::line(hand.home, repo, &["rev-parse", "--verify", "--quiet", &full]).as_ref() != Some(commit) {
        return Err(Trouble::changed(&e.on.repo));
    }
    if let Some(expect) = &e.expect {
        let ahead = ["merge-base", "--is-ancestor", expect, commit];
        repository::ask(hand.home, repo, &ahead, &|| hand.stopped()).map_err(|_| {
            Trouble::Not(format!(
                "`{}` does not follow {expect}: fetch and merge first; nothing is ever forced",
                e.from.as_str()
            ))
        })?;
    }
    let target = format!("refs/heads/{}", e.to.as_str());
    let lease = format!("--force-with-lease={target}:{}", e.expect.as_deref().unwrap_or_default());
    let receive = if e.remote.host.is_empty() { RECEIVE } else { "git-receive-pack" };
    let receive = format!("--receive-pack={receive}");
    let (address, spec) = (address(&e.remote), format!("{commit}:{target}"));
    let arguments = [
        "push",
        "--porcelain",
        "--no-verify",
        "--no-signed",
        "--no-follow-tags",
        "--recurse-submodules=no",
        &lease,
        &receive,
        "--",
        &address,
        &spec,
    ];
    let ran = there(hand, &e.on, (&e.remote, e.held), &arguments)?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let answer = said.lines().find(|line| line.split('\t').nth(1).is_some_and(|to| to.ends_with(&target)));
    if ran.status.success() {
        let old = e.expect.clone();
        let seen = RefMove {
            name: format!("refs/remotes/{}/{}", e.remote.name, e.to.as_str()),
            old: None,
            new: Some(commit.clone()),
        };
        // What stands for the remote here follows; if it does not, the next fetch sees to it.
        let _ = transaction(
            hand,
            &e.on.repo,
            &e.on.reaches,
            e.on.confined,
            &format!("update {} {commit}\n", seen.name),
        );
        let value =
            json!({ "repo": e.on.repo, "remote": e.remote.name, "ref": target, "old": old, "new": commit });
        return Ok(Happened::Told { value, lacks: None });
    }
    Err(not_pushed(&ran, answer))
}

/// Whether the remote has it, if git did not end well.
fn not_pushed(ran: &Captured, answer: Option<&str>) -> Trouble {
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    if let Some(answer) = answer.filter(|answer| answer.starts_with('!')) {
        let why = answer.split('\t').nth(2).unwrap_or_default();
        let moved = if why.contains("stale info") {
            ": the remote's branch is not where it was believed to be"
        } else {
            ""
        };
        return Trouble::Not(format!("the remote took nothing: {}{moved}", visible_line(why, 200)));
    }
    let never = [
        "unable to access",
        "Could not resolve",
        "Connection refused",
        "does not appear to be a git repository",
        "Permission denied",
        "not found",
        "dubious ownership",
    ];
    let message = format!("git pushed nothing: {}", words(ran));
    if !ran.stopped && !ran.timed_out && never.iter().any(|said| stderr.contains(said)) {
        return Trouble::Not(message);
    }
    Trouble::Unknown(format!("git was stopped in the middle: {}; look at the remote's branch", words(ran)))
}

/// What git is given for the remote: a folder by its real path, another machine by the name that its
/// settings give an address to.
fn address(remote: &GitRemote) -> String {
    remote.place.as_ref().map_or_else(|| change::REMOTE.to_owned(), ToString::to_string)
}

/// Runs git so that it reaches the remote.
fn there(
    hand: &Hand<'_>,
    on: &Repo,
    (remote, held): (&GitRemote, bool),
    arguments: &[&str],
) -> Result<Captured, Trouble> {
    let (_made, scratch) = scratch()?;
    let (remote, scratch) = (Some(remote), scratch.as_path());
    git(hand, &Ask { on, remote, held, arguments, stdin: b"", settings: &[], environment: &[], scratch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_never_given_a_word_that_it_looks_up_in_the_repository() {
        let mut remote = GitRemote {
            name: "origin".into(),
            url: "git@example.org:a".into(),
            scheme: "ssh".into(),
            host: "example.org".into(),
            place: None,
            reaches: Vec::new(),
            meddles: Vec::new(),
        };
        assert_eq!(address(&remote), "fleet/remote");
        remote.place = Some(crate::call::RealPath::new(std::path::Path::new("/srv")).unwrap());
        assert_eq!(address(&remote), "/srv");
    }
}
