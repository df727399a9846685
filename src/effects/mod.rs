//! The only hands. One file a kind of effect; each does exactly what was judged, shown and logged,
//! or says why not.

mod child;
mod confine;
mod discord;
mod dns;
mod folder;
mod git;
mod git_change;
mod http;
mod list;
pub mod local_model;
mod mail;
mod moving;
mod net;
mod own;
mod probe;
mod read;
mod screen;
mod script;
mod search;
mod secrets;
mod sheet;
mod spawn;
mod sqlite;
mod stat;
mod stop;
mod system;
mod trash;
mod unpack;
mod vulns;
mod walk;
mod watched;
mod web;
mod write;

pub use child::become_program;
pub use confine::canary;
pub use mail::{Proven, prove};
pub use script::run_alone as carry_out_line;

use crate::audit::{Kind, Log, Receipt};
use crate::call::{Effect, Failed, Happened, Identity, Look, Place, Remote, Trace, Watch};
use crate::gate::{self, Flight, GateError, Judged, Permit};
use crate::state::Home;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The caller, as the beginning of a sentence.
const CALLER: &str = "its caller";
/// Files above this are not read whole.
const WHOLE: u64 = 64 << 20;

/// Why the tool of this name cannot be used on this machine, and what would let it.
pub fn unavailable(tool: &str, home: &Home) -> Option<String> {
    if tool == "notify_desktop" { screen::unavailable(home) } else { system::unavailable(tool, home) }
}

/// What every hand may use.
struct Hand<'a> {
    home: &'a Home,
    flight: &'a Flight,
    judged: &'a Judged,
    /// Which effect of the call it is.
    nth: usize,
    /// Whether its caller still wants it.
    watch: &'a Watch,
}

impl Hand<'_> {
    /// Whether the kill switch or the caller stops this. A person's veto takes things back with the
    /// switch set.
    fn stopped(&self) -> bool {
        self.watch.stopped() || (!self.judged.undoes() && gate::killed(self.home))
    }

    /// Who stopped it, as a beginning of a sentence.
    fn stopper(&self) -> &'static str {
        stopper(self.watch)
    }

    /// Who stopped it, if somebody did.
    fn stopping(&self) -> Option<&'static str> {
        self.stopped().then(|| self.stopper())
    }

    /// The file that keeps a child from becoming a program; for a veto one that cannot be there.
    fn kill_switch(&self) -> PathBuf {
        if self.judged.undoes() { self.flight.path().join("none") } else { self.home.kill_switch() }
    }
}

/// Who stopped what was stopped, as a beginning of a sentence.
fn stopper(watch: &Watch) -> &'static str {
    if watch.stopped() { CALLER } else { "the kill switch" }
}

/// A step that did not work. The rest of the call is not tried.
type Step = Result<Happened, Trouble>;

/// Why a step did not work.
#[derive(Debug)]
enum Trouble {
    /// Nothing of the step took place.
    Not(String),
    /// The kill switch or the caller stopped it.
    Braked(String),
    /// It cannot be known whether it took place.
    Unknown(String),
}

impl Trouble {
    fn io(doing: &str, path: impl std::fmt::Display, e: &std::io::Error) -> Self {
        let hint = match e.raw_os_error() {
            // macOS answers EPERM where privacy settings, not modes, refuse.
            Some(1) => " (on macOS: grant access under Privacy & Security)",
            _ => "",
        };
        Self::Not(format!("cannot {doing} `{path}`: {e}{hint}"))
    }

    fn changed(path: impl std::fmt::Display) -> Self {
        Self::Not(format!("`{path}` changed since the call was judged: nothing was done; call again"))
    }
}

/// A call that was carried out or tried, before that is on record. Its results cannot be read.
#[must_use = "what was done is not on record yet"]
pub struct Done {
    judged: Judged,
    flight: Flight,
    intent: Option<Receipt>,
    happened: Vec<Happened>,
    failed: Option<Failed>,
    took: Duration,
}

/// Results of a call that is on record.
pub struct Recorded {
    /// The call.
    pub judged: Judged,
    /// Steps that were done.
    pub happened: Vec<Happened>,
    /// The step that was not.
    pub failed: Option<Failed>,
}

/// Spends the permit: does what was judged, in order, until a step does not work or a brake stops it.
pub fn perform(permit: Permit, home: &Home) -> Done {
    perform_watched(permit, home, &Watch::default())
}

/// The same for a caller that sees how far it is, and can say stop.
pub fn perform_watched(permit: Permit, home: &Home, watch: &Watch) -> Done {
    let (judged, flight, intent) = permit.spend();
    let started = Instant::now();
    let mut happened = Vec::new();
    let mut failed = None;
    for (nth, effect) in judged.effects().iter().enumerate() {
        let hand = Hand { home, flight: &flight, judged: &judged, nth, watch };
        watch.begins(nth + 1, judged.effects().len());
        let step = if hand.stopped() {
            Err(Trouble::Braked(format!("{} stopped it before this step", hand.stopper())))
        } else {
            act(&hand, effect)
        };
        match step {
            // It ran, and did not finish: what it left is reported with the failure.
            Ok(fact @ Happened::Ran { timed_out: true, .. }) => {
                happened.push(fact);
                let message =
                    "its time was over: it was ended, and with it all that was found of what it had \
                               started"
                        .to_owned();
                failed = Some(Failed { message, done_before: happened.len(), braked: false, unknown: false });
                break;
            }
            // It found out a part, which is no less true for that.
            Ok(
                fact @ (Happened::Told { lacks: Some(_), .. } | Happened::Modelled { lacks: Some(_), .. }),
            ) => {
                let message = lacking(&fact).unwrap_or_default();
                happened.push(fact);
                failed = Some(Failed { message, done_before: happened.len(), braked: false, unknown: false });
                break;
            }
            Ok(fact) => happened.push(fact),
            Err(trouble) => {
                let done_before = happened.len();
                let (message, braked, unknown) = match trouble {
                    Trouble::Not(message) => (message, false, false),
                    Trouble::Braked(message) => (message, true, false),
                    Trouble::Unknown(message) => (message, false, true),
                };
                failed = Some(Failed { message, done_before, braked, unknown });
                break;
            }
        }
    }
    Done { judged, flight, intent, happened, failed, took: started.elapsed() }
}

/// Why what happened is not all that was asked.
fn lacking(fact: &Happened) -> Option<String> {
    if let Happened::Told { lacks, .. } | Happened::Modelled { lacks, .. } = fact {
        lacks.clone()
    } else {
        None
    }
}

fn act(hand: &Hand<'_>, effect: &Effect) -> Step {
    match effect {
        Effect::FileRead(effect) => read::read(effect),
        Effect::FileList(effect) => list::list(hand, effect),
        Effect::FileWrite(effect) => write::write(hand, effect),
        Effect::FileMove(effect) => moving::move_or_copy(hand, effect),
        Effect::FileTrash(effect) => trash::trash(effect),
        Effect::GitRead(effect) => git::read(hand, effect),
        Effect::GitBranchDelete(effect) => git::branch_delete(hand, effect),
        Effect::Spawn(effect) => spawn::spawn(hand, effect),
        Effect::Web(effect) => web::request(hand, effect),
        Effect::Remote(Remote::Dns(effect)) => dns::query(hand, effect),
        Effect::Remote(Remote::Tls(effect)) => probe::look(hand, effect),
        Effect::Remote(Remote::Discord(effect)) => discord::send(hand, effect),
        Effect::Remote(Remote::Withdraw(effect)) => discord::withdraw(hand, effect),
        Effect::Model(effect) => local_model::ask(hand, effect),
        Effect::Screen(effect) => screen::show(hand, effect),
        Effect::Mail(effect) => mail::send(hand, effect),
        Effect::Extract(effect) => unpack::extract(hand, effect),
        Effect::FileRestore(effect) => trash::restore(effect),
        Effect::GitBranchRestore(effect) => git::branch_restore(hand, effect),
        Effect::Look(effect) => look(hand, effect),
        Effect::Fleet(effect) => own::act(hand, effect),
        Effect::GitChange(effect) => git_change::act(hand, effect),
        Effect::Stop(effect) => stop::stop(hand, effect),
        Effect::Shortcut(effect) => stop::shortcut(hand, effect),
    }
}

fn look(hand: &Hand<'_>, effect: &Look<Place>) -> Step {
    match effect {
        Look::Stat { .. } => stat::stat(hand, effect),
        Look::Search { .. } => search::search(hand, effect),
        Look::Secrets { .. } => secrets::scan(hand, effect),
        Look::Sqlite { .. } => sqlite::query(hand, effect),
        Look::Vulns { .. } => vulns::matched(hand, effect),
        Look::Info { .. }
        | Look::Processes { .. }
        | Look::Updates { .. }
        | Look::Launchd { .. }
        | Look::Posture { .. } => system::look(hand, effect),
    }
}

impl Done {
    /// Puts the outcome on record; only then can the results be read, and the call has landed.
    ///
    /// # Errors
    /// [`GateError`]: the call then counts as crashed, and the next command closes it as unknown.
    pub fn record(self, home: &Home) -> Result<Recorded, GateError> {
        let Self { judged, flight, intent, happened, failed, took } = self;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX >> 12);
        let (kind, outcome) = match &failed {
            None => (Kind::CallDone, "done".to_owned()),
            Some(f) if f.unknown => (Kind::CallUnknown, "unknown".to_owned()),
            Some(f) => {
                let word = if f.braked { "stopped" } else { "failed" };
                let steps = format!("{word} after {} of {} steps", f.done_before, judged.effects().len());
                (Kind::CallFailed, if f.done_before > 0 { steps } else { word.to_owned() })
            }
        };
        let error = failed.as_ref().map(|f| f.message.as_str());
        // What a veto needs: where the intent stands, and what each step left behind.
        let traces: Vec<_> =
            judged.effects().iter().zip(&happened).flat_map(|(e, h)| Trace::all(e, h)).collect();
        let intent = intent.map(|receipt| receipt.place().seq);
        let model = happened
            .iter()
            .find_map(|fact| if let Happened::Modelled { used, .. } = fact { Some(&**used) } else { None });
        let end = gate::End { kind, outcome: &outcome, error, micros, intent, traces: &traces, model };
        let log = Log::of(home);
        let receipt = log.append_ready(&gate::outcome(&log, &judged, &end)?)?;
        if kind == Kind::CallUnknown {
            let call = judged.call();
            gate::note_unknown(home, &call.id, &call.tool, &call.caller.to_string(), receipt.place())?;
        }
        gate::tell_breakers(home, &judged, failed.as_ref());
        flight.land().map_err(|why| GateError::State(home.inflight(), why))?;
        Ok(Recorded { judged, happened, failed })
    }
}

/// Whether `path` is still the inode that was judged.
fn same(path: &Path, identity: Option<Identity>) -> bool {
    let now = path.symlink_metadata().ok().map(|meta| gate::resolve::pin::identity(&meta));
    now == identity
}
