//! Where a client's call meets the path. It blocks, so it is asked on a thread of its own.

use super::expose::{Exposure, Profile};
use crate::call::{Call, Reason, Risk, Watch};
use crate::canon;
use crate::gate::{self, GateError};
use crate::state::Home;
use crate::submit::{self, Reply, Status};
use crate::tools;
use rmcp::model::Tool;
use std::sync::{Arc, OnceLock};

/// What the server asks for. A test has another one: a tool that crashes.
pub(super) trait Desk: Send + Sync + 'static {
    /// The tools that are offered.
    fn tools(&self) -> Arc<Vec<Tool>>;
    /// Takes a call down the path.
    fn call(&self, call: &Call, watch: &Watch) -> Result<Reply, GateError>;
    /// Whether the rest of a result that was cut may be handed out: the call was recorded, and a brake
    /// stops this, too. None means yes.
    fn rest(&self, call: &Call, kept: bool) -> Result<Option<Reply>, GateError>;
    /// Closes what a crash left.
    fn mend(&self);
}

/// The desk of a home.
pub(super) struct Front {
    home: Home,
    allow_high: bool,
    profile: Option<Profile>,
    exposure: OnceLock<Exposure>,
    tools: OnceLock<Arc<Vec<Tool>>>,
}

impl Front {
    pub(super) fn new(home: Home, allow_high: bool, profile: Option<Profile>) -> Self {
        Self { home, allow_high, profile, exposure: OnceLock::new(), tools: OnceLock::new() }
    }

    /// Made once, by whoever needs it first.
    fn exposure(&self) -> &Exposure {
        self.exposure.get_or_init(|| Exposure::of(&self.home, self.allow_high, self.profile.clone()))
    }
}

impl Desk for Front {
    fn tools(&self) -> Arc<Vec<Tool>> {
        let make = || {
            let exposure = self.exposure();
            let told = |tool| super::schema::told(tool, exposure.risk(tool));
            Arc::new(exposure.listed(&self.home).map(told).collect())
        };
        Arc::clone(self.tools.get_or_init(make))
    }

    fn call(&self, call: &Call, watch: &Watch) -> Result<Reply, GateError> {
        // As every command does: what another process left in the middle is closed first.
        let _ = gate::recover(&self.home)?;
        if let Some(reason) = self.exposure().turned_away(&call.tool) {
            return submit::turn_away(&self.home, call, reason);
        }
        let bytes = serde_json::to_vec(&call.args).map_or(usize::MAX, |args| args.len());
        if bytes > canon::LONGEST {
            let why = Reason::built_in("arguments", canon::Broken::TooLong(bytes).to_string());
            let reply = submit::turn_away(&self.home, call, why)?;
            return Ok(Reply { malformed: true, status: Status::Failed, ..reply });
        }
        match submit::collect(&self.home, call)? {
            Some(reply) => Ok(reply),
            None => submit::submit_watched(&self.home, call.clone(), watch),
        }
    }

    fn rest(&self, call: &Call, kept: bool) -> Result<Option<Reply>, GateError> {
        if let Some(reason) = self.exposure().turned_away(&call.tool) {
            return submit::turn_away(&self.home, call, reason).map(Some);
        }
        if let Err(reason) = gate::braked(&self.home)? {
            return submit::turn_away(&self.home, call, reason)
                .map(|reply| Some(Reply { braked: true, ..reply }));
        }
        let again = tools::find(&call.tool).is_none_or(|tool| tool.card().risk == Risk::Low);
        if kept || again {
            return Ok(None);
        }
        let message = "the rest of that result is not kept any more, and getting it would do the work again";
        submit::turn_away(&self.home, call, Reason::built_in("rest-not-kept", message)).map(Some)
    }

    fn mend(&self) {
        let _ = gate::recover(&self.home);
    }
}
