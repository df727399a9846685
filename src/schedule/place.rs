//! Where the jobs of this user are, and how the system is told of them: one face for launchd and systemd.

use super::job::{Job, PREFIX, Rendered};
use super::launchctl::{Launchctl, Patience};
use super::launchd::agent;
use super::systemctl::Systemctl;
use super::systemd::units;
use crate::state::{Home, Platform};
use std::path::{Path, PathBuf};

/// The scheduler of this user.
#[derive(Debug)]
pub struct Place<'h> {
    folder: PathBuf,
    program: String,
    system: System<'h>,
}

#[derive(Debug)]
enum System<'h> {
    Launchd(Launchctl<'h>),
    Systemd(Systemctl<'h>),
}

impl<'h> Place<'h> {
    /// That of `home`'s owner.
    ///
    /// # Errors
    /// A sentence if the system does not answer.
    pub fn find(home: &'h Home, patience: Patience) -> Result<Self, String> {
        let program = home.binary().display().to_string();
        let (folder, system) = match home.platform() {
            Platform::Macos => ("Library/LaunchAgents", System::Launchd(Launchctl::find(home, patience)?)),
            Platform::Linux => (".config/systemd/user", System::Systemd(Systemctl::find(home)?)),
        };
        Ok(Self { folder: home.tilde().join(folder), program, system })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of a job.
    ///
    /// # Errors
    /// A sentence.
    pub fn files(&self, job: &Job) -> Result<Vec<Rendered>, String> {
        match &self.system {
            System::Launchd(_) => agent(job, &self.program).map(|file| vec![file]).map_err(|e| e.to_string()),
            System::Systemd(_) => Ok(units(job, &self.program)),
        }
    }

    /// What of a job must be loaded.
    fn handles(&self, job: &Job) -> Vec<String> {
        let label = job.label();
        match (&self.system, job) {
            (System::Launchd(_), _) => vec![label],
            (System::Systemd(_), Job::Loop { watch, .. }) if !watch.is_empty() => {
                vec![format!("{label}.timer"), format!("{label}.path")]
            }
            (System::Systemd(_), Job::Loop { .. } | Job::Sweep) => vec![format!("{label}.timer")],
        }
    }

    /// Whether a job is loaded, all of it.
    ///
    /// # Errors
    /// A sentence if the system does not answer.
    pub fn loaded(&self, job: &Job) -> Result<bool, String> {
        for handle in self.handles(job) {
            let loaded = match &self.system {
                System::Launchd(launchctl) => launchctl.loaded(&handle)?,
                System::Systemd(systemctl) => systemctl.loaded(&handle)?,
            };
            if !loaded {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether what pokes the loop of this label is loaded.
    ///
    /// # Errors
    /// A sentence if the system does not answer.
    pub fn loaded_label(&self, label: &str) -> Result<bool, String> {
        match &self.system {
            System::Launchd(launchctl) => launchctl.loaded(label),
            System::Systemd(systemctl) => systemctl.loaded(&format!("{label}.timer")),
        }
    }

    /// Loads a job whose files stand there, anew if it is loaded.
    ///
    /// # Errors
    /// A sentence.
    pub fn load(&self, job: &Job) -> Result<(), String> {
        match &self.system {
            System::Launchd(launchctl) => {
                let (label, file) = (job.label(), self.folder.join(format!("{}.plist", job.label())));
                launchctl.unload(&label)?;
                launchctl.load(&label, &file.display().to_string())
            }
            System::Systemd(systemctl) => {
                systemctl.reload()?;
                self.handles(job).iter().try_for_each(|unit| systemctl.load(unit))
            }
        }
    }

    /// Takes out what is loaded under the name of a file.
    ///
    /// # Errors
    /// A sentence.
    pub fn unload(&self, file: &str) -> Result<(), String> {
        match &self.system {
            System::Launchd(launchctl) => launchctl.unload(file.strip_suffix(".plist").unwrap_or(file)),
            // What starts it; the service itself is started by nothing else.
            System::Systemd(_) if file.ends_with(".service") => Ok(()),
            System::Systemd(systemctl) => systemctl.unload(file),
        }
    }

    /// Starts a loaded job now, without waiting for it.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(&self, label: &str) -> Result<(), String> {
        match &self.system {
            System::Launchd(launchctl) => launchctl.start(label),
            System::Systemd(systemctl) => systemctl.start(&format!("{label}.service")),
        }
    }

    /// Names of the files of fleet that are there, sorted.
    pub fn installed(&self) -> Vec<String> {
        let ours = |name: &String| {
            let ending = name.rsplit_once('.').map(|(_, ending)| ending);
            name.starts_with(PREFIX) && matches!(ending, Some("plist" | "service" | "timer" | "path"))
        };
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).filter(ours).collect();
        names.sort();
        names
    }
}
