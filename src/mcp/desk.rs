//! Where a client's call meets the path. It blocks, so it is asked on a thread of its own.

use super::expose::Exposure;
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
    exposure: Exposure,
    tools: OnceLock<Arc<Vec<Tool>>>,
}

impl Front {
    pub(super) fn new(home: Home, exposure: Exposure) -> Self {
        Self { home, exposure, tools: OnceLock::new() }
    }
}

impl Desk for Front {
    fn tools(&self) -> Arc<Vec<Tool>> {
        let make = || {
            let told = |tool| super::schema::told(tool, self.exposure.risk(tool));
            Arc::new(self.exposure.listed(&self.home).map(told).collect())
        };
        Arc::clone(self.tools.get_or_init(make))
    }

    fn call(&self, call: &Call, watch: &Watch) -> Result<Reply, GateError> {
        // As every command does: what another process left in the middle is closed first.
        let _ = gate::recover(&self.home)?;
        if let Some(reason) = self.exposure.turned_away(&call.tool) {
            return submit::turn_away(&self.home, call, reason);
        }
        let bytes = serde_json::to_vec(&call.args).map_or(usize::MAX, |args| args.len());
        if bytes > canon::LONGEST {
            let why = Reason::built_in("arguments", canon::Broken::TooLong(bytes).to_string());
            let reply = submit::turn_away(&self.home, call, why)?;
            return Ok(Reply { malformed: true, status: Status::Failed, ..reply });
        }
        if watch.stopped() {
            let why = Reason::built_in("stopped", "taken back before it began");
            return submit::turn_away(&self.home, call, why);
        }
        match submit::collect(&self.home, call, watch)? {
            Some(reply) => Ok(reply),
            None => submit::submit_watched(&self.home, call.clone(), watch),
        }
    }

    fn rest(&self, call: &Call, kept: bool) -> Result<Option<Reply>, GateError> {
        if let Some(reason) = self.exposure.turned_away(&call.tool) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Caller;
    use crate::gate::fixture::home;
    use crate::state::call_id;
    use serde_json::json;

    #[test]
    fn what_is_taken_back_before_it_began_asks_nobody() {
        let (_dir, home) = home();
        for folder in [home.config(), &home.inflight()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(home.settings(), "").unwrap();
        std::fs::write(home.policy(), "").unwrap();
        let front = Front::new(home.clone(), Exposure::of(&home, true, None).unwrap());
        let call = |watch: &Watch| {
            let (id, caller) = (call_id().unwrap(), Caller::Mcp("desk".into()));
            let args = json!({"paths": ["/tmp/none"]});
            let call = Call { id, caller, tool: "files_trash".into(), args, run: None, why: None };
            front.call(&call, watch).unwrap()
        };
        let stopped = Watch::default();
        stopped.stop();
        let reply = call(&stopped);
        assert_eq!((reply.status, reply.reasons[0].rule.as_str()), (Status::Refused, "stopped"));
        assert!(gate::list(&home).unwrap().is_empty());
        assert_eq!(call(&Watch::default()).status, Status::Waiting);
    }
}
