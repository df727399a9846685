//! What the gate knows when it judges: read by the gate itself, never handed in.

use super::brakes::Limits;
use super::policy::{Policy, PolicyError};
use super::resolve::path::real;
use super::resolve::{Unresolved, program};
use super::rules::Guarded;
use crate::audit::LogError;
use crate::call::{AbsPath, Caller, LoopId, Pin, RealPath};
use crate::state::confinement::Confinement;
use crate::state::{Busy, Home, Settings, SettingsError, clock, durable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

/// The gate could not answer. Nothing runs then.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The policy does not read.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The settings do not read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The log does not take entries.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A lock was not had.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A state file cannot be used.
    #[error("cannot use `{0}`: {1}")]
    State(PathBuf, std::io::Error),
}

/// What was looked up once.
type Kept<K, V> = Rc<RefCell<BTreeMap<K, V>>>;

/// Everything that questions may look at: as it was when it was read. Places that do not change with
/// the call are resolved once.
#[derive(Debug, Clone)]
pub struct World<'h> {
    /// Where everything is.
    pub home: &'h Home,
    /// The policy in force.
    pub policy: Rc<Policy>,
    /// The settings in force.
    pub settings: Rc<Settings>,
    /// The ceilings in force.
    pub(super) limits: Rc<Limits>,
    /// The time, at the start.
    pub now: Timestamp,
    /// Whether a kernel profile holds programs here; looked at when the first program is judged.
    confinement: OnceCell<Confinement>,
    /// Judges as if it did.
    supposed: bool,
    /// What the deny-list guards, resolved.
    pub guarded: Rc<Guarded>,
    /// Whether a call is resolved to places alone: no content is hashed, and git is not asked. Enough
    /// for rules and their examples, never for a permit.
    pub places_only: bool,
    scopes: Kept<LoopId, Option<Rc<Scope>>>,
    roots: Kept<Option<LoopId>, Rc<[PathBuf]>>,
    programs: Kept<RealPath, Pin>,
    found: Kept<String, Option<RealPath>>,
}

/// What a registered loop may touch and use; written at registration and by each of its runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Tools that its steps name.
    pub tools: Vec<String>,
    /// Paths that its configuration names: they count as inside for it.
    pub paths: Vec<PathBuf>,
}

impl<'h> World<'h> {
    /// Reads policy and settings.
    ///
    /// # Errors
    /// [`GateError`]: a policy that does not read forbids.
    pub fn load(home: &'h Home) -> Result<Self, GateError> {
        let (settings, text) = Settings::load_with_text(home)?;
        let limits = Rc::new(Limits::of(&settings, home)?);
        let policy = Policy::load_beside(home, text.as_bytes())?;
        Ok(Self { limits, ..Self::with(home, policy, settings) })
    }

    /// The same for a judgement that nothing follows: programs are judged as if a profile held them,
    /// and a reason says so where that is not proven.
    ///
    /// # Errors
    /// [`GateError`].
    pub fn supposing(home: &'h Home) -> Result<Self, GateError> {
        Ok(Self::load(home)?.supposed())
    }

    /// The same world, in which programs are judged as if a profile held them.
    #[must_use]
    pub fn supposed(self) -> Self {
        Self { supposed: true, ..self }
    }

    /// Whether a kernel profile holds programs here.
    pub fn confinement(&self) -> &Confinement {
        self.confinement.get_or_init(|| Confinement::of(self.home))
    }

    /// Whether programs are judged as held to what they declare.
    pub fn confines(&self) -> bool {
        self.supposed || *self.confinement() == Confinement::Proven
    }

    /// A world with this policy: to see what it would say.
    pub fn with(home: &'h Home, policy: Policy, settings: Settings) -> Self {
        Self {
            home,
            policy: Rc::new(policy),
            settings: Rc::new(settings),
            limits: Rc::default(),
            now: clock::now(),
            guarded: Rc::new(Guarded::of(home)),
            places_only: false,
            confinement: OnceCell::new(),
            supposed: false,
            scopes: Rc::default(),
            roots: Rc::default(),
            programs: Rc::default(),
            found: Rc::default(),
        }
    }

    /// The same world, in which calls are resolved to places alone.
    #[must_use]
    pub fn glance(&self) -> Self {
        Self { places_only: true, ..self.clone() }
    }

    /// The same world at another time.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    /// The real paths of the workspace's roots, and of what the loop that asks was set up for. A root
    /// that does not resolve is no root.
    pub fn inside(&self, caller: &Caller) -> Rc<[PathBuf]> {
        let key = match caller {
            Caller::Loop(id) => Some(id.clone()),
            Caller::Cli | Caller::Mcp(_) => None,
        };
        if let Some(known) = self.roots.borrow().get(&key) {
            return Rc::clone(known);
        }
        let tilde = self.home.tilde();
        let written =
            self.policy.roots().iter().filter_map(|root| Some(AbsPath::parse(root).ok()?.expand(tilde)));
        let scope = self.scope(caller).map(|scope| scope.paths.clone()).unwrap_or_default();
        let found: Rc<[PathBuf]> = written.chain(scope).filter_map(|root| real(&root).ok()).collect();
        self.roots.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// The program of this name, looked up once, as [`program::find`] does.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub(super) fn find_program(&self, name: &str) -> Result<Option<RealPath>, Unresolved> {
        if let Some(known) = self.found.borrow().get(name) {
            return Ok(known.clone());
        }
        let found = program::find(name, self.home)?;
        self.found.borrow_mut().insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// What the program at `path` is, looked at once: programs are large, and a world does not last.
    ///
    /// # Errors
    /// That of `look`.
    pub(super) fn program(
        &self,
        path: &RealPath,
        look: impl FnOnce() -> Result<Pin, Unresolved>,
    ) -> Result<Pin, Unresolved> {
        let known = self.programs.borrow().get(path).cloned().filter(|_| !self.places_only);
        if let Some(known) = known {
            return Ok(known);
        }
        let pin = look()?;
        if self.places_only {
            return Ok(pin);
        }
        self.programs.borrow_mut().insert(path.clone(), pin.clone());
        Ok(pin)
    }

    /// The scope of the loop that asks, if one asks and it is registered.
    pub fn scope(&self, caller: &Caller) -> Option<Rc<Scope>> {
        let Caller::Loop(id) = caller else { return None };
        if let Some(known) = self.scopes.borrow().get(id) {
            return known.clone();
        }
        let found = read_scope(self.home, id).map(Rc::new);
        self.scopes.borrow_mut().insert(id.clone(), found.clone());
        found
    }
}

/// Paths that count as inside for loop `id`: those that its settings name.
pub fn scope(home: &Home, id: &LoopId) -> Vec<PathBuf> {
    read_scope(home, id).unwrap_or_default().paths
}

pub(super) fn read_scope(home: &Home, id: &LoopId) -> Option<Scope> {
    serde_json::from_slice(&durable::read_small(&home.loop_scope(id)).ok()?).ok()
}
