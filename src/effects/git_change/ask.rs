//! Running git on a repository: with settings that nothing of it outranks, and held to what it may reach.

use super::super::confine::{self, Declared, Network};
use super::super::git::{held, trouble};
use super::super::sheet::Order;
use super::super::{Hand, Trouble, spawn};
use crate::call::{GitRemote, RealPath, Repo};
use crate::gate::resolve::{change, git as repository, program};
use crate::state::process::{Bounds, Captured};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a remote may take, and git here.
const FAR: Duration = Duration::from_secs(300);
const NEAR: Duration = Duration::from_secs(60);

/// References below a name, without those that only point to another.
pub fn references(hand: &Hand<'_>, on: &Repo, below: &str) -> Result<BTreeMap<String, String>, Trouble> {
    let format = "--format=%(refname) %(objectname) %(symref)";
    let said =
        repository::ask(hand.home, on.repo.as_path(), &["for-each-ref", format, below], &|| hand.stopped());
    let said = said.map_err(|e| trouble(hand, &e))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (name, id) = (words.next()?, words.next()?);
        words.next().is_none_or(str::is_empty).then(|| (name.to_owned(), id.to_owned()))
    };
    Ok(said.lines().filter_map(line).collect())
}

/// What git is to do.
pub struct Ask<'a> {
    /// In which repository.
    pub on: &'a Repo,
    /// The other one that it reaches, if it does.
    pub remote: Option<&'a GitRemote>,
    /// Whether the kernel holds it.
    pub held: bool,
    /// Its subcommand, and what follows.
    pub arguments: &'a [&'a str],
    /// What it reads.
    pub stdin: &'a [u8],
    /// Settings besides those that it always gets.
    pub settings: &'a [(String, String)],
    /// The same of its environment.
    pub environment: &'a [(String, String)],
    /// A folder of its own.
    pub scratch: &'a Path,
}

/// A folder that is there as long as the first of these, and where it is.
pub fn scratch() -> Result<(tempfile::TempDir, PathBuf), Trouble> {
    let made = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let place = made.path().canonicalize().map_err(|e| Trouble::io("find", "a scratch folder", &e))?;
    Ok((made, place))
}

/// Runs git on the repository.
pub fn git(hand: &Hand<'_>, ask: &Ask<'_>) -> Result<Captured, Trouble> {
    let Ask { on, remote, held: confined, arguments, stdin, settings, environment: more, scratch } = *ask;
    let program = program::find("git", hand.home).ok().flatten();
    let Some(program) = program else { return Err(trouble(hand, &repository::GitError::NoGit)) };
    let repo = on.repo.as_path();
    let mut argv = vec!["git".to_owned()];
    argv.extend(repository::options(repo));
    argv.extend(arguments.iter().map(|a| (*a).to_owned()));
    let mut set = remote.map_or_else(Vec::new, |remote| of_remote(hand, remote));
    set.extend(settings.iter().cloned());
    let mut environment = repository::environment(hand.home, &set);
    // An empty one asks nobody.
    environment.push(("GIT_ASKPASS".into(), String::new()));
    environment.extend(more.iter().cloned());
    let far = remote.filter(|r| !r.host.is_empty());
    if let Some(agent) = far.and_then(|_| std::env::var("SSH_AUTH_SOCK").ok()) {
        environment.push(("SSH_AUTH_SOCK".into(), agent));
    }
    let profile = confined.then(|| match remote {
        None => held(hand, repo, &on.reaches, program.as_path(), scratch),
        Some(remote) => {
            let there = remote.place.iter().chain(&remote.reaches).map(RealPath::as_path);
            let own = on.reaches.iter().map(RealPath::as_path);
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
fn of_remote(hand: &Hand<'_>, remote: &GitRemote) -> Vec<(String, String)> {
    let mut set = vec![(format!("protocol.{}.allow", remote.scheme), "always".to_owned())];
    if !remote.host.is_empty() {
        set.push((format!("remote.{}.url", change::REMOTE), remote.url.clone()));
    }
    match remote.scheme.as_str() {
        "ssh" => set.push(("core.sshCommand".into(), "ssh -oBatchMode=yes".into())),
        "https" => {
            set.push(("http.proxy".into(), String::new()));
            let helpers = repository::of_owner(hand.home, "credential.helper");
            set.extend(helpers.into_iter().map(|helper| ("credential.helper".to_owned(), helper)));
        }
        _ => {}
    }
    set
}
