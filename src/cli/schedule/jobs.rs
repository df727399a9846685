//! Which jobs there are: the sweeper, and every loop that is registered.

use super::super::CliError;
use super::super::Exit;
use crate::call::LoopId;
use crate::loops;
use crate::schedule::{Job, absolute};
use crate::state::Home;

/// The job of a loop, by its definition.
pub fn of_loop(id: &LoopId, definition: &str, home: &str) -> Result<Job, CliError> {
    let spec = loops::read_definition(definition)
        .map_err(|e| CliError::new(Exit::Failed, format!("loop `{id}`: {e}")))?;
    let watch = spec.schedule.watch.iter().map(|path| absolute(path, home)).collect();
    Ok(Job::Loop { id: id.clone(), schedule: spec.schedule, watch })
}

/// Jobs of the loops that are registered in `home`, as they were registered, and of the sweeper, which comes first; `user` stands
/// for `~`.
pub fn registered(home: &Home, user: &str) -> Result<Vec<Job>, CliError> {
    let ids = loops::registered_ids(home)
        .map_err(|e| CliError::new(Exit::Failed, format!("cannot list loops: {e}")))?;
    let mut jobs = vec![Job::Sweep];
    for id in ids {
        let definition = loops::registered_definition(home, &id).map_err(super::super::loops::failed)?;
        jobs.push(of_loop(&id, &definition, user)?);
    }
    Ok(jobs)
}

/// Jobs of the loops that fleet ships, and of the sweeper.
pub fn shipped(user: &str) -> Result<Vec<Job>, CliError> {
    let mut jobs = vec![Job::Sweep];
    for (id, definition) in loops::shipped_loops() {
        jobs.push(of_loop(&id, definition, user)?);
    }
    Ok(jobs)
}
