//! Steps back: from the traces that a call left in the log to effects, where the thing is still as it
//! was left.

use super::resolve::{git, missing_folder, path, pin};
use super::rules::RULES;
use super::world::World;
use crate::call::{
    BranchName, BranchTip, Bulk, CallId, Digest, Effect, FileMove, FileRestore, FileTrash, FileWrite, Fleet,
    GitBranchRestore, GitChange, GitRefs, Identity, Pin, RealPath, RefMove, Remote, Repo, Trace, Withdraw,
    WriteMode,
};
use crate::canon::sha256;
use crate::notify::discord;
use crate::state::durable;
use serde::Serialize;
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;

/// Longest earlier content; the hand keeps no longer one.
const LONG: u64 = 64 << 20;

/// One thing that the call did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was done, to what.
    pub what: String,
    /// How it is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// Whether it could have been, had nothing changed since.
    #[serde(skip)]
    pub changed: bool,
}

/// How something is taken back, or why not.
type Way = Result<(Effect, String), No>;

/// Why a step is not taken back.
enum No {
    /// It is not as it was left.
    Changed(String),
    /// There is no way back.
    Never(String),
}

/// The effects that take `traces` back, the last first, and what is said about each.
pub(super) fn plan(world: &World<'_>, traces: &[Trace]) -> (Vec<Effect>, Vec<Step>) {
    let (mut effects, mut steps) = (Vec::new(), Vec::new());
    let mut take = |what: String, way: Way| {
        let (back, why_not, changed) = match way {
            Ok((effect, back)) => {
                effects.push(effect);
                (Some(back), None, false)
            }
            Err(No::Changed(why)) => (None, Some(why), true),
            Err(No::Never(why)) => (None, Some(why), false),
        };
        steps.push(Step { what, back, why_not, changed });
    };
    for trace in traces.iter().rev() {
        match trace {
            Trace::Made { path, sha256 } => take(format!("made {path}"), made(world, path, sha256)),
            Trace::Rewrote { path, sha256, before, kept } => {
                take(format!("changed {path}"), rewrote(world, path, sha256, before, kept));
            }
            Trace::Moved { from, to, pin } => {
                take(format!("moved {from} to {to}"), moved(world, from, to, pin));
            }
            Trace::Trashed { path, at, pin } => {
                take(format!("put {path} into the trash"), trashed(world, path, at.as_deref(), pin));
            }
            Trace::Posted { channel, webhook, message } => {
                take(format!("posted to {channel}"), posted(world, channel, webhook, message));
            }
            Trace::DeletedBranches { repo, branches } => {
                for (what, way) in deleted(world, repo, branches) {
                    take(what, way);
                }
            }
            Trace::MovedRefs { repo, refs } => {
                take(format!("moved {} of {repo}", said(refs)), refs_back(world, repo, refs));
            }
            Trace::Archived { moved } => {
                let what = format!("moved {} files of fleet's own into the archive", moved.len());
                take(what, archived(world, moved));
            }
        }
    }
    (joined(effects), steps)
}

/// Branches of one repository come back together or not at all.
fn joined(effects: Vec<Effect>) -> Vec<Effect> {
    let mut all: Vec<Effect> = Vec::new();
    for effect in effects {
        match (all.last_mut(), effect) {
            (Some(Effect::GitBranchRestore(last)), Effect::GitBranchRestore(next))
                if last.repo == next.repo =>
            {
                last.branches.extend(next.branches);
            }
            (_, effect) => all.push(effect),
        }
    }
    all
}

fn changed(what: impl Into<String>) -> No {
    No::Changed(what.into())
}

/// The place that was recorded, if it still is the same one and no rule guards it now.
fn place(world: &World<'_>, recorded: &str) -> Result<RealPath, No> {
    let recorded = Path::new(recorded);
    let (Some(folder), Some(name)) = (recorded.parent(), recorded.file_name()) else {
        return Err(changed("the record names no place"));
    };
    let real = path::real(folder).map_err(|e| changed(e.to_string()))?;
    if real != folder {
        return Err(changed("its folder is another one now"));
    }
    let place = RealPath::new(&real.join(name)).map_err(|e| changed(e.to_string()))?;
    match RULES.iter().find(|rule| {
        rule.answer == crate::call::Answer::Block && (rule.forbids)(place.as_path(), true, &world.guarded)
    }) {
        Some(rule) => Err(No::Never(format!("{} ({})", rule.message, rule.id))),
        None => Ok(place),
    }
}

/// What stands at `place`, if that is what was left there.
fn as_left(place: &RealPath, left: &Value) -> Result<(Pin, Option<Identity>), No> {
    let (now, identity) = pin::content(place.as_path()).map_err(|e| changed(e.to_string()))?;
    match serde_json::to_value(&now) {
        _ if now == Pin::Absent => Err(changed("it is not there any more")),
        Ok(now_said) if now_said == *left => Ok((now, identity)),
        _ => Err(changed("it changed since")),
    }
}

fn file_as_left(place: &RealPath, left: &Digest) -> Result<(Pin, Option<Identity>), No> {
    match pin::content(place.as_path()).map_err(|e| changed(e.to_string()))? {
        (Pin::Absent, _) => Err(changed("it is not there any more")),
        (Pin::File { sha256, bytes }, identity) if sha256 == *left => {
            Ok((Pin::File { sha256, bytes }, identity))
        }
        _ => Err(changed("it changed since")),
    }
}

fn free(place: &RealPath) -> Result<(), No> {
    if pin::kind(place.as_path()) == Pin::Absent {
        return Ok(());
    }
    Err(changed("something else stands in its old place now"))
}

fn made(world: &World<'_>, path: &str, left: &Digest) -> Way {
    let path = place(world, path)?;
    let (pin, identity) = file_as_left(&path, left)?;
    Ok((Effect::FileTrash(FileTrash { path, pin, identity }), "goes into the trash".into()))
}

fn rewrote(world: &World<'_>, path: &str, left: &Digest, before: &Digest, kept: &str) -> Way {
    let path = place(world, path)?;
    let (pin, _) = file_as_left(&path, left)?;
    let gone = || No::Never("its earlier content is not kept any more".into());
    let good = kept.rsplit_once('-').is_some_and(|(call, nth)| {
        CallId::parse(call).is_ok() && !nth.is_empty() && nth.bytes().all(|b| b.is_ascii_digit())
    });
    let mut bytes = Vec::new();
    // What was put away still counts.
    let places = [world.home.undo(), world.home.archive().join("undo")];
    let file = places.iter().find_map(|place| durable::open_read(&place.join(kept)).ok());
    let file = file.filter(|_| good).ok_or_else(gone)?;
    file.take(LONG + 1).read_to_end(&mut bytes).map_err(|_| gone())?;
    if sha256(&bytes) != *before {
        return Err(gone());
    }
    let back = format!("gets its earlier content back, {} bytes", bytes.len());
    let content = Bulk { sha256: before.clone(), bytes };
    let mode = WriteMode::Replace;
    Ok((Effect::FileWrite(FileWrite { path, pin, mode, content, expect: None }), back))
}

fn moved(world: &World<'_>, from: &str, to: &str, left: &Value) -> Way {
    let (old, new) = (place(world, from)?, place(world, to)?);
    let (pin, identity) = as_left(&new, left)?;
    free(&old)?;
    let makes = missing_folder(&old).map_err(|e| changed(e.to_string()))?;
    let (copy, target) = (false, Pin::Absent);
    Ok((
        Effect::FileMove(FileMove { from: new, pin, to: old, target, copy, makes, identity }),
        "goes back".into(),
    ))
}

fn trashed(world: &World<'_>, path: &str, at: Option<&str>, left: &Value) -> Way {
    let at = at.ok_or_else(|| {
        No::Never("this system does not tell where in the trash it lies: put it back by hand".into())
    })?;
    let (path, from) = (place(world, path)?, place(world, at)?);
    let (pin, identity) = as_left(&from, left)?;
    free(&path)?;
    Ok((Effect::FileRestore(FileRestore { from, pin, path, identity }), "comes out of the trash".into()))
}

fn said(refs: &[RefMove]) -> String {
    match refs {
        [one] => one.name.clone(),
        _ => format!("{} references", refs.len()),
    }
}

/// What is said where nothing would hold the git that acts.
fn unheld(world: &World<'_>) -> &'static str {
    if world.confines() { "" } else { ", by a git that the kernel does not confine" }
}

/// All references of one call go back together, or none: each must be where the call left it.
fn refs_back(world: &World<'_>, repo: &str, refs: &[RefMove]) -> Way {
    let repo = place(world, repo)?;
    let pin = git::pin(repo.as_path());
    if pin == Pin::Absent {
        return Err(changed("the repository is not there any more"));
    }
    let reaches = git::reaches(repo.as_path()).map_err(|_| changed("the repository cannot be read"))?;
    let ask = |arguments: &[&str]| git::ask(world.home, repo.as_path(), arguments, &|| false);
    let format = "--format=%(refname) %(objectname)";
    let now = ask(&["for-each-ref", format, "refs/"]).map_err(|e| changed(e.to_string()))?;
    let now = String::from_utf8_lossy(&now).into_owned();
    let good = |id: &String| [40, 64].contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit());
    for moved in refs {
        let own = moved.name.starts_with("refs/") && !moved.name.contains(char::is_whitespace);
        if !own || !moved.old.iter().chain(&moved.new).all(good) {
            return Err(changed("the record names no reference"));
        }
        let at = now.lines().find_map(|line| line.strip_prefix(&moved.name)?.strip_prefix(' '));
        if at != moved.new.as_deref() {
            return Err(changed(format!("`{}` moved since", moved.name)));
        }
        if let Some(old) = &moved.old {
            ask(&["cat-file", "-e", &format!("{old}^{{commit}}")])
                .map_err(|_| No::Never("its commits are gone from the repository".into()))?;
        }
    }
    let back = match refs {
        [RefMove { old: Some(old), .. }] => format!("goes back to {}", old.get(..12).unwrap_or(old)),
        [_] => "is taken away again".to_owned(),
        _ => "go back to where they were".to_owned(),
    };
    let back = back + unheld(world);
    let on = Repo { repo, reaches, pin, confined: world.confines() };
    Ok((Effect::GitChange(GitChange::Refs(GitRefs { on, back: refs.to_vec() })), back))
}

/// All files come back, or none.
fn archived(world: &World<'_>, moved: &[(String, String)]) -> Way {
    for (from, to) in moved {
        if !Path::new(from).starts_with(world.home.data()) || !Path::new(to).starts_with(world.home.archive())
        {
            return Err(changed("the record names no file of fleet's own"));
        }
        if !Path::new(to).is_file() {
            return Err(changed(format!("`{to}` is not there any more")));
        }
        if Path::new(from).symlink_metadata().is_ok() {
            return Err(changed(format!("something else stands at `{from}` now")));
        }
    }
    let moved = moved.to_vec();
    Ok((Effect::Fleet(Fleet::Unarchive { moved }), "come back".into()))
}

fn posted(world: &World<'_>, channel: &str, webhook: &str, message: &str) -> Way {
    if discord::of_channel(world.home, channel).is_none_or(|now| now.id() != webhook) {
        return Err(changed("the channel has another webhook now"));
    }
    let withdraw = Withdraw {
        channel: channel.to_owned(),
        webhook: webhook.to_owned(),
        host: discord::HOST,
        message: message.to_owned(),
    };
    Ok((Effect::Remote(Remote::Withdraw(withdraw)), "is withdrawn; who read it has read it".into()))
}

fn deleted(world: &World<'_>, repo: &str, branches: &[(String, String)]) -> Vec<(String, Way)> {
    let what = |name: &str| format!("deleted branch {name} of {repo}");
    let all = |no: &dyn Fn() -> No| branches.iter().map(|(name, _)| (what(name), Err(no()))).collect();
    let Ok(real) = place(world, repo) else { return all(&|| changed("the repository is another one now")) };
    if git::pin(real.as_path()) == Pin::Absent {
        return all(&|| changed("the repository is not there any more"));
    }
    let Ok(reaches) = git::reaches(real.as_path()) else {
        return all(&|| changed("the repository cannot be read"));
    };
    let good = |tip: &str| [40, 64].contains(&tip.len()) && tip.bytes().all(|b| b.is_ascii_hexdigit());
    let named: Vec<Option<BranchTip>> = branches
        .iter()
        .map(|(name, tip)| {
            let name = BranchName::parse(name).ok().filter(|_| good(tip))?;
            Some(BranchTip { name, tip: tip.clone() })
        })
        .collect();
    let names: Vec<_> = named.iter().flatten().map(|branch| branch.name.clone()).collect();
    let tips: Vec<_> = named.iter().flatten().map(|branch| branch.tip.as_str()).collect();
    // Git is asked once for all of them, however many they are.
    let asked = git::tips(world.home, real.as_path(), &names)
        .and_then(|now| Ok((now, git::commits(world.home, real.as_path(), &tips)?)));
    let (now, commits) = match asked {
        Ok(asked) => asked,
        Err(e) => return all(&|| changed(e.to_string())),
    };
    let one = |branch: Option<BranchTip>| -> Way {
        let branch = branch.ok_or_else(|| changed("the record names no branch"))?;
        if now.iter().any(|now| now.name == branch.name && (now.tip.is_some() || now.symref.is_some())) {
            return Err(changed("a branch of this name is there again"));
        }
        if !commits.contains(&branch.tip) {
            return Err(No::Never("its commits are gone from the repository".into()));
        }
        let tip = branch.tip.get(..12).unwrap_or(&branch.tip);
        let back = format!("is made again at {tip}{}", unheld(world));
        let effect = GitBranchRestore {
            repo: real.clone(),
            reaches: reaches.clone(),
            branches: vec![branch],
            confined: world.confines(),
        };
        Ok((Effect::GitBranchRestore(effect), back))
    };
    branches.iter().zip(named).map(|((name, _), branch)| (what(name), one(branch))).collect()
}
