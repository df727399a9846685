//! Fresh ids, from the clock and the system's random source.

use super::clock;
use crate::call::{ApprovalId, CallId, Malformed, RunId};

/// A new call id.
///
/// # Errors
/// If the system gives no randomness.
pub fn call_id() -> Result<CallId, std::io::Error> {
    CallId::parse(&sortable()?).map_err(never)
}

/// A new run id.
///
/// # Errors
/// If the system gives no randomness.
pub fn run_id() -> Result<RunId, std::io::Error> {
    RunId::parse(&sortable()?).map_err(never)
}

/// A new approval id of five letters; the caller sees to it that it is not in use.
///
/// # Errors
/// If the system gives no randomness.
pub fn approval_id() -> Result<ApprovalId, std::io::Error> {
    ApprovalId::parse(&crate::call::typeable(&random::<5>()?)).map_err(never)
}

/// A new log's id: 32 hex digits.
///
/// # Errors
/// If the system gives no randomness.
pub fn log_id() -> Result<String, std::io::Error> {
    Ok(random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Thirty-two random bytes as 64 hex digits: a key.
///
/// # Errors
/// If the system gives no randomness.
pub fn key() -> Result<String, std::io::Error> {
    Ok(random::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn sortable() -> Result<String, std::io::Error> {
    let millis = u64::try_from(clock::now().as_millisecond()).unwrap_or(0);
    Ok(crate::call::sortable(millis, random::<10>()?))
}

fn random<const N: usize>() -> Result<[u8; N], std::io::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| std::io::Error::other(format!("no randomness from the system: {e}")))?;
    Ok(bytes)
}

fn never(e: Malformed) -> std::io::Error {
    std::io::Error::other(e.to_string())
}
