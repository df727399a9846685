//! Connections to other machines, for all hands that make some. An address is dialled only as it was
//! judged; every wait hears the kill switch and the caller, and ends when its time is over or the other
//! side is silent.

mod names;
pub mod tls;
mod wire;

pub use names::{NoAddress, judged};
pub use wire::{Packets, Wire};

use super::{Hand, Trouble, stopper};
use crate::call::Watch;
use crate::gate;
use crate::state::Home;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long a wait may be deaf.
const LOOK: Duration = Duration::from_millis(200);

/// How long something may take, and what ends it early. Clones share what ended it.
#[derive(Debug, Clone)]
pub struct Until {
    deadline: Instant,
    /// Milliseconds.
    silence: Arc<AtomicU64>,
    /// None for a person's veto, which works with the switch set.
    switch: Option<Arc<Home>>,
    /// Whether its caller still wants it.
    watch: Watch,
    ended: Arc<OnceLock<Ended>>,
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The kill switch or the caller, as a beginning of a sentence.
    Stopped(&'static str),
    /// All its time.
    Time,
    /// The other side said nothing for this long.
    Silence(Duration),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopped(by) => write!(f, "{by} stopped it"),
            Self::Time => f.write_str("its time was over"),
            Self::Silence(time) => write!(f, "the other side was silent for {} ms", time.as_millis()),
        }
    }
}

impl std::error::Error for Ended {}

impl Until {
    /// From now on for `seconds`, with half of them at most without a word.
    pub fn within(hand: &Hand<'_>, seconds: u32) -> Self {
        let time = Duration::from_secs(u64::from(seconds));
        Self {
            deadline: Instant::now() + time,
            silence: silence(time / 2),
            switch: (!hand.judged.undoes()).then(|| Arc::new(hand.home.clone())),
            watch: hand.watch.clone(),
            ended: Arc::default(),
        }
    }

    /// From now on for `time`, for what is no call: it is only looked.
    pub fn looking(home: &Home, time: Duration) -> Self {
        Self {
            deadline: Instant::now() + time,
            silence: silence(time),
            switch: Some(Arc::new(home.clone())),
            watch: Watch::default(),
            ended: Arc::default(),
        }
    }

    /// From now on the other side may be silent for `time`.
    pub fn bears(&self, time: Duration) {
        self.silence.store(millis(time), Ordering::Relaxed);
    }

    /// The same with less time for a part of it, and an end of its own.
    #[must_use]
    pub fn part(&self, time: Duration) -> Self {
        let deadline = self.deadline.min(Instant::now() + time);
        let (switch, watch) = (self.switch.clone(), self.watch.clone());
        Self { deadline, silence: silence(time), switch, watch, ended: Arc::default() }
    }

    /// What is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Goes on, or says what ends it. `since` is when the other side was last heard.
    fn go_on(&self, since: Instant) -> io::Result<()> {
        let killed = || self.switch.as_deref().is_some_and(gate::killed);
        let ended = if self.watch.stopped() || killed() {
            Ended::Stopped(stopper(&self.watch))
        } else if self.left().is_zero() {
            Ended::Time
        } else if millis(since.elapsed()) >= self.silence.load(Ordering::Relaxed) {
            Ended::Silence(Duration::from_millis(self.silence.load(Ordering::Relaxed)))
        } else {
            return Ok(());
        };
        let ended = *self.ended.get_or_init(|| ended);
        Err(io::Error::new(io::ErrorKind::TimedOut, ended))
    }

    /// What ended it, if something did.
    pub fn ended(&self) -> Option<Ended> {
        self.ended.get().copied()
    }

    /// A pause that hears the kill switch and the caller.
    ///
    /// # Errors
    /// [`Ended`].
    pub fn pause(&self, time: Duration) -> io::Result<()> {
        let over = Instant::now() + time;
        loop {
            self.go_on(Instant::now())?;
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    /// Runs what the system does not let be interrupted. It is left alone when the wait ends.
    ///
    /// # Errors
    /// [`Ended`], or that of `work`.
    fn patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (tell, told) = channel();
        std::thread::Builder::new().name("network".into()).spawn(move || {
            // Nobody listens any more: then nobody misses it.
            let _ = tell.send(work());
        })?;
        let started = Instant::now();
        loop {
            self.go_on(started)?;
            match told.recv_timeout(LOOK.min(self.left())) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::Other.into()),
            }
        }
    }

    /// What becomes of a step that failed with `message` before anything was sent.
    pub fn not(&self, message: String) -> Trouble {
        match self.ended() {
            Some(Ended::Stopped(by)) => Trouble::Braked(format!("{by} stopped it on the network")),
            Some(Ended::Time | Ended::Silence(_)) | None => Trouble::Not(message),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn silence(time: Duration) -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new(millis(time)))
}
