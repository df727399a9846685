//! `Home` owns every path. Nothing else joins path strings, and nothing but `init` creates it.

use super::Platform;
use crate::call::{CallId, LoopId};
use std::path::{Path, PathBuf};

/// No usable home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The account has no home folder, or `FLEET_HOME` is not absolute.
    #[error("{0}")]
    Nowhere(String),
    /// `fleet init` was never run here.
    #[error("no fleet home at `{0}`: run `fleet init` first")]
    Missing(PathBuf),
    /// It is there but cannot be used.
    #[error("cannot use `{path}`: {why}")]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
}

/// Where fleet's data and configuration are, and the owner's home folders.
#[derive(Debug, Clone)]
pub struct Home {
    data: PathBuf,
    config: PathBuf,
    secrets: Option<PathBuf>,
    owner: Vec<PathBuf>,
    pub(super) binary: PathBuf,
    pub(super) folders: Vec<PathBuf>,
    platform: Platform,
    scratch: bool,
    from_variable: bool,
    pub(super) wiring: Option<super::wiring::Wiring>,
}

impl Home {
    /// The home that `FLEET_HOME` names, else the platform's; not looked at yet.
    ///
    /// # Errors
    /// [`HomeError::Nowhere`] if there is no place for one.
    pub fn locate() -> Result<Self, HomeError> {
        let variable = std::env::var_os("FLEET_HOME").filter(|v| !v.is_empty()).map(PathBuf::from);
        let (data, config, secrets) = match &variable {
            Some(root) if !root.is_absolute() => {
                return Err(HomeError::Nowhere(format!(
                    "FLEET_HOME is `{}`: write an absolute path",
                    root.display()
                )));
            }
            Some(root) => (root.join("data"), root.join("config"), Some(root.join("secrets.json"))),
            None => standard_folders()?,
        };
        Ok(Self {
            data,
            config,
            secrets,
            owner: owner_folders(),
            binary: own_binary()?,
            folders: Platform::here().program_folders().iter().map(PathBuf::from).collect(),
            platform: Platform::here(),
            scratch: false,
            from_variable: variable.is_some(),
            wiring: None,
        })
    }

    /// A home of its own below `root`, for the demo and for tests; never the owner's.
    ///
    /// # Errors
    /// [`HomeError::Nowhere`] if this binary cannot be found.
    pub fn scratch(root: &Path) -> Result<Self, HomeError> {
        Ok(Self {
            data: root.join("data"),
            config: root.join("config"),
            secrets: Some(root.join("secrets.json")),
            owner: vec![root.join("home")],
            binary: own_binary()?,
            folders: Platform::here().program_folders().iter().map(PathBuf::from).collect(),
            platform: Platform::here(),
            scratch: true,
            from_variable: false,
            wiring: None,
        })
    }

    /// A scratch home as on another system, with tools' programs looked up in `folders` and `binary` as
    /// fleet's own program: for tests. Any other home stays what it is.
    #[must_use]
    pub fn seen_as(self, platform: Platform, folders: Vec<PathBuf>, binary: PathBuf) -> Self {
        if self.scratch { Self { platform, folders, binary, ..self } } else { self }
    }

    /// Sees that `init` was run.
    ///
    /// # Errors
    /// [`HomeError::Missing`] or [`HomeError::Unusable`].
    pub fn require(self) -> Result<Self, HomeError> {
        for folder in [&self.data, &self.config] {
            match std::fs::metadata(folder) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => {
                    let why = std::io::Error::from(std::io::ErrorKind::NotADirectory);
                    return Err(HomeError::Unusable { path: folder.clone(), why });
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    return Err(HomeError::Missing(folder.clone()));
                }
                Err(why) => {
                    return Err(HomeError::Unusable { path: folder.clone(), why });
                }
            }
        }
        Ok(self)
    }

    /// Data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }
    /// Configuration folder.
    pub fn config(&self) -> &Path {
        &self.config
    }
    /// The file of the secret store; none where the system's keychain is the store.
    pub fn secrets_file(&self) -> Option<&Path> {
        self.secrets.as_deref()
    }
    /// The owner's home folders: `$HOME` first, then the account's if it differs.
    pub fn owner(&self) -> &[PathBuf] {
        &self.owner
    }
    /// The owner's home folder that `~` stands for.
    pub fn tilde(&self) -> &Path {
        self.owner.first().map_or(Path::new("/"), PathBuf::as_path)
    }
    /// This program.
    pub fn binary(&self) -> &Path {
        &self.binary
    }
    /// Where programs of tools are looked up.
    pub fn program_folders(&self) -> &[PathBuf] {
        &self.folders
    }
    /// The system whose rules hold.
    pub const fn platform(&self) -> Platform {
        self.platform
    }
    /// Whether this is a scratch home, which no command line can name.
    pub const fn is_scratch(&self) -> bool {
        self.scratch
    }
    /// Whether `FLEET_HOME` chose it.
    pub const fn from_variable(&self) -> bool {
        self.from_variable
    }

    /// Written last by `init`: with it the home is whole, and is never made again.
    pub fn made(&self) -> PathBuf {
        self.data.join("home.json")
    }
    /// The log's folder.
    pub fn audit(&self) -> PathBuf {
        self.data.join("audit")
    }
    /// How far the log was synced.
    pub fn audit_head(&self) -> PathBuf {
        self.audit().join("head")
    }
    /// Held while a line is appended to the log.
    pub fn audit_lock(&self) -> PathBuf {
        self.data.join("audit.lock")
    }
    /// Held by the one process that syncs the log for all that wait.
    pub fn audit_sync(&self) -> PathBuf {
        self.data.join("audit.sync")
    }
    /// There if a sync of the log failed once: from then on what is read back may not be on the disk.
    pub fn audit_failed(&self) -> PathBuf {
        self.data.join("audit.failed")
    }
    /// Logs that were closed, each in a folder named by its id.
    pub fn audit_closed(&self) -> PathBuf {
        self.data.join("audit.closed")
    }
    /// Signed heads, a file each.
    pub fn checkpoints(&self) -> PathBuf {
        self.data.join("checkpoints")
    }
    /// Calls of which it cannot be known whether they took place, until a person closes them.
    pub fn unknown(&self) -> PathBuf {
        self.data.join("unknown.jsonl")
    }
    /// Held while those change.
    pub fn unknown_lock(&self) -> PathBuf {
        self.data.join("unknown.lock")
    }
    /// Calls under way.
    pub fn inflight(&self) -> PathBuf {
        self.data.join("inflight")
    }
    /// One call under way.
    pub fn inflight_of(&self, call: &CallId) -> PathBuf {
        self.inflight().join(call.as_str())
    }
    /// The kill switch: exists or not.
    pub fn kill_switch(&self) -> PathBuf {
        self.data.join("KILL")
    }
    /// From when to when the kill switch was set last.
    pub fn kill_span(&self) -> PathBuf {
        self.data.join("kill.last")
    }
    /// What the last sweep did.
    pub fn sweep(&self) -> PathBuf {
        self.data.join("sweep.json")
    }
    /// Held while one sweeps.
    pub fn sweep_lock(&self) -> PathBuf {
        self.data.join("sweep.lock")
    }
    /// Since when a run has missed the sweeper.
    pub fn sweep_missed(&self) -> PathBuf {
        self.data.join("sweep.missed")
    }
    /// Locks of the places at which loops run.
    pub fn places(&self) -> PathBuf {
        self.data.join("places")
    }
    /// Waiting calls and live denials.
    pub fn approvals(&self) -> PathBuf {
        self.data.join("approvals.jsonl")
    }
    /// Calls that a person objected to.
    pub fn vetoes(&self) -> PathBuf {
        self.data.join("vetoes.jsonl")
    }
    /// Held while those change.
    pub fn vetoes_lock(&self) -> PathBuf {
        self.data.join("vetoes.lock")
    }
    /// Held while approvals change.
    pub fn approvals_lock(&self) -> PathBuf {
        self.data.join("approvals.lock")
    }
    /// Breakers, and what ceilings were taken of.
    pub fn brakes(&self) -> PathBuf {
        self.data.join("brakes.json")
    }
    /// Held while those change.
    pub fn brakes_lock(&self) -> PathBuf {
        self.data.join("brakes.lock")
    }
    /// The approval PIN's slow hash and its failed tries.
    pub fn pin(&self) -> PathBuf {
        self.data.join("pin.json")
    }
    /// What a canary found out about confinement on this machine.
    pub fn confinement(&self) -> PathBuf {
        self.data.join("confinement.json")
    }
    /// Hash of the policy last seen.
    pub fn policy_seen(&self) -> PathBuf {
        self.data.join("policy.seen")
    }
    /// Held by who puts a changed policy on record.
    pub fn policy_lock(&self) -> PathBuf {
        self.data.join("policy.lock")
    }
    /// Messages to the owner that were not delivered yet.
    pub fn outbox(&self) -> PathBuf {
        self.data.join("outbox")
    }
    /// The folders that a home begins with; whoever needs another one makes it.
    pub fn folders(&self) -> [PathBuf; 7] {
        [
            self.data.clone(),
            self.config.clone(),
            self.inflight(),
            self.outbox(),
            self.undo(),
            self.loops(),
            self.user_loops(),
        ]
    }

    /// Earlier contents of files that tools changed.
    pub fn undo(&self) -> PathBuf {
        self.data.join("undo")
    }
    /// What `fleet_maintain` put away; nothing in it is needed.
    pub fn archive(&self) -> PathBuf {
        self.data.join("archive")
    }
    /// What people wrote about incidents.
    pub fn postmortems(&self) -> PathBuf {
        self.data.join("postmortems")
    }
    /// What somebody wrote about the incident that began with entry `seq`.
    pub fn postmortem(&self, seq: u64) -> PathBuf {
        self.postmortems().join(format!("{seq}.md"))
    }
    /// Registered loops.
    pub fn loops(&self) -> PathBuf {
        self.data.join("loops")
    }
    /// One registered loop.
    pub fn loop_of(&self, id: &LoopId) -> PathBuf {
        self.loops().join(id.as_str())
    }
    /// Paths that a registered loop's configuration names: they count as inside for that loop.
    pub fn loop_scope(&self, id: &LoopId) -> PathBuf {
        self.loop_of(id).join("scope.json")
    }
    /// Held by the one process of this machine that asks a model.
    pub fn model_lock(&self) -> PathBuf {
        self.data.join("model.lock")
    }
    /// When models were busy, lately.
    pub fn model_busy(&self) -> PathBuf {
        self.data.join("model.busy.jsonl")
    }
    /// Held while that changes.
    pub fn model_busy_lock(&self) -> PathBuf {
        self.data.join("model.busy.lock")
    }
    /// What checks of models found, a file each.
    pub fn model_checks(&self) -> PathBuf {
        self.data.join("models")
    }
    /// The policy.
    pub fn policy(&self) -> PathBuf {
        self.config.join("policy.toml")
    }
    /// The settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("fleet.toml")
    }
    /// Mail accounts.
    pub fn accounts(&self) -> PathBuf {
        self.config.join("accounts.toml")
    }
    /// Held while those change.
    pub fn accounts_lock(&self) -> PathBuf {
        self.data.join("accounts.lock")
    }
    /// The user's own loops.
    pub fn user_loops(&self) -> PathBuf {
        self.config.join("loops")
    }
}

/// Data, configuration and, where the system has no keychain, the file for secrets: not in the
/// configuration, which people keep in repositories, nor in the data, which they back up.
type Folders = (PathBuf, PathBuf, Option<PathBuf>);

fn standard_folders() -> Result<Folders, HomeError> {
    let dirs = directories::ProjectDirs::from("", "", "fleet").ok_or_else(|| {
        HomeError::Nowhere("this account has no home folder: set HOME or FLEET_HOME".into())
    })?;
    let (data, config) = (dirs.data_dir().to_path_buf(), dirs.config_dir().to_path_buf());
    let secrets = match Platform::here() {
        Platform::Macos => None,
        Platform::Linux => dirs.state_dir().map(|folder| folder.join("secrets.json")),
    };
    // macOS has one folder for both.
    if data == config {
        Ok((data.join("data"), config.join("config"), secrets))
    } else {
        Ok((data, config, secrets))
    }
}

/// `$HOME` and the account's home: a caller who moves `HOME` must not move what is guarded.
fn owner_folders() -> Vec<PathBuf> {
    let variable = std::env::var_os("HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let mut folders: Vec<PathBuf> = variable.into_iter().chain(account_folder()).collect();
    folders.dedup();
    folders
}

/// The home folder that the system's account table names for this user.
fn account_folder() -> Option<PathBuf> {
    let uid = rustix::process::getuid().as_raw().to_string();
    match Platform::here() {
        Platform::Linux => {
            let table = std::fs::read_to_string("/etc/passwd").ok()?;
            table.lines().find_map(|line| {
                let fields: Vec<&str> = line.split(':').collect();
                (fields.get(2) == Some(&uid.as_str())).then(|| fields.get(5).map(PathBuf::from)).flatten()
            })
        }
        // Directory Services has no plain file; the folder's owner tells as much.
        Platform::Macos => {
            use std::os::unix::fs::MetadataExt;
            let own = |p: &PathBuf| std::fs::metadata(p).is_ok_and(|m| m.uid().to_string() == uid);
            std::fs::read_dir("/Users").ok()?.filter_map(|e| e.ok().map(|e| e.path())).find(own)
        }
    }
}

fn own_binary() -> Result<PathBuf, HomeError> {
    std::env::current_exe()
        .and_then(|p| p.canonicalize())
        .map_err(|e| HomeError::Nowhere(format!("cannot find this program's own file: {e}")))
}
