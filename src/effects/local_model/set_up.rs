//! What `fleet model add` finds at a place, and what the owner's settings say of models.

use super::{BRIEF, Desk, proof};
use crate::call::{Endpoint, ModelServer, ModelSetUp, usual_context, usual_patience};
use crate::effects::net::Until;
use crate::gate;
use crate::model::openai;
use crate::state::{Home, Settings, SettingsError};
use std::collections::BTreeMap;

/// No model was found there.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    /// Why.
    #[error("{0}")]
    Not(String),
    /// The settings do not read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// What the model at `endpoint` is, pinned as it is now.
///
/// # Errors
/// [`NotSetUp`]: it is not proven to be of this machine.
pub fn found_at(
    home: &Home,
    server: ModelServer,
    endpoint: &Endpoint,
    model: Option<&str>,
) -> Result<ModelSetUp, NotSetUp> {
    let stopping = || gate::killed(home).then_some("the kill switch");
    let desk = Desk { home, endpoint, until: Until::looking(home, BRIEF * 6), stopping: &stopping };
    let program = desk.program().map_err(NotSetUp::Not)?;
    let (model, proven) = proof::told(&desk, server, model).map_err(|not| match not {
        proof::NotLocal::Unproven(why) | proof::NotLocal::Betrayed(why) => NotSetUp::Not(why),
    })?;
    let told = match server {
        ModelServer::LlamaCpp => desk.brief(openai::MODELS).ok().and_then(|w| openai::context(&w.body)),
        ModelServer::Ollama | ModelServer::Mlx => None,
    };
    // Ollama renews its own program; its model is told by the digest.
    let pins = server != ModelServer::Ollama;
    Ok(ModelSetUp {
        server,
        endpoint: endpoint.clone(),
        model,
        digest: proven.digest,
        program: program.path,
        program_sha256: pins.then_some(program.sha256),
        command_sha256: pins.then_some(program.command),
        context: told.unwrap_or_else(usual_context),
        load_s: usual_patience(),
    })
}

/// All models that are set up.
///
/// # Errors
/// [`SettingsError`].
pub fn list(home: &Home) -> Result<BTreeMap<String, ModelSetUp>, SettingsError> {
    Ok(Settings::load(home)?.models)
}
