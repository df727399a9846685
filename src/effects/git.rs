//! Git: questions, and deleting branches in one transaction.

use super::confine::{self, Declared, Network, Profile};
use super::sheet::Order;
use super::{Hand, Step, Trouble, spawn};
use crate::call::{BranchPin, GitBranchDelete, GitBranchRestore, GitQuery, GitRead, Happened, Pin, RealPath};
use crate::gate::resolve::{git, program};
use crate::state::process::{Bounds, Captured};
use std::path::Path;
use std::time::Duration;

/// Fields of a branch, as `git_status` reads them.
const BRANCH: &str = "--format=%(refname)%00%(objectname)%00%(upstream)%00%(upstream:track,nobracket)%00\
                      %(committerdate:unix)%00%(HEAD)%00%(worktreepath)%00%(symref)%00%(subject)";
/// Fields of a commit, as `git_log` reads them.
const COMMIT: &str = "--format=%x1e%H%x00%an%x00%ae%x00%aI%x00%s%x00";

pub fn read(hand: &Hand<'_>, effect: &GitRead) -> Step {
    if effect.pin == Pin::Absent {
        return Err(Trouble::Not(format!("`{}` is not a git repository", effect.repo)));
    }
    let ask = |arguments: &[&str]| {
        git::ask(hand.home, effect.repo.as_path(), arguments, &|| hand.stopped())
            .map_err(|e| trouble(hand, &e))
    };
    let parts = match &effect.query {
        GitQuery::Status { diff, fsck } => status(&ask, git::is_bare(effect.repo.as_path()), *diff, *fsck)?,
        GitQuery::Log { range, path, author, since, patch, limit } => {
            let limit = format!("--max-count={limit}");
            let author = author.as_ref().map(|a| format!("--author={a}"));
            let since = since.as_ref().map(|s| format!("--since={s}"));
            let mut arguments =
                vec!["log", "--raw", "--no-ext-diff", "--no-textconv", "--submodule=short", COMMIT, &limit];
            arguments.extend(author.as_deref().into_iter().chain(since.as_deref()));
            arguments.extend(patch.then_some("--patch"));
            arguments.extend(["--end-of-options", range.as_deref().unwrap_or("HEAD"), "--"]);
            arguments.extend(path.as_deref());
            vec![("log", ask(&arguments)?)]
        }
    };
    Ok(Happened::GitSaid { repo: effect.repo.clone(), parts })
}

type Parts = Vec<(&'static str, Vec<u8>)>;
type Ask<'a> = &'a dyn Fn(&[&str]) -> Result<Vec<u8>, Trouble>;

fn status(ask: Ask<'_>, bare: bool, diff: Option<&str>, fsck: bool) -> Result<Parts, Trouble> {
    let work_tree = ["status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=dirty"];
    let branches = ask(&["for-each-ref", BRANCH, "refs/heads"])?;
    let base = base(ask, &branches);
    let mut merged = Vec::new();
    for base in &base {
        let option = format!("--merged={base}");
        merged.extend(ask(&["for-each-ref", &option, "--format=%(refname:lstrip=2)", "refs/heads"])?);
    }
    // Globs, not `--branches`: then git names each in full.
    let unpushed = [
        "log",
        "--glob=refs/heads",
        "--glob=refs/tags",
        "--not",
        "--remotes",
        "--max-count=5000",
        "--format=%H%x00%P%x00%ct%x00%s",
    ];
    let refs =
        ["for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)", "refs/heads", "refs/tags"];
    let short =
        |b: &String| b.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/").to_owned();
    let shown: Vec<String> = base.iter().map(short).collect();
    let mut parts = vec![
        ("status", if bare { Vec::new() } else { ask(&work_tree)? }),
        ("branches", branches),
        ("base", shown.join("\n").into_bytes()),
        ("merged", merged),
        ("remotes", ask(&["remote"])?),
        ("only_here", ask(&unpushed)?),
        ("refs", ask(&refs)?),
    ];
    if let Some(how) = diff.filter(|_| !bare) {
        let how = format!("--{how}");
        parts.push((
            "diff",
            ask(&[
                "diff",
                "--no-ext-diff",
                "--no-textconv",
                "--submodule=short",
                "--ignore-submodules=dirty",
                &how,
                "HEAD",
            ])?,
        ));
    }
    if fsck {
        parts.push(("fsck", ask(&["fsck", "--no-progress", "--no-dangling"])?));
    }
    Ok(parts)
}

/// The branches that finished work is merged into: what the remote calls its default, and the
/// local one of the usual names.
fn base(ask: Ask<'_>, branches: &[u8]) -> Vec<String> {
    let said = ask(&["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]).unwrap_or_default();
    let remote = String::from_utf8_lossy(&said).trim().to_owned();
    let known = String::from_utf8_lossy(branches).into_owned();
    let local = ["refs/heads/main", "refs/heads/master"];
    let local = local.into_iter().find(|name| known.lines().any(|l| l.split('\0').next() == Some(name)));
    Some(remote)
        .filter(|r| r.starts_with("refs/remotes/"))
        .into_iter()
        .chain(local.map(str::to_owned))
        .collect()
}

/// Deletes the branches in one reference transaction: git compares each tip under its own lock, so
/// either all go at the tips that were judged, or none goes.
pub fn branch_delete(hand: &Hand<'_>, effect: &GitBranchDelete) -> Step {
    let repo = &effect.repo;
    if effect.pin == Pin::Absent {
        return Err(Trouble::Not(format!("`{repo}` is not a git repository")));
    }
    let mut lines = String::from("start\n");
    let mut deleted = Vec::new();
    for branch in &effect.branches {
        let name = branch.name.as_str();
        if let Some(place) = &branch.checked_out {
            return Err(Trouble::Not(format!("branch `{name}` is checked out in `{place}`")));
        }
        if let Some(other) = &branch.symref {
            return Err(Trouble::Not(format!(
                "branch `{name}` is another name of `{other}`: delete that by hand"
            )));
        }
        let Some(tip) = &branch.tip else {
            return Err(Trouble::Not(format!("there is no branch `{name}` in `{repo}`")));
        };
        // Without this git deletes what a symbolic reference points to.
        lines.push_str(&format!("option no-deref\ndelete refs/heads/{name} {tip}\n"));
        deleted.push((name.to_owned(), tip.clone()));
    }
    lines.push_str("prepare\ncommit\n");
    if tips(hand, effect)? != effect.branches {
        return Err(Trouble::changed(repo));
    }
    let ran = transaction(hand, repo, &effect.reaches, effect.confined, &lines)?;
    if ran.status.success() {
        return Ok(Happened::BranchesDeleted { repo: repo.clone(), deleted });
    }
    // It may have been ended in the middle: what stands tells.
    let said = crate::call::visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300);
    let now = tips(hand, effect)
        .map_err(|_| Trouble::Unknown(format!("git was stopped, and does not answer now: {said}")))?;
    if now == effect.branches {
        let message = format!("git deleted nothing: {said}");
        return Err(if ran.stopped { Trouble::Braked(message) } else { Trouble::Not(message) });
    }
    Err(Trouble::Unknown(format!(
        "git was stopped in the middle: {said}; compare the branches with the tips on record"
    )))
}

/// What git may reach while it changes the repository: its own folder and what that shares.
pub(super) fn held(
    hand: &Hand<'_>,
    repo: &Path,
    reaches: &[RealPath],
    program: &Path,
    scratch: &Path,
) -> Profile {
    let own = repo.join(".git");
    // Where it is a link, what it leads to is among what it reaches.
    let own = if own.symlink_metadata().is_ok_and(|meta| meta.is_dir()) { own } else { repo.to_path_buf() };
    let shared = reaches.iter().map(RealPath::as_path);
    let declared = Declared {
        programs: vec![program],
        cwd: Some(repo),
        inputs: Vec::new(),
        write_roots: shared.chain([own.as_path()]).collect(),
        scratch,
        network: Network::None,
    };
    confine::of(hand.home, &declared)
}

/// Makes the branches again in one reference transaction: git refuses it whole if one of them exists by
/// now, or its commit does not.
pub fn branch_restore(hand: &Hand<'_>, effect: &GitBranchRestore) -> Step {
    let repo = &effect.repo;
    let mut lines = String::from("start\n");
    for branch in &effect.branches {
        lines.push_str(&format!(
            "option no-deref\ncreate refs/heads/{} {}\n",
            branch.name.as_str(),
            branch.tip
        ));
    }
    lines.push_str("prepare\ncommit\n");
    let ran = transaction(hand, repo, &effect.reaches, effect.confined, &lines)?;
    let names: Vec<_> = effect.branches.iter().map(|b| b.name.clone()).collect();
    if ran.status.success() {
        let restored = names.iter().map(|name| name.as_str().to_owned()).collect();
        return Ok(Happened::BranchesRestored { repo: repo.clone(), restored });
    }
    let said = crate::call::visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300);
    match git::tips(hand.home, repo.as_path(), &names) {
        Ok(now) if now.iter().zip(&effect.branches).all(|(now, b)| now.tip.as_ref() != Some(&b.tip)) => {
            Err(Trouble::Not(format!("git made no branch: {said}")))
        }
        _ => Err(Trouble::Unknown(format!("git was stopped in the middle: {said}; look at the branches"))),
    }
}

/// Has git carry out `lines` in one go.
pub(super) fn transaction(
    hand: &Hand<'_>,
    repo: &RealPath,
    reaches: &[RealPath],
    confined: bool,
    lines: &str,
) -> Result<Captured, Trouble> {
    let program = program::find("git", hand.home).ok().flatten();
    let Some(program) = program else { return Err(trouble(hand, &git::GitError::NoGit)) };
    let mut argv = vec!["git".to_owned()];
    argv.extend(git::options(repo.as_path()));
    argv.extend(["update-ref", "--stdin"].map(str::to_owned));
    let environment = git::environment(hand.home, &[]);
    let bounds = Bounds { time: Duration::from_secs(60), output: 1 << 16, grace: Duration::from_secs(2) };
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let scratch = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    let profile = confined.then(|| held(hand, repo.as_path(), reaches, program.as_path(), &scratch));
    // It writes into places of the repository, as any other program writes into those it declared.
    spawn::no_other_names(hand.home)?;
    let order =
        Order { profile, cwd: repo.as_path().to_path_buf(), program: program.as_path().to_path_buf(), argv };
    spawn::run(hand, &order, &environment, bounds, lines.as_bytes())
}

fn tips(hand: &Hand<'_>, effect: &GitBranchDelete) -> Result<Vec<BranchPin>, Trouble> {
    let names: Vec<_> = effect.branches.iter().map(|b| b.name.clone()).collect();
    git::tips(hand.home, effect.repo.as_path(), &names).map_err(|e| trouble(hand, &e))
}

pub(super) fn trouble(hand: &Hand<'_>, e: &git::GitError) -> Trouble {
    match hand.stopping() {
        Some(by) => Trouble::Braked(format!("{by} stopped it: {e}")),
        None => Trouble::Not(e.to_string()),
    }
}
