//! Looks at this machine: what they ask, of which places. Nothing changes, and nothing leaves.

use super::{Pin, RealPath};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A place that is looked at: where it is, and what stood there when the call was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Where.
    pub path: RealPath,
    /// What stood there.
    pub pin: Pin,
}

/// A look, with its places as they were written or as they were resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Look<P> {
    /// What files and folders are, without their content but its hash.
    #[serde(rename = "file.stat")]
    Stat { paths: Vec<P>, glob: Option<String>, hash: bool, xattr: bool, limit: u32 },
    /// Lines of files that match.
    #[serde(rename = "file.search")]
    Search {
        path: P,
        pattern: String,
        regex: bool,
        glob: Option<String>,
        ignored: bool,
        hidden: bool,
        context: u32,
        limit: u32,
    },
    /// Credentials in files, by place and fingerprint.
    #[serde(rename = "secret.scan")]
    Secrets {
        root: P,
        glob: Option<String>,
        history: bool,
        /// Where git goes besides, if its history is asked for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        reaches: Vec<RealPath>,
        limit: u32,
    },
    /// One statement that only reads, on one database file.
    #[serde(rename = "sqlite.query")]
    Sqlite { db: P, sql: String, params: Vec<Value>, limit: u32, timeout_ms: u32 },
    /// Lock files against a checkout of an advisory database.
    #[serde(rename = "vulns.match")]
    Vulns { lockfiles: Vec<P>, db: P, max_age_days: u32 },
    /// The machine.
    #[serde(rename = "system.info")]
    Info {
        sections: Vec<InfoSection>,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<P>,
        depth: u32,
    },
    /// Processes and who listens.
    #[serde(rename = "system.processes")]
    Processes { name: Option<String>, top: u32, ports: bool },
    /// What could be newer.
    #[serde(rename = "system.updates")]
    Updates { sources: Vec<UpdateSource> },
    /// Jobs of launchd.
    #[serde(rename = "system.launchd")]
    Launchd { domain: Domain, label: Option<String>, prefix: Option<String> },
    /// Whether the machine is guarded.
    #[serde(rename = "security.posture")]
    Posture { checks: Vec<PostureCheck> },
}

impl<P> Look<P> {
    /// Its places.
    pub fn places(&self) -> Vec<&P> {
        match self {
            Self::Stat { paths, .. } => paths.iter().collect(),
            Self::Search { path, .. } => vec![path],
            Self::Secrets { root, .. } => vec![root],
            Self::Sqlite { db, .. } => vec![db],
            Self::Vulns { lockfiles, db, .. } => lockfiles.iter().chain([db]).collect(),
            Self::Info { path, .. } => path.iter().collect(),
            Self::Processes { .. } | Self::Updates { .. } | Self::Launchd { .. } | Self::Posture { .. } => {
                Vec::new()
            }
        }
    }

    /// The same look with other places.
    ///
    /// # Errors
    /// That of `to`.
    pub fn with_places<Q, E>(self, to: &mut dyn FnMut(P) -> Result<Q, E>) -> Result<Look<Q>, E> {
        Ok(match self {
            Self::Stat { paths, glob, hash, xattr, limit } => {
                let paths = paths.into_iter().map(to).collect::<Result<_, E>>()?;
                Look::Stat { paths, glob, hash, xattr, limit }
            }
            Self::Search { path, pattern, regex, glob, ignored, hidden, context, limit } => {
                Look::Search { path: to(path)?, pattern, regex, glob, ignored, hidden, context, limit }
            }
            Self::Secrets { root, glob, history, reaches, limit } => {
                Look::Secrets { root: to(root)?, glob, history, reaches, limit }
            }
            Self::Sqlite { db, sql, params, limit, timeout_ms } => {
                Look::Sqlite { db: to(db)?, sql, params, limit, timeout_ms }
            }
            Self::Vulns { lockfiles, db, max_age_days } => {
                let lockfiles = lockfiles.into_iter().map(&mut *to).collect::<Result<_, E>>()?;
                Look::Vulns { lockfiles, db: to(db)?, max_age_days }
            }
            Self::Info { sections, path, depth } => {
                Look::Info { sections, path: path.map(to).transpose()?, depth }
            }
            Self::Processes { name, top, ports } => Look::Processes { name, top, ports },
            Self::Updates { sources } => Look::Updates { sources },
            Self::Launchd { domain, label, prefix } => Look::Launchd { domain, label, prefix },
            Self::Posture { checks } => Look::Posture { checks },
        })
    }
}

impl Look<Place> {
    /// Files whose content is read as a whole: what a second name of them would lead to.
    pub fn contents(&self) -> Vec<&RealPath> {
        match self {
            Self::Stat { hash: false, .. } | Self::Info { .. } => Vec::new(),
            Self::Stat { .. }
            | Self::Search { .. }
            | Self::Secrets { .. }
            | Self::Sqlite { .. }
            | Self::Vulns { .. }
            | Self::Processes { .. }
            | Self::Updates { .. }
            | Self::Launchd { .. }
            | Self::Posture { .. } => self.places().into_iter().map(|place| &place.path).collect(),
        }
    }

    /// All that is reached.
    pub fn reached(&self) -> Vec<&RealPath> {
        let reaches = if let Self::Secrets { reaches, .. } = self { reaches.as_slice() } else { &[] };
        self.places().into_iter().map(|place| &place.path).chain(reaches).collect()
    }
}

/// A part of `system_info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum InfoSection {
    /// System, kernel, uptime.
    Os,
    /// Processors.
    Cpu,
    /// Memory and swap, in bytes.
    Mem,
    /// Load averages, in hundredths.
    Load,
    /// Battery and mains.
    Power,
    /// File systems.
    Disk,
    /// What the folders below `path` hold.
    Du,
}

/// Where newer versions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum UpdateSource {
    /// The system: `softwareupdate` on macOS, the package manager elsewhere.
    Os,
    /// Homebrew.
    Brew,
    /// Debian's package manager.
    Apt,
    /// Programs installed by cargo, if `cargo-install-update` is there.
    Cargo,
    /// Global packages of npm.
    Npm,
}

/// A domain of launchd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Domain {
    /// The user's session.
    #[default]
    Gui,
    /// The system.
    System,
}

/// One thing that guards a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PostureCheck {
    /// A firewall is on.
    Firewall,
    /// The disk is encrypted.
    DiskEncryption,
    /// System integrity protection (macOS).
    Sip,
    /// Gatekeeper (macOS).
    Gatekeeper,
    /// Updates install themselves.
    Updates,
    /// Nobody else can read what is private in the home folder.
    Perms,
    /// The SSH server takes no passwords, or is off.
    Ssh,
    /// Nothing is shared.
    Sharing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_resolved_and_named() {
        let look = Look::Vulns { lockfiles: vec!["a", "b"], db: "c", max_age_days: 1 };
        assert_eq!(look.places(), [&"a", &"b", &"c"]);
        let longer = look.with_places::<_, ()>(&mut |p| Ok(format!("/{p}"))).unwrap();
        assert_eq!(longer.places(), ["/a", "/b", "/c"]);
    }

    #[test]
    fn an_effect_says_flatly_what_it_is() {
        let path = RealPath::new(std::path::Path::new("/w/a.db")).unwrap();
        let db = Place { path, pin: Pin::Some };
        let look = Look::Sqlite { db, sql: "SELECT 1".into(), params: vec![], limit: 5, timeout_ms: 100 };
        let said = serde_json::to_value(super::super::Effect::Look(look)).unwrap();
        let expected = serde_json::json!({
            "effect": "sqlite.query", "db": {"path": "/w/a.db", "pin": "some"}, "sql": "SELECT 1", "params": [],
            "limit": 5, "timeout_ms": 100,
        });
        assert_eq!(said, expected);
    }
}
