//! Changing a repository, and reaching another one: git itself does it, as a child that is registered
//! and held to what it may reach, with no program that a repository names.

use super::confine::{self, Declared, Network};
use super::git::{held, transaction, trouble};
use super::sheet::Order;
use super::{Hand, Step, Trouble, spawn};
use crate::call::{
    GitChange, GitCommit, GitFetch, GitPush, GitRefs, GitRemote, Happened, Pin, RefMove, Repo, visible_line,
};
use crate::gate::resolve::{change, git, pin, program};
use crate::state::process::{Bounds, Captured};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a remote may take, and git here.
const FAR: Duration = Duration::from_secs(300);
const NEAR: Duration = Duration::from_secs(60);
/// Serves a push into a folder of this machine without the programs which that folder names.
const RECEIVE: &str = "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=false \
                       -c receive.denyCurrentBranch=refuse -c receive.autogc=false -c gc.auto=0 receive-pack";
/// Files in git's own folder that tell of something half done.
const HALFWAY: &[&str] = &["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"];

pub fn act(hand: &Hand<'_>, change: &GitChange) -> Step {
    let on = change.on();
    if on.pin == Pin::Absent || git::pin(on.repo.as_path()) != on.pin {
        return Err(Trouble::Not(format!("`{}` is not a git repository", on.repo)));
    }
    match change {
        GitChange::Fetch(e) => fetch(hand, e),
        GitChange::Commit(e) => commit(hand, e),
        GitChange::Push(e) => push(hand, e),
        GitChange::Refs(e) => back(hand, e),
    }
}

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

fn fetch(hand: &Hand<'_>, e: &GitFetch) -> Step {
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
    let ran = git(hand, &e.on, Some(&e.remote), &arguments, b"", &[])?;
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

/// References below a name, without those that only point to another.
fn references(hand: &Hand<'_>, on: &Repo, below: &str) -> Result<BTreeMap<String, String>, Trouble> {
    let format = "--format=%(refname) %(objectname) %(symref)";
    let said = git::ask(hand.home, on.repo.as_path(), &["for-each-ref", format, below], &|| hand.stopped());
    let said = said.map_err(|e| trouble(hand, &e))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (name, id) = (words.next()?, words.next()?);
        words.next().is_none_or(str::is_empty).then(|| (name.to_owned(), id.to_owned()))
    };
    Ok(said.lines().filter_map(line).collect())
}

fn commit(hand: &Hand<'_>, e: &GitCommit) -> Step {
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
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let scratch = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    let index = [("GIT_INDEX_FILE".to_owned(), scratch.join("index").display().to_string())];
    let step = |arguments: &[&str], stdin: &[u8], more: &[(String, String)]| {
        let ran = git_in(hand, &e.on, None, arguments, stdin, more, &scratch)?;
        let said = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
        match ran.status.success() {
            true => Ok(said),
            false if ran.stopped => {
                Err(Trouble::Braked("the kill switch stopped git: nothing was committed".into()))
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
    unchanged(e)?;
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
    let said = git::ask(hand.home, repo, &ask, &|| hand.stopped()).map_err(|e| trouble(hand, &e))?;
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

fn unchanged(e: &GitCommit) -> Result<(), Trouble> {
    for file in &e.files {
        if matches!(file.pin, Pin::Tree { .. } | Pin::Folder) {
            return Err(Trouble::Not(format!("`{}` is a folder: name the files", file.path)));
        }
        if pin::content(file.path.as_path()).map_err(|e| Trouble::Not(e.to_string()))?.0 != file.pin {
            return Err(Trouble::changed(&file.path));
        }
    }
    Ok(())
}

/// The owner's name and address: as the repository says, else as they say for all.
fn identity(hand: &Hand<'_>, repo: &Path) -> Result<(String, String), Trouble> {
    let of = |key: &str| {
        let here = change::line(hand.home, repo, &["config", "--get", key]);
        here.or_else(|| git::of_owner(hand.home, key).pop())
    };
    match (of("user.name"), of("user.email")) {
        (Some(name), Some(email)) => Ok((name, email)),
        _ => {
            Err(Trouble::Not("git does not know whose commit it is: set `user.name` and `user.email`".into()))
        }
    }
}

fn push(hand: &Hand<'_>, e: &GitPush) -> Step {
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
        git::ask(hand.home, repo, &ahead, &|| hand.stopped()).map_err(|_| {
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
    let ran = git(hand, &e.on, Some(&e.remote), &arguments, b"", &[])?;
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

fn back(hand: &Hand<'_>, e: &GitRefs) -> Step {
    let turned: Vec<_> = e
        .back
        .iter()
        .map(|m| RefMove { old: m.new.clone(), new: m.old.clone(), name: m.name.clone() })
        .collect();
    let ran = transaction(hand, &e.on.repo, &e.on.reaches, e.on.confined, &lines(&turned))?;
    if ran.status.success() {
        let told = json!({ "repo": e.on.repo, "back": turned.len() });
        return Ok(Happened::RefsMoved { repo: e.on.repo.clone(), moved: turned, told });
    }
    let now = references(hand, &e.on, "refs/")?;
    // The transaction does all or nothing: where none is back, nothing was done.
    let none = e.back.iter().all(|m| now.get(&m.name) != m.old.as_ref());
    let said = words(&ran);
    Err(match none {
        true => Trouble::Not(format!("git moved nothing back: {said}")),
        false => Trouble::Unknown(format!("git was stopped in the middle: {said}; look at the references")),
    })
}

/// A reference transaction: git compares each old value under its own lock, and does all or nothing.
fn lines(moves: &[RefMove]) -> String {
    let mut lines = String::from("start\n");
    for m in moves {
        lines.push_str("option no-deref\n");
        lines.push_str(&match (&m.old, &m.new) {
            (Some(old), Some(new)) => format!("update {} {new} {old}\n", m.name),
            (None, Some(new)) => format!("create {} {new}\n", m.name),
            (Some(old), None) => format!("delete {} {old}\n", m.name),
            (None, None) => format!("verify {}\n", m.name),
        });
    }
    lines.push_str("prepare\ncommit\n");
    lines
}

/// The address as git is given it: a folder by its real path.
fn address(remote: &GitRemote) -> String {
    remote.place.as_ref().map_or_else(|| remote.url.clone(), ToString::to_string)
}

fn words(ran: &Captured) -> String {
    visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300)
}

fn git(
    hand: &Hand<'_>,
    on: &Repo,
    remote: Option<&GitRemote>,
    arguments: &[&str],
    stdin: &[u8],
    more: &[(String, String)],
) -> Result<Captured, Trouble> {
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let scratch = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    git_in(hand, on, remote, arguments, stdin, more, &scratch)
}

/// Runs git on the repository. Only where it reaches another machine it is not held by the kernel: it
/// needs the owner's keys and their agent then.
fn git_in(
    hand: &Hand<'_>,
    on: &Repo,
    remote: Option<&GitRemote>,
    arguments: &[&str],
    stdin: &[u8],
    more: &[(String, String)],
    scratch: &Path,
) -> Result<Captured, Trouble> {
    let program = program::find("git", hand.home).ok().flatten();
    let Some(program) = program else { return Err(trouble(hand, &git::GitError::NoGit)) };
    let repo = on.repo.as_path();
    let mut argv = vec!["git".to_owned()];
    argv.extend(git::options(repo));
    argv.extend(arguments.iter().map(|a| (*a).to_owned()));
    let mut environment = git::environment(hand.home, &remote.map_or_else(Vec::new, |r| settings(hand, r)));
    // An empty one asks nobody.
    environment.push(("GIT_ASKPASS".into(), String::new()));
    environment.extend(more.iter().cloned());
    let far = remote.filter(|r| !r.host.is_empty());
    if let Some(agent) = far.and_then(|_| std::env::var("SSH_AUTH_SOCK").ok()) {
        environment.push(("SSH_AUTH_SOCK".into(), agent));
    }
    let profile = on.confined.then(|| match remote {
        None => self::held(hand, repo, &on.reaches, program.as_path(), scratch),
        Some(remote) => {
            let there = remote.place.iter().chain(&remote.reaches).map(crate::call::RealPath::as_path);
            let own = on.reaches.iter().map(crate::call::RealPath::as_path);
            let declared = Declared {
                programs: vec![program.as_path()],
                cwd: Some(repo),
                inputs: Vec::new(),
                write_roots: own.chain(there).chain([repo]).collect(),
                scratch,
                network: Network::None,
            };
            confine::of(hand.home, &declared)
        }
    });
    let time = if far.is_some() { FAR } else { NEAR };
    let bounds = Bounds { time, output: 1 << 20, grace: Duration::from_secs(2) };
    let order = Order { profile, cwd: repo.to_path_buf(), program: program.as_path().to_path_buf(), argv };
    spawn::run(hand, &order, &environment, bounds, stdin)
}

/// Settings under which git may use exactly the way that was judged.
fn settings(hand: &Hand<'_>, remote: &GitRemote) -> Vec<(String, String)> {
    let mut set = vec![(format!("protocol.{}.allow", remote.scheme), "always".to_owned())];
    match remote.scheme.as_str() {
        "ssh" => set.push(("core.sshCommand".into(), "ssh -oBatchMode=yes".into())),
        "https" => {
            set.push(("http.proxy".into(), String::new()));
            let helpers = git::of_owner(hand.home, "credential.helper");
            set.extend(helpers.into_iter().map(|helper| ("credential.helper".to_owned(), helper)));
        }
        _ => {}
    }
    set
}
