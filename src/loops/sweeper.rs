//! Two watchers watch each other: the sweeper looks at all loops, and each run looks whether the sweeper
//! still comes.

use super::store;
use crate::call::Severity;
use crate::notify::{self, Notice};
use crate::state::{Home, clock, durable};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Three sweeps.
const SILENT: SignedDuration = SignedDuration::from_mins(30);
/// After a night asleep the loops may come before the sweeper: it gets this long.
const GRACE: SignedDuration = SignedDuration::from_mins(20);

/// Since when the sweeper is missed, and whether that was told.
#[derive(Debug, Serialize, Deserialize)]
struct Missed {
    since: Timestamp,
    told: bool,
}

/// A sweep took place.
///
/// # Errors
/// The system's.
pub fn swept(home: &Home) -> std::io::Result<()> {
    durable::remove(&home.sweep_missed())
}

/// Looks whether the sweeper, where there is one, still comes; tells the owner once if it does not.
pub(super) fn watch(home: &Home) {
    let Some(last) = std::fs::metadata(home.sweep()).ok().and_then(|_| last(home)) else { return };
    let now = clock::now();
    if now.duration_since(last) < SILENT {
        return;
    }
    let path = home.sweep_missed();
    let missed: Option<Missed> = store::read(&path).ok().flatten();
    let missed = match missed {
        None => {
            // If it cannot be kept the next run tries again.
            let _ = store::write(&path, &Missed { since: now, told: false });
            return;
        }
        Some(missed) => missed,
    };
    if missed.told || now.duration_since(missed.since) < GRACE {
        return;
    }
    let notice = Notice {
        v: 1,
        key: "schedule:sweep:silent".into(),
        at: now,
        severity: Severity::Urgent,
        title: "the sweeper does not come any more".into(),
        body: format!("It last came at {last:.0}. Until it does, nobody notices a loop that never runs."),
        more: "fleet schedule status".into(),
    };
    if notify::put(home, &notice).is_ok() {
        let _ = store::write(&path, &Missed { told: true, ..missed });
    }
}

/// When it last came.
fn last(home: &Home) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Swept {
        at: Timestamp,
    }
    store::read::<Swept>(&home.sweep()).ok().flatten().map(|swept| swept.at)
}
