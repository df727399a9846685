// refused: unused_must_use
use crate::audit::{Entry, Log, LogError};
pub fn go(log: &Log, entry: &Entry) -> Result<(), LogError> {
    log.append(entry)?;
    Ok(())
}
