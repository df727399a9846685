//! A commit of exactly the files that were judged, with no program that the repository names.

use super::super::git::{transaction, trouble};
use super::super::{Hand, Step, Trouble};
use super::ask::{Ask, git, scratch};
use super::staged::{as_judged, unchanged};
use super::{lines, words};
use crate::call::{GitCommit, Happened, RefMove, visible_line};
use crate::gate::resolve::{change, git as repository};
use serde_json::json;
use std::path::Path;

/// Files in git's own folder that tell of something half done.
const HALFWAY: &[&str] = &["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"];

/// Says what git calls a content, as it is.
const RAW: [&str; 3] = ["hash-object", "--stdin", "--no-filters"];

pub fn commit(hand: &Hand<'_>, e: &GitCommit) -> Step {
    let repo = e.on.repo.as_path();
    let not = |why: String| Err(Trouble::Not(why));
    let Some(branch) = &e.branch else {
        return not(format!("`{}` is on no branch: check one out first", e.on.repo));
    };
    let shown = |id: &Option<String>| id.clone().unwrap_or_else(|| "no commit".into());
    if e.expect.is_some() && e.expect != e.head {
        return not(format!(
            "`HEAD` is at {}, not at {}: nothing was committed",
            shown(&e.head),
            shown(&e.expect)
        ));
    }
    if change::head(hand.home, repo) != e.head
        || change::line(hand.home, repo, &["symbolic-ref", "--quiet", "HEAD"]).as_ref() != Some(branch)
    {
        return Err(Trouble::changed(&e.on.repo));
    }
    ready(hand, e)?;
    let (name, email) = identity(hand, repo)?;
    let (_made, scratch) = scratch()?;
    let index = [("GIT_INDEX_FILE".to_owned(), scratch.join("index").display().to_string())];
    // No filter runs, also where one is named only now.
    let quiet = repository::no_drivers(hand.home, repo, &|| hand.stopped()).map_err(|e| trouble(hand, &e))?;
    let step = |arguments: &[&str], stdin: &[u8], more: &[(String, String)]| {
        let ask = Ask {
            on: &e.on,
            remote: None,
            held: e.on.confined,
            arguments,
            stdin,
            settings: &quiet,
            environment: more,
            scratch: &scratch,
        };
        let ran = git(hand, &ask)?;
        let said = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
        match ran.status.success() {
            true => Ok(said),
            false if ran.stopped => {
                Err(Trouble::Braked(format!("{} stopped git: nothing was committed", hand.stopper())))
            }
            false => Err(Trouble::Not(format!("git committed nothing: {}", words(&ran)))),
        }
    };
    if let Some(head) = &e.head {
        step(&["read-tree", head], b"", &index)?;
    }
    let names: Vec<u8> = e.files.iter().flat_map(|f| f.name.bytes().chain([0])).collect();
    let add = ["update-index", "--add", "--remove", "-z", "--stdin"];
    step(&add, &names, &index)?;
    let mut list = vec!["ls-files", "--stage", "-z", "--"];
    list.extend(e.files.iter().map(|f| f.name.as_str()));
    as_judged(e, &step(&list, b"", &index)?, &|content| step(&RAW, content, &[]))?;
    let tree = step(&["write-tree"], b"", &index)?;
    let before = e.head.as_ref().map(|head| format!("{head}^{{tree}}"));
    let before = before.and_then(|tree| change::line(hand.home, repo, &["rev-parse", "--verify", &tree]));
    if before.as_ref() == Some(&tree) {
        return not("nothing to commit: these files are as in the last commit".into());
    }
    let who = ["AUTHOR", "COMMITTER"].into_iter().flat_map(|role| {
        [(format!("GIT_{role}_NAME"), name.clone()), (format!("GIT_{role}_EMAIL"), email.clone())]
    });
    let who: Vec<_> = who.collect();
    let mut arguments = vec!["commit-tree", "--no-gpg-sign", &tree, "-F", "-"];
    arguments.extend(e.head.iter().flat_map(|head| ["-p", head.as_str()]));
    let new = step(&arguments, &e.message.bytes, &who)?;
    let moved = RefMove { name: branch.clone(), old: e.head.clone(), new: Some(new.clone()) };
    let ran =
        transaction(hand, &e.on.repo, &e.on.reaches, e.on.confined, &lines(std::slice::from_ref(&moved)))?;
    if !ran.status.success() {
        return match change::head(hand.home, repo) {
            now if now == e.head => not(format!("git committed nothing: {}", words(&ran))),
            _ => Err(Trouble::Unknown(format!("git was stopped in the middle: {}", words(&ran)))),
        };
    }
    // The commit stands. Should this not work, `git status` shows these files as changed back.
    let staged = step(&add, &names, &[]).err();
    let files: Vec<_> = e.files.iter().map(|f| &f.name).collect();
    let told = json!({
        "repo": e.on.repo, "branch": branch, "old": e.head, "new": new, "files": files,
        "index": staged.map(|_| "not refreshed: `git add` these files"),
    });
    Ok(Happened::RefsMoved { repo: e.on.repo.clone(), moved: vec![moved], told })
}

/// Nothing is half done, nobody else is at it, and no file needs a program that the repository names.
fn ready(hand: &Hand<'_>, e: &GitCommit) -> Result<(), Trouble> {
    let repo = e.on.repo.as_path();
    let own = change::line(hand.home, repo, &["rev-parse", "--absolute-git-dir"]).unwrap_or_default();
    if let Some(found) = HALFWAY.iter().find(|name| Path::new(&own).join(name).exists()) {
        return Err(Trouble::Not(format!(
            "`{}` is in the middle of something (`{found}`): end that first",
            e.on.repo
        )));
    }
    let lock = Path::new(&own).join("index.lock");
    if lock.exists() {
        return Err(Trouble::Not(format!(
            "`{}` is there: another git is at work, or one crashed; if none is, remove that file",
            lock.display()
        )));
    }
    unchanged(e)?;
    let mut ask = vec!["check-attr", "-z", "filter", "--"];
    ask.extend(e.files.iter().map(|f| f.name.as_str()));
    let said = repository::ask(hand.home, repo, &ask, &|| hand.stopped()).map_err(|e| trouble(hand, &e))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let words: Vec<&str> = said.split('\0').collect();
    for row in words.chunks(3) {
        if let [name, _, filter] = row
            && !matches!(*filter, "unspecified" | "unset")
        {
            return Err(Trouble::Not(format!(
                "`{}` goes through the filter `{}`, a program that the repository names: commit it by hand",
                visible_line(name, 200),
                visible_line(filter, 60)
            )));
        }
    }
    Ok(())
}

/// The owner's name and address: as the repository says, else as they say for all.
fn identity(hand: &Hand<'_>, repo: &Path) -> Result<(String, String), Trouble> {
    let of = |key: &str| {
        let here = change::line(hand.home, repo, &["config", "--get", key]);
        here.or_else(|| repository::of_owner(hand.home, key).pop())
    };
    match (of("user.name"), of("user.email")) {
        (Some(name), Some(email)) => Ok((name, email)),
        _ => {
            Err(Trouble::Not("git does not know whose commit it is: set `user.name` and `user.email`".into()))
        }
    }
}
