//! Places at the machine: how many loops of a class run at once, over all processes. A place is a lock
//! file, so that whoever dies gives it back.

use crate::calendar::Class;
use crate::state::{Busy, Home, Lock, durable};
use std::time::{Duration, Instant};

/// How long to wait between two looks at all places.
const PAUSE: Duration = Duration::from_millis(15);

/// Takes a place of `class`, waiting at most `wait` and no longer than until `stop`; none if it got none.
///
/// # Errors
/// [`Busy::Io`].
pub(super) fn take(
    home: &Home,
    class: Class,
    wait: Duration,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Lock>, Busy> {
    let folder = home.places();
    if !folder.exists() {
        durable::make_folder(&folder).map_err(|why| Busy::Io { path: folder.clone(), why })?;
    }
    let started = Instant::now();
    // Not all of them look at the same place first, nor at the same moment.
    let spread = std::process::id();
    loop {
        for n in 0..u32::from(class.places()) {
            let place = (n + spread) % u32::from(class.places());
            match Lock::acquire(&folder.join(format!("{}.{place}", class.as_str())), Duration::ZERO) {
                Ok(lock) => return Ok(Some(lock)),
                Err(Busy::Held { .. }) => {}
                Err(e @ Busy::Io { .. }) => return Err(e),
            }
        }
        if started.elapsed() >= wait || stop() {
            return Ok(None);
        }
        std::thread::sleep(PAUSE + Duration::from_millis(u64::from(spread % 16)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_places_as_there_are_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir_all(home.data()).unwrap();
        let take = |class| take(&home, class, Duration::from_millis(40), &|| false).unwrap();
        for (class, most) in [(Class::Light, 4), (Class::Heavy, 1), (Class::Model, 1)] {
            let held: Vec<_> = (0..most).map(|_| take(class).unwrap()).collect();
            assert!(take(class).is_none(), "{class:?}");
            drop(held);
            assert!(take(class).is_some(), "{class:?}");
        }
    }

    #[test]
    fn waiting_ends_with_a_place_or_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir_all(home.data()).unwrap();
        let held = take(&home, Class::Heavy, Duration::ZERO, &|| false).unwrap();
        let started = Instant::now();
        assert!(take(&home, Class::Heavy, Duration::from_secs(60), &|| true).unwrap().is_none());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| take(&home, Class::Heavy, Duration::from_secs(60), &|| false));
            std::thread::sleep(Duration::from_millis(50));
            drop(held);
            assert!(waits.join().unwrap().unwrap().is_some());
        });
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
