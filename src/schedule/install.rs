//! Bringing what is installed and loaded to what is declared: touches only what changed, one job after
//! another, and says of each what became of it.

use super::job::{Job, Rendered};
use super::place::Place;
use crate::state::durable;
use serde::Serialize;
use std::path::Path;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its label.
    pub label: String,
    /// Whether all its files are there, byte by byte.
    pub files: Files,
    /// Whether it is loaded.
    pub loaded: bool,
    /// What was done about it, or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How the files of a job stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Files {
    /// As rendered now.
    Same,
    /// There, and other ones.
    Differ,
    /// At least one is missing.
    Missing,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Job by job.
    pub jobs: Vec<Standing>,
    /// Files of fleet that no job has.
    pub strays: Vec<String>,
}

impl Overview {
    /// How many jobs are as they should be.
    pub fn good(&self) -> usize {
        self.jobs.iter().filter(|job| job.loaded && job.files == Files::Same).count()
    }

    /// Whether all is as it should be.
    pub fn whole(&self) -> bool {
        self.good() == self.jobs.len() && self.strays.is_empty()
    }
}

/// How `jobs` stand; nothing is changed.
///
/// # Errors
/// A sentence if the system does not answer.
pub fn status(place: &Place<'_>, jobs: &[Job]) -> Result<Overview, String> {
    let mut expected = Vec::new();
    let mut standings = Vec::new();
    for job in jobs {
        let files = place.files(job)?;
        let standing = Standing {
            label: job.label(),
            files: compared(place.folder(), &files),
            loaded: place.loaded(job)?,
            note: None,
        };
        standings.push(standing);
        expected.extend(files.into_iter().map(|file| file.name));
    }
    let strays = place.installed().into_iter().filter(|name| !expected.contains(name)).collect();
    Ok(Overview { jobs: standings, strays })
}

fn compared(folder: &Path, files: &[Rendered]) -> Files {
    let mut all = Files::Same;
    for file in files {
        match std::fs::read(folder.join(&file.name)) {
            Ok(bytes) if bytes == file.text.as_bytes() => {}
            Ok(_) => all = Files::Differ,
            Err(_) => return Files::Missing,
        }
    }
    all
}

/// Installs `jobs`, calling `tell` after each. A job whose loop is `busy` is left for the next time, since
/// loading it anew would end the run.
///
/// # Errors
/// A sentence if nothing could be begun.
pub fn install(
    place: &Place<'_>,
    jobs: &[Job],
    busy: &dyn Fn(&Job) -> bool,
    tell: &mut dyn FnMut(&Standing),
) -> Result<Overview, String> {
    let folder = place.folder();
    durable::make_folder(folder).map_err(|e| format!("cannot make `{}`: {e}", folder.display()))?;
    let mut overview = status(place, jobs)?;
    for (job, standing) in jobs.iter().zip(&mut overview.jobs) {
        if standing.files == Files::Same && standing.loaded {
            continue;
        }
        let done = if busy(job) {
            Err("it runs right now: install again later".to_owned())
        } else {
            put(place, job, standing.files)
        };
        *standing = Standing {
            files: compared(folder, &place.files(job)?),
            loaded: place.loaded(job)?,
            note: Some(done.map_or_else(|why| why, |()| "installed".to_owned())),
            ..standing.clone()
        };
        tell(standing);
    }
    Ok(overview)
}

fn put(place: &Place<'_>, job: &Job, files: Files) -> Result<(), String> {
    if files != Files::Same {
        for file in place.files(job)? {
            let path = place.folder().join(&file.name);
            durable::write_shared(&path, file.text.as_bytes())
                .map_err(|e| format!("cannot write `{}`: {e}", path.display()))?;
        }
    }
    place.load(job)
}

/// Takes out the files of these names with what is loaded of them; what could not be taken out is told.
pub fn uninstall(
    place: &Place<'_>,
    names: &[String],
    tell: &mut dyn FnMut(&str, Result<(), String>),
) -> bool {
    let mut all = true;
    for name in names {
        let gone = place.unload(name).and_then(|()| {
            durable::remove(&place.folder().join(name)).map_err(|e| format!("cannot remove it: {e}"))
        });
        all &= gone.is_ok();
        tell(name, gone);
    }
    all
}
