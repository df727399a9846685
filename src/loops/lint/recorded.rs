//! Recorded worlds of a loop: what it is told, and what it must make of it.

use super::subject::Subject;
use crate::loops::replay::{BadFixture, Replayed, World, golden, replay};
use serde_json::Value;
use std::path::Path;

/// Most worlds of one loop that are looked at.
const MOST: usize = 32;

/// One world.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Its folder's name: `quiet`, `typical`, `hostile`, or what it shows.
    pub name: String,
    /// As a person finds it.
    pub shown: String,
    /// What the loop is told.
    pub world: Result<World, BadFixture>,
    /// What it must make of it.
    pub golden: Result<Value, BadFixture>,
}

impl Fixture {
    /// All below a folder, sorted; none if there is no such folder.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut folders: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|e| e.ok().map(|e| e.path()).filter(|p| p.is_dir()))
            .collect();
        folders.sort();
        folders.truncate(MOST);
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Self {
        Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            shown: folder.display().to_string(),
            world: World::read(folder),
            golden: golden(folder),
        }
    }
}

/// What the loop makes of `world`; none where something else is wrong with the loop.
pub fn replayed(subject: &Subject, world: &World) -> Option<Result<Replayed, BadFixture>> {
    let id = subject.id()?;
    let spec = subject.spec().filter(|_| subject.schedule().is_some())?;
    let text = subject.definition.text()?;
    // Names that do not exist are found by rules of their own.
    crate::loops::names::read(text).ok()?;
    Some(replay(spec, &id, text, world).map(|(replayed, _)| replayed))
}

/// The world of this name, if it reads.
pub fn named<'a>(subject: &'a Subject, name: &str) -> Option<(&'a Fixture, &'a World)> {
    let fixture = subject.fixtures.iter().flatten().find(|f| f.name == name)?;
    Some((fixture, fixture.world.as_ref().ok()?))
}
