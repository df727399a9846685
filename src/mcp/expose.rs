//! Which tools a client gets to see: one rule, for the list and for each call. It decides nothing about a
//! call; that is the gate's.

use crate::call::{Reason, Risk};
use crate::gate::resolve::program;
use crate::gate::{GateError, World};
use crate::state::{Home, Settings, SettingsError};
use crate::tools::{self, TOOLS, Tool};
use globset::{Glob, GlobMatcher};

/// The tools of one name, as globs, and where that stands.
pub(super) type Profile = (Vec<GlobMatcher>, String);

/// What was chosen when the server was started. It holds for as long as the process lives, as the list
/// does: clients ask once.
#[derive(Debug)]
pub(super) struct Exposure {
    allow_high: bool,
    /// The profile's globs, and where they stand.
    profile: Option<Profile>,
    /// Risks to which the owner raised tools.
    raised: Vec<(&'static str, Risk)>,
}

impl Exposure {
    /// What the policy says now, for a server that is started with these.
    ///
    /// # Errors
    /// [`GateError`] if it does not read: which tools does it raise?
    pub(super) fn of(home: &Home, allow_high: bool, profile: Option<Profile>) -> Result<Self, GateError> {
        let world = World::load(home)?;
        let raised = TOOLS.iter().filter_map(|tool| {
            let name = tool.card().name;
            world.policy.raised(name).map(|(risk, _)| (name, risk))
        });
        let raised = raised.collect();
        Ok(Self { allow_high, profile, raised })
    }

    /// The stricter of the card and what the owner raised it to.
    pub(super) fn risk(&self, tool: &dyn Tool) -> Risk {
        let name = tool.card().name;
        let raised = self.raised.iter().find(|(known, _)| *known == name);
        raised.map_or(tool.card().risk, |(_, risk)| tool.card().risk.max(*risk))
    }

    /// Why `tool` is not offered; none if it is.
    fn hidden(&self, tool: &dyn Tool) -> Option<Reason> {
        let name = tool.card().name;
        let reason = |rule: &str, source: &str, message: String| {
            Some(Reason { rule: rule.into(), source: source.into(), message })
        };
        match self.risk(tool) {
            Risk::Low | Risk::Medium => {}
            Risk::High if self.allow_high => {}
            Risk::High => {
                let message = format!(
                    "`{name}` is HIGH, and this server does not offer HIGH tools: its owner starts it with \
                     `--allow-high` if they want that"
                );
                return reason("mcp-high", "built-in", message);
            }
            Risk::Critical => {
                return reason(
                    "mcp-critical",
                    "built-in",
                    format!("`{name}` is CRITICAL: no client gets it"),
                );
            }
        }
        match &self.profile {
            Some((globs, source)) if !globs.iter().any(|glob| glob.is_match(name)) => {
                reason("mcp-profile", source, format!("`{name}` is not among the tools of this profile"))
            }
            Some(_) | None => None,
        }
    }

    /// Why a call of the tool of this name is turned away. One that does not exist is the gate's to refuse.
    pub(super) fn turned_away(&self, name: &str) -> Option<Reason> {
        tools::find(name).and_then(|tool| self.hidden(tool))
    }

    /// What the list holds, in order of name: what is offered, and can be carried out here.
    pub(super) fn listed<'a>(&'a self, home: &'a Home) -> impl Iterator<Item = &'static dyn Tool> + 'a {
        let works = |tool: &&dyn Tool| {
            let there = |name| program::find(name, home).ok().flatten().is_some();
            tool.card().needs.is_none_or(there)
        };
        TOOLS.iter().copied().filter(|tool| self.hidden(*tool).is_none()).filter(works)
    }
}

/// What `[mcp.NAME]` says now, if there is one.
///
/// # Errors
/// [`GateError::Settings`] if it cannot be read, or names no tool: what would it hide?
pub(super) fn profile(home: &Home, name: &str) -> Result<Option<Profile>, GateError> {
    let settings = Settings::load(home)?;
    let Some(profile) = settings.mcp.get(name) else { return Ok(None) };
    let wrong = |why: String| SettingsError::Toml(home.settings(), format!("[mcp.{name}] tools: {why}"));
    let mut globs = Vec::new();
    for text in &profile.tools {
        let glob = Glob::new(text).map_err(|e| wrong(e.to_string()))?.compile_matcher();
        if !TOOLS.iter().any(|tool| glob.is_match(tool.card().name)) {
            return Err(wrong(format!("there is no tool `{text}`: `fleet tool list` names them")).into());
        }
        globs.push(glob);
    }
    Ok(Some((globs, format!("{} [mcp.{name}]", home.settings().display()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposure(allow_high: bool, profile: Option<&[&str]>, raised: &[(&'static str, Risk)]) -> Exposure {
        let glob = |text: &&str| Glob::new(text).unwrap().compile_matcher();
        let profile = profile.map(|names| (names.iter().map(glob).collect(), "here".to_owned()));
        Exposure { allow_high, profile, raised: raised.to_vec() }
    }

    #[test]
    fn what_is_listed_is_called_and_what_is_not_is_turned_away() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        let raised = [("files_list", Risk::Critical), ("files_move", Risk::High)];
        for exposure in [
            exposure(false, None, &[]),
            exposure(true, None, &[]),
            exposure(true, None, &raised),
            exposure(false, None, &raised),
            exposure(true, Some(&["files_*", "git_log"]), &[]),
            exposure(true, Some(&[]), &[]),
        ] {
            let listed: Vec<_> = exposure.listed(&home).map(|tool| tool.card().name).collect();
            for tool in TOOLS {
                let name = tool.card().name;
                let offered = exposure.turned_away(name).is_none();
                assert_eq!(listed.contains(&name), offered, "{name} {exposure:?}");
            }
            assert!(listed.is_sorted());
        }
    }

    #[test]
    fn high_is_for_who_asks_for_it_and_critical_for_nobody() {
        let rule = |exposure: &Exposure, name| exposure.turned_away(name).map(|reason| reason.rule);
        let plain = exposure(false, None, &[("files_list", Risk::Critical), ("files_read", Risk::High)]);
        assert_eq!(rule(&plain, "shell_run").as_deref(), Some("mcp-high"));
        assert_eq!(rule(&plain, "files_read").as_deref(), Some("mcp-high"));
        assert_eq!(rule(&plain, "files_list").as_deref(), Some("mcp-critical"));
        assert_eq!(rule(&plain, "files_write"), None);
        assert_eq!(rule(&plain, "no_such_tool"), None);
        let high = Exposure { allow_high: true, ..plain };
        assert_eq!((rule(&high, "shell_run"), rule(&high, "files_read")), (None, None));
        assert_eq!(rule(&high, "files_list").as_deref(), Some("mcp-critical"));
        let few = exposure(true, Some(&["git_*"]), &[]);
        assert_eq!(rule(&few, "files_read").as_deref(), Some("mcp-profile"));
        assert_eq!(rule(&few, "git_log"), None);
    }
}
