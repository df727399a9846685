//! What a child of fleet is told: on a sheet without a name, which only both hold. Arguments are
//! short, and everyone can see them. Below, the child signs that it begins, or writes why it cannot.
#![expect(clippy::disallowed_methods, reason = "opens a descriptor of its own")]

use super::confine::{self, Profile};
use crate::state::Platform;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// Most that is read of why a child could not begin.
const MOST: u64 = 4096;

/// What a child writes below its order right before it becomes the program.
const BEGINS: &[u8] = b"\x06";

/// What stands below an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The child signed: what its end says is the program's.
    Began,
    /// It could not begin, and why.
    Cannot(String),
    /// Nothing: it was ended before it could say anything.
    Silent,
}

/// A program to become, and what it is held to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// What the kernel holds it to.
    pub profile: Option<Profile>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// The program, or what stands for a line of several.
    pub program: PathBuf,
    /// Its name and arguments, or the line.
    pub argv: Vec<String>,
}

/// An order, and room for an answer below it.
#[derive(Debug)]
pub struct Sheet {
    file: File,
    /// Where the order ends.
    end: u64,
}

impl Sheet {
    /// Writes `order` down. The next child inherits the sheet: this value must live until it began.
    pub fn write(order: &Order) -> io::Result<Self> {
        let mut file = confine::nameless()?;
        let text = serde_json::to_vec(order)?;
        file.write_all(&text)?;
        file.rewind()?;
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
        Ok(Self { file, end: u64::try_from(text.len()).unwrap_or(u64::MAX) })
    }

    /// The descriptor that the child finds it under.
    pub fn number(&self) -> i32 {
        self.file.as_raw_fd()
    }

    /// What the child wrote below.
    pub fn answer(mut self) -> Answer {
        let mut said = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| {
            let below = Read::by_ref(&mut self.file);
            below.take(MOST).read_to_end(&mut said)
        });
        match read {
            Ok(0) => Answer::Silent,
            Ok(_) if said == BEGINS => Answer::Began,
            Ok(_) => Answer::Cannot(crate::call::visible_line(String::from_utf8_lossy(&said).trim(), 600)),
            Err(e) => Answer::Cannot(format!("what it said cannot be read: {e}")),
        }
    }

    /// In the child: the sheet that was inherited under `number`, as a descriptor of its own that no
    /// program inherits, and the order on it.
    pub fn take(number: i32) -> io::Result<(Self, Order)> {
        let mut file =
            OpenOptions::new().read(true).write(true).open(descriptors().join(number.to_string()))?;
        let mut text = Vec::new();
        let end = file.read_to_end(&mut text)?;
        let order = serde_json::from_slice(&text)?;
        Ok((Self { file, end: u64::try_from(end).unwrap_or(u64::MAX) }, order))
    }

    /// In the child: signs that it becomes the program with its next step.
    pub fn begin(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(BEGINS)
    }

    /// In the child: writes below why it cannot begin, in place of its signature.
    pub fn complain(mut self, why: &io::Error) {
        // If that fails, too, stderr and the exit code still say it.
        let _ = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| write!(self.file, "{why}"));
    }
}

/// Closes every descriptor but the three of a program and `sheet`, whatever fleet's own parent left
/// open, and sees that a crash leaves no image of memory behind.
pub fn shed(sheet: &Sheet) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    let open = std::fs::read_dir(descriptors())?;
    let open: Vec<i32> = open.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|n| *n > 2 && *n != sheet.number()) {
        // The one that the list was read through is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

/// The folder of this process's own descriptors.
fn descriptors() -> &'static Path {
    Path::new(match Platform::here() {
        Platform::Linux => "/proc/self/fd",
        Platform::Macos => "/dev/fd",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::confine::Network;

    fn order() -> Order {
        let paths = |n: usize| (0..n).map(|n| PathBuf::from(format!("/w/{n}"))).collect();
        let profile =
            Profile { reads: paths(40_000), looks: vec![], writes: paths(1), network: Network::None };
        Order {
            profile: Some(profile),
            cwd: "/w".into(),
            program: "/bin/echo".into(),
            argv: vec!["echo".into(), "ümlaut\n".into()],
        }
    }

    #[test]
    fn an_order_of_any_length_arrives_and_an_answer_comes_back() {
        let sheet = Sheet::write(&order()).unwrap();
        let (mut taken, read) = Sheet::take(sheet.number()).unwrap();
        assert_eq!((read.profile, read.argv), (order().profile, order().argv));
        assert!(sheet.end > 1 << 18);
        taken.begin().unwrap();
        taken.complain(&io::Error::other("no luck"));
        assert_eq!(sheet.answer(), Answer::Cannot("no luck".to_owned()));
        let sheet = Sheet::write(&order()).unwrap();
        Sheet::take(sheet.number()).unwrap().0.begin().unwrap();
        assert_eq!(sheet.answer(), Answer::Began);
    }

    #[test]
    fn silence_is_silence_and_what_was_taken_is_not_inherited() {
        let sheet = Sheet::write(&order()).unwrap();
        let (taken, _) = Sheet::take(sheet.number()).unwrap();
        let kept = |file: &File| rustix::io::fcntl_getfd(file).unwrap() == rustix::io::FdFlags::CLOEXEC;
        assert_eq!((kept(&sheet.file), kept(&taken.file)), (false, true));
        drop(taken);
        assert_eq!(sheet.answer(), Answer::Silent);
    }
}
