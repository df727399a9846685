//! What a canary found out about confinement on this machine, and whether that still holds.

use super::{Home, clock, durable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

/// How long a canary that was not held is believed: what kept it from being held may go away.
const DOUBT: Duration = Duration::from_secs(3600);

/// The result of one canary, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Version of this format.
    pub v: u8,
    /// What held it: `landlock+seccomp`, `sandbox-exec`.
    pub sandbox: String,
    /// Whether all was refused that must be, and all allowed that may be.
    pub proven: bool,
    /// Why it is not proven.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// What was refused, by name.
    pub refused: Vec<String>,
    /// What this kernel does not hold, and the profile does not promise here.
    pub not_held: Vec<String>,
    /// The kernel.
    pub kernel: String,
    /// fleet's own program.
    pub binary: Binary,
    /// When.
    pub at: Timestamp,
}

/// fleet's own program file. The hash tells programs apart; the rest tells without reading it that
/// it is still the one that was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binary {
    /// Its hash.
    pub sha256: String,
    /// Its place on the disk.
    pub file: FileMark,
}

/// Device, inode, size, and both times in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub struct FileMark {
    pub dev: u64,
    pub ino: u64,
    pub size: u64,
    pub mtime: i64,
    pub ctime: i64,
}

impl FileMark {
    /// Of the file at `path` now.
    ///
    /// # Errors
    /// The system's.
    pub fn of(path: &Path) -> io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        let nanos = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Ok(Self {
            dev: meta.dev(),
            ino: meta.ino(),
            size: meta.size(),
            mtime: nanos(meta.mtime(), meta.mtime_nsec()),
            ctime: nanos(meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// Whether programs can be confined here, as far as is known without trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confinement {
    /// A canary was held, on this kernel, by this program.
    Proven,
    /// A canary was not held, on this kernel, by this program, and lately.
    Refuted(String),
    /// There is no result, or one of another kernel or program.
    Stale(String),
}

impl Confinement {
    /// What is stored in `home`, compared with this kernel and this program.
    pub fn of(home: &Home) -> Self {
        let Some(canary) = load(home) else { return Self::Stale("no canary was run here yet".into()) };
        if canary.kernel != kernel() {
            return Self::Stale(format!("the canary ran on another kernel (`{}`)", canary.kernel));
        }
        if FileMark::of(home.binary()).ok().as_ref() != Some(&canary.binary.file) {
            return Self::Stale("the canary ran with another fleet program".into());
        }
        if canary.proven {
            return Self::Proven;
        }
        let now = clock::now();
        if canary.at > now || clock::later(canary.at, DOUBT) < now {
            return Self::Stale("the canary was not held, some time ago".into());
        }
        Self::Refuted(canary.why.unwrap_or_else(|| "the canary was not held".into()))
    }
}

/// The stored result, if it reads.
pub fn load(home: &Home) -> Option<Canary> {
    let canary: Canary = serde_json::from_slice(&durable::read_small(&home.confinement()).ok()?).ok()?;
    (canary.v == 1).then_some(canary)
}

/// Stores a result.
///
/// # Errors
/// The system's.
pub fn store(home: &Home, canary: &Canary) -> io::Result<()> {
    let mut text = serde_json::to_vec(canary)?;
    text.push(b'\n');
    durable::write(&home.confinement(), &text)
}

/// Name, release and version of the kernel, on this machine.
pub fn kernel() -> String {
    let name = rustix::system::uname();
    let parts = [name.sysname(), name.release(), name.version(), name.machine()];
    parts.map(|part| part.to_string_lossy().into_owned()).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(home.data()).unwrap();
        (dir, home)
    }

    fn canary(home: &Home) -> Canary {
        Canary {
            v: 1,
            sandbox: "landlock+seccomp".into(),
            proven: true,
            why: None,
            refused: vec!["udp".into()],
            not_held: vec![],
            kernel: kernel(),
            binary: Binary { sha256: "ab".into(), file: FileMark::of(home.binary()).unwrap() },
            at: clock::now(),
        }
    }

    #[test]
    fn a_result_counts_for_its_kernel_and_its_program_alone() {
        let (_dir, home) = home();
        assert!(matches!(Confinement::of(&home), Confinement::Stale(_)));
        store(&home, &canary(&home)).unwrap();
        assert_eq!(Confinement::of(&home), Confinement::Proven);
        assert_eq!(load(&home), Some(canary(&home)).map(|c| Canary { at: load(&home).unwrap().at, ..c }));

        let mut other = canary(&home);
        other.kernel.push('x');
        store(&home, &other).unwrap();
        assert!(matches!(Confinement::of(&home), Confinement::Stale(why) if why.contains("kernel")));

        let changes: [fn(&mut FileMark); 5] =
            [|f| f.ctime += 1, |f| f.mtime += 1, |f| f.ino += 1, |f| f.size += 1, |f| f.dev += 1];
        for change in changes {
            let mut other = canary(&home);
            change(&mut other.binary.file);
            store(&home, &other).unwrap();
            assert!(matches!(Confinement::of(&home), Confinement::Stale(why) if why.contains("program")));
        }
        std::fs::write(home.confinement(), "{").unwrap();
        assert!(matches!(Confinement::of(&home), Confinement::Stale(_)));
    }

    #[test]
    fn a_pipe_or_a_flood_in_place_of_the_result_is_none() {
        let (_dir, home) = home();
        let mut long = serde_json::to_vec(&canary(&home)).unwrap();
        long.resize(2 << 20, b' ');
        std::fs::write(home.confinement(), long).unwrap();
        assert!(matches!(Confinement::of(&home), Confinement::Stale(_)));
        std::fs::remove_file(home.confinement()).unwrap();
        std::process::Command::new("mkfifo").arg(home.confinement()).status().unwrap();
        let (done, ended) = std::sync::mpsc::channel();
        let looked = home.clone();
        std::thread::spawn(move || done.send(Confinement::of(&looked)));
        assert!(matches!(ended.recv_timeout(Duration::from_secs(5)), Ok(Confinement::Stale(_))));
        store(&home, &canary(&home)).unwrap();
        assert_eq!(Confinement::of(&home), Confinement::Proven);
    }

    #[test]
    fn a_canary_that_was_not_held_is_believed_for_an_hour() {
        let (_dir, home) = home();
        let mut not = Canary { proven: false, why: Some("udp was not refused".into()), ..canary(&home) };
        store(&home, &not).unwrap();
        assert_eq!(Confinement::of(&home), Confinement::Refuted("udp was not refused".into()));
        not.at = clock::now() - DOUBT - Duration::from_secs(1);
        store(&home, &not).unwrap();
        assert!(matches!(Confinement::of(&home), Confinement::Stale(_)));
    }
}
