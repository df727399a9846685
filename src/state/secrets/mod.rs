//! Secrets: values that fleet needs and nobody should read by the way. On macOS they lie in the
//! keychain, elsewhere in a file of mode 0600 outside the data folder. Never on a command line.

mod redact;
mod shapes;

pub use redact::Redactor;

use super::{Home, Lock, durable, platform};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a change waits for another.
const WAIT: Duration = Duration::from_secs(10);

/// A secret value. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `value`.
    pub const fn new(value: String) -> Self {
        Self(value)
    }
    /// The value, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a secret was not had or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// Others could read the file, or it is not a plain file of this user.
    #[error("`{path}` {why}: secrets are not read from it")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It does not read.
    #[error("`{0}` does not read as secrets: {1}")]
    Unreadable(PathBuf, String),
    /// The system refused.
    #[error("cannot use the secret store ({0}): {1}")]
    Io(String, io::Error),
    /// Somebody else is changing it.
    #[error(transparent)]
    Busy(#[from] super::Busy),
}

/// Where the secrets of a home lie.
#[derive(Debug, Clone)]
pub struct Secrets {
    place: Place,
    /// Held while secrets change.
    lock: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    /// The system's keychain holds the values, the file their names only.
    Keychain {
        names: PathBuf,
    },
}

impl Secrets {
    /// The secrets of `home`; not looked at yet.
    pub fn of(home: &Home) -> Self {
        let place = home.secrets_file().map_or_else(
            || Place::Keychain { names: home.data().join("secrets.names.json") },
            |file| Place::File(file.to_owned()),
        );
        Self { place, lock: home.data().join("secrets.lock") }
    }

    /// The secret `name`, if there is one.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn get(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        match &self.place {
            Place::File(path) => Ok(read(path)?.remove(name).map(Secret)),
            Place::Keychain { .. } => {
                platform::keychain_get(name).map_err(keychain).map(|value| value.map(Secret))
            }
        }
    }

    /// Keeps `secret` as `name`; durable when this returns.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretsError> {
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        self.change(name, Some(secret))
    }

    /// The secret `name`, made by `make` if there is none: two processes get the same.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn get_or_make(
        &self,
        name: &str,
        make: impl FnOnce() -> io::Result<Secret>,
    ) -> Result<Secret, SecretsError> {
        if let Some(secret) = self.get(name)? {
            return Ok(secret);
        }
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        if let Some(secret) = self.get(name)? {
            return Ok(secret);
        }
        let secret = make().map_err(|e| SecretsError::Io("making one".into(), e))?;
        self.change(name, Some(&secret))?;
        Ok(secret)
    }

    /// Forgets the secret `name`; one that is not there is no error.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn remove(&self, name: &str) -> Result<(), SecretsError> {
        let _lock = Lock::acquire(&self.lock, WAIT)?;
        self.change(name, None)
    }

    /// All of them, for finding them in texts.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn all(&self) -> Result<BTreeMap<String, Secret>, SecretsError> {
        match &self.place {
            Place::File(path) => Ok(read(path)?.into_iter().map(|(n, v)| (n, Secret(v))).collect()),
            Place::Keychain { names } => {
                let known = read(names)?.into_keys();
                known.filter_map(|n| self.get(&n).transpose().map(|v| Ok((n, v?)))).collect()
            }
        }
    }

    /// The file whose change means that some secret changed.
    fn file(&self) -> &Path {
        match &self.place {
            Place::File(path) | Place::Keychain { names: path } => path,
        }
    }

    /// The caller holds the lock.
    fn change(&self, name: &str, secret: Option<&Secret>) -> Result<(), SecretsError> {
        let mut all = read(self.file())?;
        let kept = match &self.place {
            Place::File(_) => secret.map(|s| s.0.clone()),
            Place::Keychain { .. } => {
                platform::keychain_set(name, secret.map(Secret::reveal)).map_err(keychain)?;
                secret.map(|_| String::new())
            }
        };
        match kept {
            Some(value) => all.insert(name.to_owned(), value),
            None => all.remove(name),
        };
        let path = self.file();
        let io = |e| SecretsError::Io(path.display().to_string(), e);
        if let Some(folder) = path.parent().filter(|f| !f.is_dir()) {
            durable::make_folder(folder).map_err(io)?;
        }
        let text = serde_json::to_vec_pretty(&all).map_err(|e| io(e.into()))?;
        durable::write(path, &text).map_err(io)
    }
}

fn keychain(e: io::Error) -> SecretsError {
    SecretsError::Io("keychain".into(), e)
}

/// The file, which must be this user's alone.
fn read(path: &Path) -> Result<BTreeMap<String, String>, SecretsError> {
    let io = |e| SecretsError::Io(path.display().to_string(), e);
    let exposed = |why| SecretsError::Exposed { path: path.to_owned(), why };
    let file = match durable::open_read(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) if path.is_symlink() || e.kind() == io::ErrorKind::InvalidInput => {
            return Err(exposed("is not a plain file"));
        }
        Err(e) => return Err(io(e)),
    };
    let meta = file.metadata().map_err(io)?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(exposed("belongs to another user"));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(exposed("can be read by others (`chmod 600` mends it)"));
    }
    serde_json::from_reader(io::BufReader::new(file))
        // Without the text, which may be a secret.
        .map_err(|e| SecretsError::Unreadable(path.to_owned(), format!("line {}", e.line())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn secrets() -> (tempfile::TempDir, Secrets) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(home.data()).unwrap();
        (dir, Secrets::of(&home))
    }

    #[test]
    fn a_secret_is_kept_outside_the_data_folder_for_this_user_alone() {
        let (dir, secrets) = secrets();
        assert_eq!(secrets.get("mail").unwrap(), None);
        secrets.put("mail", &Secret::new("hunter2".into())).unwrap();
        assert_eq!(secrets.get("mail").unwrap().unwrap().reveal(), "hunter2");
        let path = secrets.file();
        assert!(!path.starts_with(dir.path().join("data")) && !path.starts_with(dir.path().join("config")));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{:?}", secrets.get("mail").unwrap()), "Some(Secret(…))");
        secrets.remove("mail").unwrap();
        assert_eq!(secrets.all().unwrap().len(), 0);
    }

    #[test]
    fn a_file_that_others_can_read_or_that_is_a_link_is_not_believed() {
        let (dir, secrets) = secrets();
        secrets.put("mail", &Secret::new("hunter2".into())).unwrap();
        let path = secrets.file().to_owned();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(secrets.get("mail"), Err(SecretsError::Exposed { .. })));
        assert!(matches!(secrets.put("x", &Secret::new("y".into())), Err(SecretsError::Exposed { .. })));
        std::fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &path).unwrap();
        assert!(matches!(secrets.get("mail"), Err(SecretsError::Exposed { .. })));
    }

    #[test]
    fn a_file_that_does_not_read_is_named_without_what_it_says() {
        let (_dir, secrets) = secrets();
        secrets.put("mail", &Secret::new("hunter2".into())).unwrap();
        std::fs::write(secrets.file(), "{\"mail\": hunter2").unwrap();
        let said = secrets.get("mail").unwrap_err().to_string();
        assert!(said.contains("does not read") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn one_that_is_made_is_made_once() {
        let (_dir, secrets) = secrets();
        let make = |value: &'static str| move || Ok(Secret::new(value.into()));
        assert_eq!(secrets.get_or_make("key", make("one")).unwrap().reveal(), "one");
        assert_eq!(secrets.get_or_make("key", make("two")).unwrap().reveal(), "one");
    }
}
