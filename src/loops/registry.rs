//! The registry: a loop runs from the copy that was registered, and only while its source is that copy.

use super::config;
use super::lint::House;
use super::names;
use super::shipped::SHIPPED;
use super::spec::Spec;
use super::store::{self, Store};
use crate::audit::{Entry, Kind, Log, LogError};
use crate::call::{Digest, LoopId};
use crate::canon::sha256;
use crate::gate::{GateError, Person};
use crate::state::{Home, Settings, clock, durable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io;
use std::path::PathBuf;

/// A loop that cannot be found, registered or run.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// No such loop.
    #[error("there is no loop `{0}`: `fleet loop list` names them")]
    Unknown(LoopId),
    /// It is not what a loop must be.
    #[error("loop `{0}` is not fit to be registered: {1}")]
    Unfit(LoopId, String),
    /// It was never registered.
    #[error("loop `{0}` is not registered: `fleet loop register {0}`")]
    Unregistered(LoopId),
    /// Definition or runbook is not what was registered.
    #[error("{1} of loop `{0}` is not what was registered: read the change, then `fleet loop register {0}`")]
    Changed(LoopId, &'static str),
    /// A file cannot be used.
    #[error("loop `{0}`: {1}")]
    Io(LoopId, io::Error),
    /// The loop runs already.
    #[error("loop `{0}` is under way already")]
    Busy(LoopId),
    /// The gate or the log.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl From<LogError> for LoopError {
    fn from(e: LogError) -> Self {
        Self::Gate(e.into())
    }
}

/// A definition with its runbook, as it is now.
#[derive(Debug, Clone)]
pub struct Source {
    /// The loop.
    pub id: LoopId,
    /// `shipped`, or the file.
    pub from: String,
    /// The definition.
    pub definition: String,
    /// The runbook.
    pub runbook: String,
}

/// What was registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// Format.
    pub v: u8,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// From where.
    pub from: String,
    /// The definition.
    pub loop_sha256: Digest,
    /// The runbook.
    pub runbook_sha256: Digest,
}

/// Whether a loop may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Plans and records, acts on nothing.
    Observe,
    /// Acts.
    Live,
}

impl Mode {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Live => "live",
        }
    }
}

/// Every loop there is: shipped ones, and the user's in `config/loops/`. A user's file with the
/// name of a shipped loop is refused, since one of the two would be silent.
///
/// # Errors
/// The system's.
pub fn sources(home: &Home) -> io::Result<Vec<LoopId>> {
    let shipped = SHIPPED.iter().filter_map(|s| LoopId::parse(s.id).ok());
    let folder = match std::fs::read_dir(home.user_loops()) {
        Ok(folder) => folder,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(shipped.collect()),
        Err(e) => return Err(e),
    };
    let own = folder.filter_map(|e| {
        let name = e.ok()?.file_name().into_string().ok()?;
        LoopId::parse(name.strip_suffix(".toml")?).ok()
    });
    let mut ids: Vec<LoopId> = shipped.chain(own).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// The source of loop `id`, as it is now.
///
/// # Errors
/// [`LoopError::Unknown`] or [`LoopError::Unfit`].
pub fn source(home: &Home, id: &LoopId) -> Result<Source, LoopError> {
    let file = |ending: &str| home.user_loops().join(format!("{id}.{ending}"));
    let own = std::fs::read_to_string(file("toml"));
    match (SHIPPED.iter().find(|s| s.id == id.as_str()), own) {
        (Some(_), Ok(_)) => {
            let why = format!("`{}` has the name of a shipped loop: give it another", file("toml").display());
            Err(LoopError::Unfit(id.clone(), why))
        }
        (Some(shipped), Err(_)) => Ok(Source {
            id: id.clone(),
            from: "shipped".into(),
            definition: shipped.definition.into(),
            runbook: shipped.runbook.into(),
        }),
        (None, Ok(definition)) => {
            let runbook = std::fs::read_to_string(file("md")).map_err(|e| {
                LoopError::Unfit(id.clone(), format!("its runbook `{}`: {e}", file("md").display()))
            })?;
            Ok(Source { id: id.clone(), from: file("toml").display().to_string(), definition, runbook })
        }
        (None, Err(e)) if e.kind() == io::ErrorKind::NotFound => Err(LoopError::Unknown(id.clone())),
        (None, Err(e)) => Err(LoopError::Io(id.clone(), e)),
    }
}

/// Whether a loop of a name is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceFault {
    /// No definition and no runbook.
    Nothing,
    /// One of them, at least.
    There,
}

/// Whether the name `id` is taken.
pub(super) fn source_fault(home: &Home, id: &LoopId) -> SourceFault {
    let file = |ending: &str| home.user_loops().join(format!("{id}.{ending}")).symlink_metadata().is_ok();
    let shipped = SHIPPED.iter().any(|s| s.id == id.as_str());
    if shipped || file("toml") || file("md") { SourceFault::There } else { SourceFault::Nothing }
}

/// Passes a source through the gate: what the lint refuses is not registered.
///
/// # Errors
/// [`LoopError::Unfit`] names the first hits.
fn checked(source: &Source, house: &House) -> Result<Spec, LoopError> {
    let subject = house.beside(source);
    let judged = house.judge(&subject);
    let refused: Vec<_> = judged.iter().filter(|j| j.refuses()).collect();
    if let Some(first) = refused.first() {
        let at = format!("{}:{}", subject.shown(first.hit.file), first.hit.line);
        let more = match refused.len() - 1 {
            0 => String::new(),
            n => format!("; {n} more"),
        };
        let why = format!(
            "{at}: {}: {}{more}: `fleet loop lint {}` shows all, `fleet loop explain {}` why",
            first.rule.id, first.hit.message, source.id, first.rule.id
        );
        return Err(LoopError::Unfit(source.id.clone(), why));
    }
    names::read(&source.definition).map_err(|e| LoopError::Unfit(source.id.clone(), e.to_string()))
}

/// Registers loop `id`: checks it in the house of all, and copies its bytes to where it runs from.
///
/// # Errors
/// [`LoopError`]; nothing changed then.
pub fn register(home: &Home, id: &LoopId, person: &Person, house: &House) -> Result<Mode, LoopError> {
    let source = source(home, id)?;
    let spec = checked(&source, house)?;
    let io = |e| LoopError::Io(id.clone(), e);
    let store = Store::of(home, id);
    let record = Registered {
        v: 1,
        at: clock::now(),
        by: person.by().to_owned(),
        from: source.from.clone(),
        loop_sha256: sha256(source.definition.as_bytes()),
        runbook_sha256: sha256(source.runbook.as_bytes()),
    };
    let before: Option<Registered> = store::read(&store.registration()).map_err(io)?;
    let same = before.is_some_and(|b| b.loop_sha256 == record.loop_sha256);
    let mode = match mode(home, id) {
        Some(mode) if same => mode,
        _ if spec.ships_observing() => Mode::Observe,
        _ => Mode::Live,
    };
    let entry = Entry::new(Kind::LoopRegistered)
        .with("loop", id)
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("digest", &record.loop_sha256)
        .with("args", json!({ "runbook_sha256": record.runbook_sha256, "from": record.from, "mode": mode }));
    let _ = Log::of(home).append(&entry)?;
    for folder in [store.folder().to_path_buf(), store.plans(), store.parked()] {
        durable::make_folder(&folder).map_err(io)?;
    }
    // The record comes last: without it, or with another one, the loop is not registered.
    durable::remove(&store.registration()).map_err(io)?;
    durable::write(&store.definition(), source.definition.as_bytes()).map_err(io)?;
    durable::write(&store.runbook(), source.runbook.as_bytes()).map_err(io)?;
    durable::write(&store.mode(), mode.as_str().as_bytes()).map_err(io)?;
    write_scope(home, id, &spec)?;
    store::write(&store.registration(), &record).map_err(io)?;
    Ok(mode)
}

/// Writes what the loop may use and touch, for the gate.
pub fn write_scope(home: &Home, id: &LoopId, spec: &Spec) -> Result<(), LoopError> {
    let settings = Settings::load(home).map_err(GateError::from)?;
    let paths: Vec<PathBuf> = config::resolve(spec, id, &settings, home).map(|c| c.paths).unwrap_or_default();
    let scope = json!({ "tools": spec.tools(), "paths": paths });
    store::write(&home.loop_scope(id), &scope).map_err(|e| LoopError::Io(id.clone(), e))
}

/// What is registered of loop `id`, with its definition, if its source is still that.
///
/// # Errors
/// [`LoopError::Unregistered`], [`LoopError::Changed`], [`LoopError::Unknown`].
pub fn registered(home: &Home, id: &LoopId) -> Result<(Registered, Spec, String), LoopError> {
    let Copy { record, definition, runbook } = copy(home, id)?;
    let now = source(home, id).map_err(|_| LoopError::Changed(id.clone(), "the source"))?;
    same(id, &now.definition, &record.loop_sha256, "the definition")?;
    same(id, &now.runbook, &record.runbook_sha256, "the runbook")?;
    let spec = names::read(&definition).map_err(|e| LoopError::Unfit(id.clone(), e.to_string()))?;
    Ok((record, spec, runbook))
}

/// What was registered, byte by byte.
struct Copy {
    record: Registered,
    definition: String,
    runbook: String,
}

fn copy(home: &Home, id: &LoopId) -> Result<Copy, LoopError> {
    let store = Store::of(home, id);
    let io = |e| LoopError::Io(id.clone(), e);
    let record: Option<Registered> = store::read(&store.registration()).map_err(io)?;
    let Some(record) = record else {
        // Told apart, since the cure is another.
        let _ = source(home, id)?;
        return Err(LoopError::Unregistered(id.clone()));
    };
    let definition = std::fs::read_to_string(store.definition()).map_err(io)?;
    let runbook = std::fs::read_to_string(store.runbook()).map_err(io)?;
    same(id, &definition, &record.loop_sha256, "the registered copy")?;
    same(id, &runbook, &record.runbook_sha256, "the registered runbook")?;
    Ok(Copy { record, definition, runbook })
}

fn same(id: &LoopId, text: &str, registered: &Digest, what: &'static str) -> Result<(), LoopError> {
    match sha256(text.as_bytes()) == *registered {
        true => Ok(()),
        false => Err(LoopError::Changed(id.clone(), what)),
    }
}

/// The definition that was registered, whatever became of its source.
///
/// # Errors
/// [`LoopError::Unregistered`], [`LoopError::Changed`], [`LoopError::Unknown`].
pub fn registered_definition(home: &Home, id: &LoopId) -> Result<String, LoopError> {
    Ok(copy(home, id)?.definition)
}

/// Whether loop `id` may act; none if it was never registered.
pub fn mode(home: &Home, id: &LoopId) -> Option<Mode> {
    match std::fs::read_to_string(Store::of(home, id).mode()).ok()?.trim() {
        "live" => Some(Mode::Live),
        // Anything else is the careful answer.
        _ => Some(Mode::Observe),
    }
}

/// Switches loop `id` between observing and acting.
///
/// # Errors
/// [`LoopError`].
pub fn set_mode(home: &Home, id: &LoopId, mode: Mode, person: &Person) -> Result<(), LoopError> {
    let _ = registered(home, id)?;
    changed(home, id, person, mode.as_str(), json!({}))?;
    durable::write(&Store::of(home, id).mode(), mode.as_str().as_bytes())
        .map_err(|e| LoopError::Io(id.clone(), e))
}

/// Puts on record, before it is done, that a person changes something about a registered loop.
pub(super) fn changed(
    home: &Home,
    id: &LoopId,
    person: &Person,
    how: &str,
    more: serde_json::Value,
) -> Result<(), LoopError> {
    if !Store::of(home, id).registration().exists() {
        let _ = source(home, id)?;
        return Err(LoopError::Unregistered(id.clone()));
    }
    let entry = Entry::new(Kind::LoopChanged)
        .with("loop", id)
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("outcome", how)
        .with("args", more);
    let _ = Log::of(home).append(&entry)?;
    Ok(())
}

/// Takes loop `id` out of the registry: it does not run. What it left stays. Its source may be gone.
///
/// # Errors
/// [`LoopError`].
pub fn unregister(home: &Home, id: &LoopId, person: &Person) -> Result<(), LoopError> {
    changed(home, id, person, "unregistered", json!({}))?;
    let store = Store::of(home, id);
    // Without its scope nothing counts as inside for it.
    // Without marks the next registration begins anew.
    for path in [store.registration(), home.loop_scope(id), store.marks()] {
        durable::remove(&path).map_err(|e| LoopError::Io(id.clone(), e))?;
    }
    Ok(())
}

/// The newest `most` runs of loop `id`, oldest first.
///
/// # Errors
/// [`LoopError`].
pub fn history(home: &Home, id: &LoopId, most: usize) -> Result<Vec<super::outcome::RunRecord>, LoopError> {
    let path = Store::of(home, id).runs();
    if !path.exists() {
        let _ = source(home, id)?;
    }
    crate::state::jsonl::tail(&path, most).map_err(|e| LoopError::Io(id.clone(), e))
}

/// Ids that are registered.
///
/// # Errors
/// The system's.
pub fn registered_now(home: &Home) -> io::Result<Vec<LoopId>> {
    let mut ids = registered_ids(home)?;
    ids.retain(|id| Store::of(home, id).registration().exists());
    Ok(ids)
}

/// Ids that have a folder of their own.
pub(super) fn registered_ids(home: &Home) -> io::Result<Vec<LoopId>> {
    let mut ids: Vec<LoopId> = std::fs::read_dir(home.loops())?
        .filter_map(|e| LoopId::parse(e.ok()?.file_name().to_str()?).ok())
        .collect();
    ids.sort();
    Ok(ids)
}

/// The newest run of loop `id`.
pub fn last_run(home: &Home, id: &LoopId) -> Option<super::outcome::RunRecord> {
    store::read(&Store::of(home, id).last()).ok().flatten()
}

/// Shipped loops with their definitions.
pub fn shipped_loops() -> impl Iterator<Item = (LoopId, &'static str)> {
    SHIPPED.iter().filter_map(|s| Some((LoopId::parse(s.id).ok()?, s.definition)))
}
