//! Looks, with their places resolved.

use super::{Unresolved, git, looked_at, real};
use crate::call::{AbsPath, Look, Place};
use crate::gate::world::World;

pub fn resolve(look: Look<AbsPath>, world: &World<'_>) -> Result<Look<Place>, Unresolved> {
    let mut look = look.with_places(&mut |path| {
        let path = real(&path, world)?;
        Ok::<_, Unresolved>(Place { pin: looked_at(&path, world)?, path })
    })?;
    if let Look::Secrets { root, history: true, reaches, .. } = &mut look {
        *reaches = git::reaches(root.path.as_path())?;
    }
    Ok(look)
}
