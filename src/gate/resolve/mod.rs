//! Resolving: what is wanted becomes facts, with the resolver that the hand uses too.

pub mod git;
pub mod path;
pub mod pin;
pub mod program;

use super::rules::RULES;
use super::world::World;
use crate::call::{
    AbsPath, Bulk, Effect, FileList, FileMove, FileRead, FileTrash, FileWanted, FileWrite, GitBranchDelete,
    GitRead, GitWanted, Identity, Input, Malformed, Pin, RealPath, Spawn, SpawnWanted, Wanted,
};
use crate::canon::sha256;

/// Most files that arguments of a program are looked up for.
const MOST_INPUTS: usize = 100;

/// What a call wants has no resolved form. What merely does not exist has one: `absent`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// More than 40 links, or a link to itself.
    #[error("`{0}`: too many links to follow")]
    Links(String),
    /// A pipe, device or socket where a file belongs.
    #[error("`{0}` is neither a file nor a folder")]
    Special(String),
    /// Not UTF-8.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Too much to pin.
    #[error("`{0}` holds more than {1} entries: name the parts")]
    TooMany(String, usize),
    /// The system refused a look.
    #[error("cannot look at `{0}`: {1}")]
    Io(String, String),
}

/// The effect of one thing wanted.
///
/// # Errors
/// [`Unresolved`].
pub fn resolve(wanted: Wanted, world: &World<'_>) -> Result<Effect, Unresolved> {
    match wanted {
        Wanted::File(file) => resolve_file(file, world),
        Wanted::Git(git) => resolve_git(git, world),
        Wanted::Spawn(spawn) => resolve_spawn(spawn, world),
    }
}

/// The real path of `wanted`.
///
/// # Errors
/// [`Unresolved`].
pub fn real(wanted: &AbsPath, world: &World<'_>) -> Result<RealPath, Unresolved> {
    Ok(RealPath::new(&path::real(&wanted.expand(world.home.tilde()))?)?)
}

fn resolve_file(wanted: FileWanted, world: &World<'_>) -> Result<Effect, Unresolved> {
    Ok(match wanted {
        FileWanted::Read { path, offset, max_bytes } => {
            let path = real(&path, world)?;
            let pin = not_special(pin::kind(path.as_path()), &path)?;
            Effect::FileRead(FileRead { pin, path, offset, max_bytes })
        }
        FileWanted::List { path, depth, glob, hidden, limit } => {
            let path = real(&path, world)?;
            let pin = not_special(pin::kind(path.as_path()), &path)?;
            Effect::FileList(FileList { pin, path, depth, glob, hidden, limit })
        }
        FileWanted::Write { path, content, mode, expect } => {
            let path = real(&path, world)?;
            let (pin, _) = pinned(&path, true, world)?;
            Effect::FileWrite(FileWrite { path, pin, mode, content: bulk(content), expect })
        }
        FileWanted::Move { from, to, copy } => {
            let (from, to) = (real_name(&from, world)?, real_name(&to, world)?);
            let (pin, identity) = pinned(&from, !copy, world)?;
            let target = pin::kind(to.as_path());
            let makes = missing_folder(&to)?;
            Effect::FileMove(FileMove { from, pin, to, target, copy, makes, identity })
        }
        FileWanted::Trash { path } => {
            let path = real_name(&path, world)?;
            let (pin, identity) = pinned(&path, true, world)?;
            Effect::FileTrash(FileTrash { path, pin, identity })
        }
    })
}

/// The place of a name that itself is moved or trashed: its folder is resolved, and a link of that
/// name stays the link that it is.
fn real_name(wanted: &AbsPath, world: &World<'_>) -> Result<RealPath, Unresolved> {
    let expanded = wanted.expand(world.home.tilde());
    // `file_name` is none for `/` and for a path that ends in `..`.
    match (expanded.parent(), expanded.file_name()) {
        (Some(folder), Some(name)) => Ok(RealPath::new(&path::real(folder)?.join(name))?),
        _ => real(wanted, world),
    }
}

/// The folder of `to`, if it is missing and lies in one that exists.
pub(super) fn missing_folder(to: &RealPath) -> Result<Option<RealPath>, Unresolved> {
    let folder = to.as_path().parent().filter(|f| pin::kind(f) == Pin::Absent);
    let folder = folder.filter(|f| f.parent().is_some_and(std::path::Path::is_dir));
    Ok(folder.map(RealPath::new).transpose()?)
}

fn resolve_git(wanted: GitWanted, world: &World<'_>) -> Result<Effect, Unresolved> {
    Ok(match wanted {
        GitWanted::Read { repo, query } => {
            let repo = real(&repo, world)?;
            let pin = git::pin(repo.as_path());
            let reaches = git::reaches(repo.as_path())?;
            Effect::GitRead(GitRead { repo, reaches, pin, query })
        }
        GitWanted::BranchDelete { repo, branches } => {
            let repo = real(&repo, world)?;
            let pin = git::pin(repo.as_path());
            let branches = git::tips(world.home, repo.as_path(), &branches)
                .map_err(|e| Unresolved::Io(repo.to_string(), e.to_string()))?;
            let reaches = git::reaches(repo.as_path())?;
            Effect::GitBranchDelete(GitBranchDelete { repo, reaches, pin, branches })
        }
    })
}

fn resolve_spawn(wanted: SpawnWanted, world: &World<'_>) -> Result<Effect, Unresolved> {
    let SpawnWanted { argv, cwd, stdin, timeout_s, max_output, network, write_roots } = wanted;
    let program = program::find(argv.first().map_or("", String::as_str), world.home)?;
    let pin = match &program {
        Some(path) => pinned(path, false, world)?.0,
        None => Pin::Absent,
    };
    let cwd = cwd.map(|cwd| real(&cwd, world)).transpose()?;
    let inputs = inputs(&argv, cwd.as_ref(), world)?;
    let write_roots = write_roots.iter().map(|root| real(root, world)).collect::<Result<_, _>>()?;
    let stdin = bulk(stdin);
    // Kernel confinement is not built yet: the call says so, asks, and the approver sees it.
    let confined = false;
    Ok(Effect::Spawn(Spawn {
        program,
        pin,
        argv,
        inputs,
        cwd,
        stdin,
        timeout_s,
        max_output,
        network,
        write_roots,
        confined,
    }))
}

/// Files that arguments name, absolute or in the folder where the program runs.
fn inputs(argv: &[String], cwd: Option<&RealPath>, world: &World<'_>) -> Result<Vec<Input>, Unresolved> {
    let mut found = Vec::new();
    for argument in argv.iter().skip(1).filter(|a| !a.is_empty() && a.len() < 4096) {
        let named = match cwd {
            Some(cwd) => cwd.as_path().join(argument),
            None if argument.starts_with('/') => argument.into(),
            None => continue,
        };
        let path = path::real(&named)?;
        if path.is_file() && found.len() < MOST_INPUTS {
            let path = RealPath::new(&path)?;
            found.push(Input { pin: pinned(&path, false, world)?.0, path });
        }
    }
    Ok(found)
}

fn bulk(bytes: Vec<u8>) -> Bulk {
    let sha256 = sha256(&bytes);
    Bulk { bytes, sha256 }
}

/// What stands at `path`, with its content; where a rule forbids the touch, nothing is read at all,
/// so that not even a hash of it comes out.
fn pinned(path: &RealPath, writes: bool, world: &World<'_>) -> Result<(Pin, Option<Identity>), Unresolved> {
    if RULES.iter().any(|rule| (rule.forbids)(path.as_path(), writes, world.home)) {
        return Ok((Pin::Unread, None));
    }
    let (pin, identity) = pin::content(path.as_path())?;
    Ok((not_special(pin, path)?, identity))
}

fn not_special(pin: Pin, path: &RealPath) -> Result<Pin, Unresolved> {
    if pin == Pin::Special { Err(Unresolved::Special(path.to_string())) } else { Ok(pin) }
}
