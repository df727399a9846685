//! Changes of a repository: what they start from, and where a remote's name leads.

use super::{Unresolved, bulk, git, path, pinned, real};
use crate::call::{
    AbsPath, BranchName, CommitFile, GitChange, GitCommit, GitFetch, GitPush, GitRemote, Pin, RealPath, Repo,
};
use crate::gate::world::World;
use crate::state::{Home, Redactor};
use std::path::Path;
use std::time::{Duration, Instant};

/// Settings of a repository that decide how its remotes are reached, or start a program for it.
const MEDDLING: &str = r"^(http\.|url\.|credential\.|ssh\.|bundle\.|core\.(gitproxy|askpass)$|remote\..*\.(vcs|proxy|proxyauthmethod|promisor|bundleuri)$|remote\.fleet/remote\.|(fetch|transfer)\.bundleuri$|remote\..*[:/].*\.(push)?url$)";

/// What a remote on another machine is called when git is run: no name of a repository's own, and none
/// that git looks up in `remotes/` and `branches/`, which it does for every word without a slash.
pub const REMOTE: &str = "fleet/remote";

/// Most messages of commits that are shown.
const SHOWN: usize = 50;
/// How long what a push gives away is looked through.
const TIME: Duration = Duration::from_secs(60);

fn on(repo: &AbsPath, world: &World<'_>) -> Result<Repo, Unresolved> {
    let repo = real(repo, world)?;
    let pin = git::pin(repo.as_path());
    let reaches = git::reaches(repo.as_path())?;
    Ok(Repo { repo, reaches, pin, confined: world.confines() })
}

/// What git says in one line; none if it says no, or is not asked.
fn said(repo: &Repo, arguments: &[&str], world: &World<'_>) -> Option<String> {
    if world.places_only || repo.pin == Pin::Absent {
        return None;
    }
    line(world.home, repo.repo.as_path(), arguments)
}

/// What git says in one line; none if it says no.
pub fn line(home: &Home, repo: &Path, arguments: &[&str]) -> Option<String> {
    let said = git::ask(home, repo, arguments, &|| false).ok()?;
    let said = String::from_utf8_lossy(&said).trim_end().to_owned();
    Some(said).filter(|said| !said.is_empty())
}

/// The commit that `HEAD` is at.
pub fn head(home: &Home, repo: &Path) -> Option<String> {
    line(home, repo, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
}

/// Git that reaches another machine needs the owner's keys and their agent.
fn held(remote: &GitRemote, world: &World<'_>) -> bool {
    world.confines() && remote.host.is_empty()
}

/// The effect of a fetch.
pub fn fetch(
    repo: &AbsPath,
    remote: String,
    prune: bool,
    world: &World<'_>,
) -> Result<GitChange, Unresolved> {
    let on = on(repo, world)?;
    let remote = named(&on, remote, false, world)?;
    let held = held(&remote, world);
    Ok(GitChange::Fetch(GitFetch { on, remote, prune, held }))
}

/// The effect of a commit.
pub fn commit(
    repo: &AbsPath,
    names: Vec<String>,
    message: String,
    expect: Option<String>,
    world: &World<'_>,
) -> Result<GitChange, Unresolved> {
    let on = on(repo, world)?;
    let file = |name: String| {
        let full = on.repo.as_path().join(&name);
        let folder = full.parent().unwrap_or(on.repo.as_path());
        // A link is committed as the link that it is.
        let place = path::real(folder)?.join(full.file_name().unwrap_or_default());
        let path = RealPath::new(&place)?;
        Ok(CommitFile { pin: pinned(&path, false, world)?.0, path, name })
    };
    let files = names.into_iter().map(file).collect::<Result<Vec<_>, Unresolved>>()?;
    let branch = said(&on, &["symbolic-ref", "--quiet", "HEAD"], world);
    let head = said(&on, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], world);
    let message = bulk(message.into_bytes());
    Ok(GitChange::Commit(GitCommit { on, files, message, branch, head, expect }))
}

/// The effect of giving a branch to a remote.
pub fn push(
    repo: &AbsPath,
    remote: String,
    (from, to): (BranchName, BranchName),
    expect: Option<String>,
    world: &World<'_>,
) -> Result<GitChange, Unresolved> {
    let on = on(repo, world)?;
    let remote = named(&on, remote, true, world)?;
    let held = held(&remote, world);
    let full = format!("refs/heads/{}^{{commit}}", from.as_str());
    let commit = said(&on, &["rev-parse", "--verify", "--quiet", &full], world);
    let mut push = GitPush {
        on,
        remote,
        held,
        from,
        to,
        commit,
        expect,
        outgoing: Vec::new(),
        commits: 0,
        token: false,
        unread: None,
    };
    goes(&mut push, world);
    Ok(GitChange::Push(push))
}

/// Says of a push what it would give away.
fn goes(push: &mut GitPush, world: &World<'_>) {
    let Some(commit) = push.commit.clone().filter(|_| !world.places_only) else { return };
    let (home, repo) = (world.home, push.on.repo.as_path());
    let until = Instant::now() + TIME;
    let over = || Instant::now() >= until;
    let found = (|| {
        // Only the branch's own tip, which git compares when it pushes, says what the remote has: what is
        // kept here as the remote's, anyone may have put there.
        let commits = git::new_in(home, repo, &commit, push.expect.as_deref(), &over)?;
        let shown: Vec<&str> = commits.iter().take(SHOWN).map(String::as_str).collect();
        let mut subjects = Vec::new();
        if !shown.is_empty() {
            let ask = [&["log", "--no-walk=unsorted", "--format=%h %s"], shown.as_slice()].concat();
            subjects = git::ask(home, repo, &ask, &over)?;
        }
        Ok::<_, git::GitError>((commits, subjects))
    })();
    let (commits, subjects) = match found {
        Ok(found) => found,
        Err(e) => {
            push.unread = Some(e.to_string());
            return;
        }
    };
    push.commits = u64::try_from(commits.len()).unwrap_or(u64::MAX);
    push.outgoing = String::from_utf8_lossy(&subjects).lines().map(str::to_owned).collect();
    let redactor = Redactor::of(home);
    let commits: Vec<&str> = commits.iter().map(String::as_str).collect();
    let looked = git::look_through(home, repo, &commits, &over, &mut |added| {
        push.token |= redactor.finds(&added.text);
        !push.token
    });
    push.unread = match looked {
        _ if push.token => None,
        git::Looked { skipped: 0, whole: true } => None,
        git::Looked { whole: false, .. } => Some("its time was over".into()),
        git::Looked { skipped, .. } => Some(format!("{skipped} commits could not be read")),
    };
}

/// Where the remote `name` of a repository leads.
fn named(on: &Repo, name: String, push: bool, world: &World<'_>) -> Result<GitRemote, Unresolved> {
    if world.places_only || on.pin == Pin::Absent {
        return address(on.repo.as_path(), name, String::new());
    }
    remote(world.home, on.repo.as_path(), name, push)
}

/// Where the remote `name` of the repository leads now.
///
/// # Errors
/// [`Unresolved`].
pub fn remote(home: &Home, repo: &Path, name: String, push: bool) -> Result<GitRemote, Unresolved> {
    let mut unsure = Vec::new();
    // What fleet itself sets comes in a scope of its own.
    let mut ask = |arguments: &[&str]| match git::ask(home, repo, arguments, &|| false) {
        Ok(said) => String::from_utf8_lossy(&said).into_owned(),
        Err(e) if e.is_none() => String::new(),
        Err(e) => {
            unsure.push(format!("not read: {e}"));
            String::new()
        }
    };
    let mut urls = |kind: &str| -> Vec<String> {
        ask(&["config", "--get-all", &format!("remote.{name}.{kind}")]).lines().map(str::to_owned).collect()
    };
    let given = if push { urls("pushurl") } else { Vec::new() };
    let given = if given.is_empty() { urls("url") } else { given };
    let said = ask(&["config", "--show-scope", "--name-only", "-z", "--get-regexp", MEDDLING]);
    let mut remote = address(repo, name, given.first().cloned().unwrap_or_default())?;
    remote.meddles.extend(unsure);
    remote.meddles.extend(git::nicknames(repo).into_iter().map(|folder| folder.display().to_string()));
    if given.len() > 1 {
        remote.meddles.push("it has several addresses".to_owned());
    }
    let words: Vec<&str> = said.split('\0').collect();
    for pair in words.chunks(2) {
        if let [scope, name] = pair
            && *scope != "command"
        {
            remote.meddles.push((*name).to_owned());
        }
    }
    Ok(remote)
}

/// What an address says: another machine, or a folder of this one.
fn address(repo: &Path, name: String, url: String) -> Result<GitRemote, Unresolved> {
    let mut remote = GitRemote {
        name,
        url,
        scheme: String::new(),
        host: String::new(),
        place: None,
        reaches: Vec::new(),
        meddles: Vec::new(),
    };
    let (scheme, host, folder) = parts(&remote.url);
    remote.scheme = scheme;
    remote.host = host;
    if let Some(folder) = folder {
        let place = path::real(&repo.join(folder))?;
        remote.reaches = git::reaches(&place)?;
        remote.place = Some(RealPath::new(&place)?);
    }
    Ok(remote)
}

/// Scheme, host and folder of an address, as git-clone(1) has them ("GIT URLS").
fn parts(url: &str) -> (String, String, Option<String>) {
    let none = String::new;
    if url.is_empty() {
        return (none(), none(), None);
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let scheme = scheme.to_ascii_lowercase();
        let (authority, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if scheme == "file" {
            let local = authority.is_empty() || authority == "localhost";
            let place = local.then(|| format!("/{folder}"));
            return (if local { scheme } else { "file on another host".into() }, none(), place);
        }
        return (scheme, host(authority), None);
    }
    let before = url.split('/').next().unwrap_or_default();
    // An address in brackets holds colons of its own.
    let (user, after) = before.find("@[").map_or(("", before), |at| before.split_at(at + 1));
    if after.starts_with('[') {
        let host = match after.split_once("]:") {
            Some((inner, _)) if !user.contains(':') => host(&format!("{user}{inner}]")),
            _ => String::new(),
        };
        return ("ssh".into(), host, None);
    }
    match before.split_once(':') {
        // `ext::sh -c …`: a program that speaks for the remote.
        Some((helper, rest)) if rest.starts_with(':') => (format!("{helper}::"), none(), None),
        Some((authority, _)) => ("ssh".into(), host(authority), None),
        None => ("file".into(), none(), Some(url.to_owned())),
    }
}

/// The host of `user@host:port`, folded; none where brackets hold no address or stand elsewhere. What
/// cannot be a host stays as it is, and no policy knows it.
fn host(authority: &str) -> String {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(['[', ']']) {
        return String::new();
    }
    if let Some(inner) = host.strip_prefix('[') {
        let (inner, port) = inner.split_once(']').unwrap_or_default();
        let port =
            port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
        let v6 = inner.parse::<std::net::Ipv6Addr>().ok().filter(|_| port);
        return v6.map(|v6| v6.to_string()).unwrap_or_default();
    }
    let host = host.split(':').next().unwrap_or_default();
    super::web::host_name(host).unwrap_or_else(|_| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_as_git_does() {
        let folder = |path: &str| Some(path.to_owned());
        for (url, scheme, host, place) in [
            ("", "", "", None),
            ("https://Example.ORG/a.git", "https", "example.org", None),
            ("https://ada:pw@example.org:8443/a", "https", "example.org", None),
            ("ssh://git@example.org:22/a", "ssh", "example.org", None),
            ("git@example.org:a/b.git", "ssh", "example.org", None),
            ("example.org:a", "ssh", "example.org", None),
            ("git://example.org/a", "git", "example.org", None),
            ("http://example.org/a", "http", "example.org", None),
            ("ssh://[::1]:22/a", "ssh", "::1", None),
            ("[2001:db8::1]:a", "ssh", "2001:db8::1", None),
            ("[fd00::1]:a", "ssh", "fd00::1", None),
            ("[::1]:a", "ssh", "::1", None),
            ("git@[::1]:a/b", "ssh", "::1", None),
            ("[example.org:22]:a", "ssh", "", None),
            ("[::1]", "ssh", "", None),
            ("x:y@[::1]:a", "ssh", "", None),
            ("ssh://[::1]@example.org/a", "ssh", "", None),
            ("ssh://[::1]example.org/a", "ssh", "", None),
            ("ssh:///a", "ssh", "", None),
            (":a", "ssh", "", None),
            ("https://:443/a", "https", "", None),
            ("file:///srv/a.git", "file", "", folder("/srv/a.git")),
            ("file://host/srv", "file on another host", "", None),
            ("/srv/a.git", "file", "", folder("/srv/a.git")),
            ("../a.git", "file", "", folder("../a.git")),
            ("./a:b", "file", "", folder("./a:b")),
            ("ext::sh -c id", "ext::", "", None),
        ] {
            assert_eq!(parts(url), (scheme.to_owned(), host.to_owned(), place), "{url}");
        }
    }
}
