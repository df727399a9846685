//! The approval PIN: a slow hash, and a wait that doubles with each wrong try.

use crate::state::{Busy, Home, Lock, clock, durable};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Wrong tries that cost nothing.
const FREE: u32 = 3;
/// The first wait; it doubles to an hour.
const FIRST: u64 = 30;
/// Shorter PINs are refused.
const SHORTEST: usize = 4;

/// A PIN that was not had, or not right.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Wrong.
    #[error("the PIN is wrong")]
    Wrong,
    /// Nothing was typed.
    #[error("no PIN was typed: nothing was done")]
    Declined,
    /// Too many tries.
    #[error("too many wrong PINs: the next try is possible after {0}")]
    Wait(String),
    /// The settings demand one and none was set.
    #[error(
        "the settings demand a PIN and none is set: run `fleet init` on a terminal in a new home, or set `proof = \"none\"`"
    )]
    NotSet,
    /// Too short.
    #[error("a PIN has at least 4 characters")]
    Short,
    /// It could not be asked for.
    #[error("the PIN could not be read: {0}")]
    Io(#[from] std::io::Error),
    /// Another process tries.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The hash failed.
    #[error("the PIN could not be hashed: {0}")]
    Hash(String),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u8,
    hash: String,
    wrong: u32,
    until: Timestamp,
}

/// Sets the PIN of `home`. Only `init` calls this.
///
/// # Errors
/// [`PinError`].
pub fn set(home: &Home, pin: &str) -> Result<(), PinError> {
    if pin.chars().count() < SHORTEST {
        return Err(PinError::Short);
    }
    let hash = Argon2::default().hash_password(pin.as_bytes()).map_err(|e| PinError::Hash(e.to_string()))?;
    save(home, &Stored { v: 1, hash: hash.to_string(), wrong: 0, until: Timestamp::UNIX_EPOCH })
}

/// Asks for the PIN and compares. Tries are counted before they are compared, so that ending the
/// process does not save one.
pub(super) fn check(
    home: &Home,
    prompt: &mut dyn FnMut() -> std::io::Result<String>,
) -> Result<(), PinError> {
    let mut stored = load(home)?;
    if stored.until > clock::now() {
        return Err(PinError::Wait(stored.until.strftime("%H:%M:%SZ").to_string()));
    }
    let pin = prompt()?;
    if pin.is_empty() {
        return Err(PinError::Declined);
    }
    let _lock = Lock::acquire(&home.data().join("pin.lock"), Duration::from_secs(5))?;
    stored = load(home).or(Ok::<_, PinError>(stored))?;
    let now = clock::now();
    if stored.until > now {
        return Err(PinError::Wait(stored.until.strftime("%H:%M:%SZ").to_string()));
    }
    stored.wrong = stored.wrong.saturating_add(1);
    if stored.wrong >= FREE {
        let wait = FIRST.saturating_mul(1 << (stored.wrong - FREE).min(7)).min(3600);
        stored.until = clock::later(now, Duration::from_secs(wait));
    }
    save(home, &stored)?;
    let hash = PasswordHash::new(&stored.hash).map_err(|e| PinError::Hash(e.to_string()))?;
    Argon2::default().verify_password(pin.as_bytes(), &hash).map_err(|_| PinError::Wrong)?;
    save(home, &Stored { wrong: 0, until: Timestamp::UNIX_EPOCH, ..stored })
}

fn load(home: &Home) -> Result<Stored, PinError> {
    let bytes = match durable::read_small(&home.pin()) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(PinError::NotSet),
        Err(e) => return Err(e.into()),
    };
    serde_json::from_slice(&bytes).map_err(|e| PinError::Hash(format!("`{}`: {e}", home.pin().display())))
}

fn save(home: &Home, stored: &Stored) -> Result<(), PinError> {
    let text = serde_json::to_vec(stored).map_err(std::io::Error::from)?;
    Ok(durable::write(&home.pin(), &text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pin_is_refused_and_after_three_even_the_right_one_waits() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(home.data()).unwrap();
        let say = |pin: &str| check(&home, &mut || Ok(pin.to_owned()));
        assert!(matches!(say("1234"), Err(PinError::NotSet)));
        assert!(matches!(set(&home, "123"), Err(PinError::Short)));
        set(&home, "2468").unwrap();
        assert!(!std::fs::read_to_string(home.pin()).unwrap().contains("2468"));
        assert!(say("2468").is_ok());
        for _ in 0..3 {
            assert!(matches!(say("1111"), Err(PinError::Wrong)));
        }
        assert!(matches!(say("2468"), Err(PinError::Wait(_))));
    }
}
