//! Proof that a model is here, each time before a word of a question leaves.

use super::Desk;
use crate::call::{Digest, ModelServer, ModelSetUp};
use crate::model::{ollama, openai};

/// A model is not proven to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotLocal {
    /// It could not be proven.
    Unproven(String),
    /// It is not what it was, or is elsewhere.
    Betrayed(String),
}

/// What was found, by which the model is known from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// What it is.
    pub digest: Digest,
    /// The server's version, where it tells one.
    pub version: Option<String>,
}

/// Proves that the model is the one that was set up, and of this machine.
///
/// # Errors
/// [`NotLocal`].
pub fn local(desk: &Desk<'_>, set_up: &ModelSetUp) -> Result<Proven, NotLocal> {
    let program = desk.program().map_err(NotLocal::Unproven)?;
    let again = "if that was you, `fleet model add --replace` takes it as it is now";
    if program.path != set_up.program {
        return Err(NotLocal::Betrayed(format!(
            "`{}` listens there, and `{}` did when it was added; {again}",
            program.path, set_up.program
        )));
    }
    if set_up.program_sha256.as_ref().is_some_and(|pinned| *pinned != program.sha256) {
        return Err(NotLocal::Betrayed(format!("`{}` is not the file that it was; {again}", program.path)));
    }
    if set_up.command_sha256.as_ref().is_some_and(|pinned| *pinned != program.command) {
        return Err(NotLocal::Betrayed(format!(
            "`{}` was started with another command line, script or model; {again}",
            program.path
        )));
    }
    let found = told(desk, set_up.server, Some(&set_up.model))?;
    if found.1.digest != set_up.digest {
        return Err(NotLocal::Betrayed(format!(
            "`{}` there is not the model that was added: its digest is {} and was {}; {again}",
            set_up.model, found.1.digest, set_up.digest
        )));
    }
    Ok(found.1)
}

/// The model's name at its server, and what the server tells of it.
///
/// # Errors
/// [`NotLocal`].
pub fn told(desk: &Desk<'_>, server: ModelServer, model: Option<&str>) -> Result<(String, Proven), NotLocal> {
    if server == ModelServer::Ollama { of_ollama(desk, model) } else { of_others(desk, server, model) }
}

/// The five checks; the fourth and fifth are made with each question: it is put to `NAME:local`, and an
/// answer that names another machine is given up.
fn of_ollama(desk: &Desk<'_>, model: Option<&str>) -> Result<(String, Proven), NotLocal> {
    let unproven = |why: String| NotLocal::Unproven(why);
    let model =
        model.ok_or_else(|| unproven("name its model by `--model`: `ollama list` shows them".into()))?;
    if ollama::names_a_cloud(model) {
        return Err(NotLocal::Betrayed(format!("`{model}` names a model of Ollama's cloud")));
    }
    let whole = |path: &str| {
        desk.brief(path).map_err(|e| unproven(format!("{} does not answer: {e}", desk.endpoint)))
    };
    let version = ollama::version(&whole(ollama::VERSION)?.body).map_err(unproven)?;
    let status = whole(ollama::STATUS)?;
    ollama::cloud_is_off(status.status, &status.body).map_err(unproven)?;
    let digest = ollama::digest(&whole(ollama::TAGS)?.body, model).map_err(|no| match no {
        ollama::Useless::Remote(why) => NotLocal::Betrayed(why),
        ollama::Useless::Unclear(why) => NotLocal::Unproven(why),
    })?;
    let digest = Digest::parse(&digest).map_err(|e| unproven(e.to_string()))?;
    Ok((model.to_owned(), Proven { digest, version: Some(version) }))
}

fn of_others(
    desk: &Desk<'_>,
    server: ModelServer,
    model: Option<&str>,
) -> Result<(String, Proven), NotLocal> {
    let unproven = |why: String| NotLocal::Unproven(why);
    let health = desk.brief(openai::HEALTH);
    let health = health.map_err(|e| unproven(format!("{} does not answer: {e}", desk.endpoint)))?;
    match health.status {
        200 => {}
        503 => return Err(unproven("its server still loads the model: try again later".into())),
        other => return Err(unproven(format!("its server says {other} about its health"))),
    }
    let list = if server == ModelServer::LlamaCpp {
        desk.brief(openai::MODELS)
            .map_err(|e| unproven(format!("{} does not answer: {e}", desk.endpoint)))?
            .body
    } else {
        Vec::new()
    };
    let (name, digest) = openai::told(server, &list, model).map_err(unproven)?;
    Ok((name, Proven { digest, version: None }))
}
