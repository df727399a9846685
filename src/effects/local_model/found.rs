//! Whose server it is: the process that listens, its program and its command line. Any port of this
//! machine could be the near end of a paid service.

use super::Desk;
use crate::call::{Digest, visible_line};
use crate::canon::{Hasher, sha256};
use crate::effects::system::listeners;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// Larger programs are not hashed.
const LARGEST: u64 = 2 << 30;
/// A larger file on a command line is known by its length and its last change.
const SCRIPT: u64 = 8 << 20;

/// A program that listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// Where its file is.
    pub path: String,
    /// The digest of that file.
    pub sha256: Digest,
    /// The digest of its command line, with the first file that it names.
    pub command: Digest,
}

impl Desk<'_> {
    /// The one program that listens at the endpoint.
    ///
    /// # Errors
    /// Nobody does, several do, or this user may not see who.
    pub fn program(&self) -> Result<Program, String> {
        let pids = self.listening()?;
        if pids.is_empty() {
            return Err(format!("nobody listens at {}: start its server", self.endpoint));
        }
        let mut found = BTreeSet::new();
        for pid in pids {
            let pid = pid.ok_or_else(|| {
                format!("who listens at {} is not told to this user, so it is not trusted", self.endpoint)
            })?;
            found.insert(of_process(pid)?);
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(format!(
                "several programs listen at {}: it cannot be told which one answers",
                self.endpoint
            )),
        }
    }

    fn listening(&self) -> Result<Vec<Option<i32>>, String> {
        let unseen = |e| format!("who listens at {} is not known: {e}", self.endpoint);
        let Some(address) = self.endpoint.address() else {
            let path = self.endpoint.path().unwrap_or_default();
            return listeners::at_socket(path, self.home, self.stopping).map_err(unseen);
        };
        let all = listeners::all_of(self.home, self.stopping).map_err(unseen)?;
        let (own, mapped) = (address.ip().to_string(), format!("::ffff:{}", address.ip()));
        let ours = |l: &listeners::Listener| {
            l.port == address.port() && (l.addr == own || l.addr == mapped || l.addr == "*")
        };
        Ok(all.iter().filter(|l| ours(l)).map(|l| l.pid).collect())
    }
}

fn of_process(pid: i32) -> Result<Program, String> {
    let gone = || format!("process {pid} listens there, and who it is cannot be seen");
    let mut system = System::new().map_err(|e| format!("the system does not list processes: {e}"))?;
    let key = Pid::from_u32(u32::try_from(pid).map_err(|_| gone())?);
    let what = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[key]), false, what);
    let process = system.process(key).ok_or_else(gone)?;
    let path = process.exe().filter(|p| p.is_absolute()).ok_or_else(gone)?;
    let shown = || visible_line(&path.display().to_string(), 200);
    let sha256 = hashed(path).map_err(|e| format!("its program `{}` cannot be read: {e}", shown()))?;
    let arguments: Vec<_> = process.cmd().iter().map(|a| a.to_string_lossy().into_owned()).collect();
    let command = command(&arguments, process.cwd());
    Ok(Program { path: path.to_str().ok_or_else(gone)?.to_owned(), sha256, command })
}

/// The digest of a command line: an interpreter is told by its script, a server by its model's file.
fn command(arguments: &[String], folder: Option<&Path>) -> Digest {
    let mut all = arguments.join("\0");
    let files = arguments.iter().skip(1).filter(|a| !a.starts_with('-'));
    let files = files.map(|a| folder.map_or_else(|| PathBuf::from(a), |folder| folder.join(a)));
    let first = files
        .into_iter()
        .find_map(|path| Some((path.metadata().ok().filter(std::fs::Metadata::is_file)?, path)));
    if let Some((meta, path)) = first {
        let told = if meta.len() <= SCRIPT { hashed(&path).ok().map(|d| d.to_string()) } else { None };
        let told = told.unwrap_or_else(|| format!("{} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec()));
        all.push_str(&format!("\0\0{told}"));
    }
    sha256(all.as_bytes())
}

fn hashed(path: &Path) -> std::io::Result<Digest> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() || file.metadata()?.len() > LARGEST {
        return Err(std::io::Error::other("not a file, or too large"));
    }
    let (mut hasher, mut file, mut chunk) = (Hasher::default(), file.take(LARGEST), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hasher.finish()),
            n => hasher.update(chunk.get(..n).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_told_by_its_words_and_its_script() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("serve.py"), "one").unwrap();
        let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let told = |all: &[&str]| command(&words(all), Some(dir.path()));
        let one = told(&["python3", "serve.py", "m.gguf"]);
        assert_eq!(one, told(&["python3", "serve.py", "m.gguf"]));
        assert_ne!(one, told(&["python3", "serve.py", "other.gguf"]));
        assert_ne!(one, told(&["python3", "-I", "serve.py", "m.gguf"]));
        std::fs::write(dir.path().join("serve.py"), "two").unwrap();
        assert_ne!(one, told(&["python3", "serve.py", "m.gguf"]));
    }

    #[test]
    fn a_process_is_told_by_its_program() {
        let own = of_process(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert_eq!(Path::new(&own.path), std::env::current_exe().unwrap().canonicalize().unwrap());
        assert!(of_process(-1).is_err());
    }
}
