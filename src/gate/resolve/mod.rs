//! Resolving: what is wanted becomes facts, with the resolver that the hand uses too.

pub mod address;
pub mod archive;
pub mod change;
pub mod git;
mod look;
pub mod mail;
mod nameserver;
pub mod path;
pub mod pin;
pub mod program;
mod remote;
pub mod stop;
mod tree;
pub mod unpack;
pub mod web;

use super::rules::forbidden;
use super::shell;
use super::world::World;
use crate::call::{
    AbsPath, Bulk, Caller, Effect, FileList, FileMove, FileRead, FileTrash, FileWanted, FileWrite,
    GitBranchDelete, GitRead, GitWanted, Identity, Input, Malformed, ModelAsk, ModelWanted, Pin, RealPath,
    Script, Spawn, SpawnWanted, Stage, Step, Wanted,
};
use crate::canon::sha256;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
pub fn resolve(wanted: Wanted, caller: &Caller, world: &World<'_>) -> Result<Effect, Unresolved> {
    match wanted {
        Wanted::File(file) => resolve_file(file, world),
        Wanted::Git(git) => resolve_git(git, world),
        Wanted::Spawn(spawn) => resolve_spawn(spawn, caller, world),
        Wanted::Web(web) => Ok(Effect::Web(web::resolve(web)?)),
        Wanted::Remote(wanted) => Ok(Effect::Remote(remote::resolve(wanted, world)?)),
        Wanted::Model(wanted) => Ok(Effect::Model(model(wanted, world))),
        Wanted::Screen(wanted) => Ok(Effect::Screen(remote::screen(&wanted, world)?)),
        Wanted::Mail(mail) => Ok(Effect::Mail(mail::resolve(mail, world)?)),
        Wanted::Extract(extract) => Ok(Effect::Extract(archive::resolve(extract, world)?)),
        Wanted::Look(look) => Ok(Effect::Look(look::resolve(look, world)?)),
        Wanted::Fleet(fleet) => Ok(Effect::Fleet(fleet)),
        Wanted::Stop(wanted) => Ok(Effect::Stop(stop::resolve(wanted, world.home))),
        Wanted::Shortcut(wanted) => Ok(Effect::Shortcut(stop::shortcut(wanted, world)?)),
    }
}

/// A question to a model, with where the owner set that up.
fn model(wanted: ModelWanted, world: &World<'_>) -> ModelAsk {
    let set_up = world.settings.models.get(&wanted.model).cloned();
    ModelAsk { kind: wanted.ask.word(), model: wanted.model, set_up, ask: wanted.ask }
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
            let pin = looked_at(&path, world)?;
            Effect::FileRead(FileRead { pin, path, offset, max_bytes })
        }
        FileWanted::List { path, depth, glob, hidden, limit } => {
            let path = real(&path, world)?;
            let pin = looked_at(&path, world)?;
            Effect::FileList(FileList { pin, path, depth, glob, hidden, limit })
        }
        FileWanted::Write { path, content, mode, expect } => {
            let path = real(&path, world)?;
            let (pin, _) = pinned(&path, true, world)?;
            Effect::FileWrite(FileWrite { path, pin, mode, content: bulk(content), expect })
        }
        FileWanted::Move { from, to, copy } => {
            // A copy is of the content, wherever a link leads; a link that is moved stays a link.
            let from = if copy { real(&from, world)? } else { real_name(&from, world)? };
            let to = real_name(&to, world)?;
            // Of a folder that holds what is guarded not even a hash is taken.
            let holds = super::guard(from.as_path(), &world.guarded) != super::Guard::Open;
            let (pin, identity) = pinned(&from, !copy || holds, world)?;
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
            let branches = if world.places_only {
                Ok(git::unasked(&branches))
            } else {
                git::tips(world.home, repo.as_path(), &branches)
            };
            let branches = branches.map_err(|e| Unresolved::Io(repo.to_string(), e.to_string()))?;
            let reaches = git::reaches(repo.as_path())?;
            let confined = world.confines();
            Effect::GitBranchDelete(GitBranchDelete { repo, reaches, pin, branches, confined })
        }
        GitWanted::Fetch { repo, remote, prune } => {
            Effect::GitChange(change::fetch(&repo, remote, prune, world)?)
        }
        GitWanted::Commit { repo, paths, message, expect } => {
            Effect::GitChange(change::commit(&repo, paths, message, expect, world)?)
        }
        GitWanted::Push { repo, remote, from, to, expect } => {
            Effect::GitChange(change::push(&repo, remote, (from, to), expect, world)?)
        }
    })
}

fn resolve_spawn(wanted: SpawnWanted, caller: &Caller, world: &World<'_>) -> Result<Effect, Unresolved> {
    let SpawnWanted { script, cwd, stdin, timeout_s, max_output, network, write_roots } = wanted;
    let cwd = cwd.map(|cwd| real(&cwd, world)).transpose()?;
    let judged = shell::judge(&script, &stdin, cwd.as_ref(), caller, world)?;
    let read_only = judged.read_only() && !network && write_roots.is_empty();
    let shell::Line { steps, reads, writes, hosts, programs, inside_of, mut findings } = judged;
    let line = if let Script::Line(line) = script { Some(line) } else { None };
    let analysed = steps.is_some();
    if !analysed {
        let message = "the line goes to `/bin/sh -c` as it is written: run by a shell, not analysed";
        findings
            .push((crate::call::Answer::Ask, crate::call::Reason::built_in("shell-not-analysed", message)));
    }
    let mut steps = match steps {
        Some(steps) => steps,
        None => vec![by_shell(line.as_deref().unwrap_or_default(), world)?],
    };
    for stage in steps.iter_mut().flat_map(|step| &mut step.pipeline) {
        if let Some(program) = &stage.program {
            stage.pin = world.program(program, || Ok(pinned(program, false, world)?.0))?;
        }
    }
    let (inputs, reads) = inputs(reads, read_only, world)?;
    let (mut implied, without) = implied_roots(&writes, world);
    let open = |path: &PathBuf| path.is_dir() && super::guard(path, &world.guarded) == super::Guard::Open;
    implied.extend(inside_of.into_iter().filter(open));
    findings.extend(without.into_iter().map(|path| {
        let message = format!(
            "it cannot be let write `{}`: its folder holds what is guarded; a yes does not change that",
            crate::call::visible_line(&path.display().to_string(), 200)
        );
        (crate::call::Answer::Ask, crate::call::Reason::built_in("no-way-to-write", message))
    }));
    let writes = writes.iter().map(|path| Ok(RealPath::new(path)?)).collect::<Result<_, Unresolved>>()?;
    let mut write_roots = write_roots.iter().map(|root| real(root, world)).collect::<Result<Vec<_>, _>>()?;
    for root in implied {
        let root = RealPath::new(&root)?;
        if !write_roots.contains(&root) {
            write_roots.push(root);
        }
    }
    Ok(Effect::Spawn(Spawn {
        line,
        analysed,
        steps,
        read_only,
        inputs,
        reads,
        writes,
        programs: programs.into_iter().collect(),
        hosts: hosts.into_iter().collect(),
        cwd,
        stdin: bulk(stdin),
        timeout_s,
        max_output,
        network,
        write_roots,
        confined: world.confines(),
        findings,
    }))
}

/// Where a line must be able to write to do what it says: the nearest folder of each place that it
/// names to change, since names are made and taken away there; where that folder holds what is guarded, only
/// the file itself; and those for which there is none.
fn implied_roots(writes: &BTreeSet<PathBuf>, world: &World<'_>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let open = |path: &Path| super::guard(path, &world.guarded) == super::Guard::Open;
    let (mut roots, mut without) = (Vec::new(), Vec::new());
    for path in writes {
        let folder = path.ancestors().skip(1).find(|f| f.is_dir()).filter(|f| open(f)).map(Path::to_path_buf);
        match folder.or_else(|| Some(path.clone()).filter(|p| p.exists() && open(p))) {
            Some(root) => roots.push(root),
            None => without.push(path.clone()),
        }
    }
    roots.dedup();
    (roots, without)
}

/// A line that is not understood: a shell would run it, and only after a person's yes.
fn by_shell(line: &str, world: &World<'_>) -> Result<Step, Unresolved> {
    let program = program::find("/bin/sh", world.home)?;
    let argv = vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
    let stage = Stage {
        program,
        pin: Pin::Absent,
        argv,
        env: Vec::new(),
        redirects: Vec::new(),
        cwd: None,
        git: None,
    };
    Ok(Step { when: crate::call::Join::Then, negated: false, pipeline: vec![stage] })
}

/// Files that arguments name, with what they are, and the other places. What only looks is not
/// pinned: nothing is decided about what it will find.
fn inputs(
    named: BTreeSet<PathBuf>,
    read_only: bool,
    world: &World<'_>,
) -> Result<(Vec<Input>, Vec<RealPath>), Unresolved> {
    let (mut inputs, mut reads) = (Vec::new(), Vec::new());
    for path in named {
        let is_file = !read_only && path.is_file();
        let path = RealPath::new(&path)?;
        if is_file && inputs.len() < MOST_INPUTS {
            inputs.push(Input { pin: pinned(&path, false, world)?.0, path });
        } else {
            reads.push(path);
        }
    }
    Ok((inputs, reads))
}

fn bulk(bytes: Vec<u8>) -> Bulk {
    let sha256 = sha256(&bytes);
    Bulk { bytes, sha256 }
}

/// What stands at `path`, with its content; where a rule forbids the touch, nothing is read at all,
/// so that not even a hash of it comes out.
fn pinned(path: &RealPath, writes: bool, world: &World<'_>) -> Result<(Pin, Option<Identity>), Unresolved> {
    if world.places_only || forbidden(path.as_path(), writes, &world.guarded) {
        return Ok((Pin::Unread, None));
    }
    let (pin, identity) = pin::content(path.as_path())?;
    Ok((not_special(pin, path)?, identity))
}

/// What stands at `path`, without its content; nothing where a rule forbids the look.
fn looked_at(path: &RealPath, world: &World<'_>) -> Result<Pin, Unresolved> {
    if forbidden(path.as_path(), false, &world.guarded) {
        return Ok(Pin::Unread);
    }
    not_special(pin::kind(path.as_path()), path)
}

fn not_special(pin: Pin, path: &RealPath) -> Result<Pin, Unresolved> {
    if pin == Pin::Special { Err(Unresolved::Special(path.to_string())) } else { Ok(pin) }
}
