//! One advisory, as the RustSec database keeps it: TOML at the head of a Markdown file.

use super::cvss;
use semver::{Version, VersionReq};

/// What matters of an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    pub id: String,
    pub title: String,
    /// Versions in which it is mended.
    pub patched: Vec<String>,
    package: String,
    unaffected: Vec<String>,
    withdrawn: bool,
    informational: Option<String>,
    cvss: Option<String>,
}

#[derive(serde::Deserialize)]
struct File {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
}

#[derive(serde::Deserialize)]
struct Head {
    id: String,
    package: String,
    #[serde(default)]
    withdrawn: Option<toml::Value>,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    cvss: Option<String>,
}

#[derive(serde::Deserialize, Default)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

impl Advisory {
    /// Reads an advisory's file.
    ///
    /// # Errors
    /// What it lacks.
    pub fn read(text: &str) -> Result<Self, String> {
        let head = text.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("\n```"));
        let (head, rest) = head.ok_or("it has no TOML at its head")?;
        let file: File = toml::from_str(head).map_err(|e| e.message().to_owned())?;
        let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
        Ok(Self {
            id: file.advisory.id,
            title: crate::call::visible_line(title.trim(), 200),
            patched: file.versions.patched,
            package: file.advisory.package,
            unaffected: file.versions.unaffected,
            withdrawn: file.advisory.withdrawn.is_some(),
            informational: file.advisory.informational,
            cvss: file.advisory.cvss,
        })
    }

    /// Whether it is about this version: neither mended nor unaffected.
    ///
    /// # Errors
    /// A range that does not read is no range that spares.
    pub fn concerns(&self, package: &str, version: &Version) -> Result<bool, String> {
        if self.withdrawn || self.package != package {
            return Ok(false);
        }
        for range in self.patched.iter().chain(&self.unaffected) {
            let range = VersionReq::parse(range).map_err(|e| format!("{}: `{range}`: {e}", self.id))?;
            if fits(&range, version) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How bad it is, where it says so in a way that can be counted.
    pub fn severity(&self) -> Option<&'static str> {
        self.cvss.as_deref().and_then(cvss::severity)
    }

    /// `vulnerability`, or what else it tells of, such as `unmaintained`.
    pub fn kind(&self) -> &str {
        self.informational.as_deref().unwrap_or("vulnerability")
    }
}

/// Whether `version` lies in `range`. Ranges speak of releases; what comes before one lies where its
/// numbers lie, which `semver` alone denies.
fn fits(range: &VersionReq, version: &Version) -> bool {
    if range.matches(version) {
        return true;
    }
    if version.pre.is_empty() {
        return false;
    }
    // A release candidate of the mended version is not mended yet.
    let release = Version::new(version.major, version.minor, version.patch);
    let edge = range.comparators.iter().any(|c| {
        c.major == release.major && c.minor == Some(release.minor) && c.patch == Some(release.patch)
    });
    !edge && range.matches(&release)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The form of the files in the RustSec advisory database (EXAMPLE_ADVISORY.md there).
    fn file(versions: &str, more: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2018-0003\"\npackage = \"smallvec\"\ndate = \"2018-07-19\"\n{more}\n[versions]\n{versions}\n```\n\n# Possible double free\n\nText.\n"
        )
    }

    fn concerns(versions: &str, have: &str) -> bool {
        let advisory = Advisory::read(&file(versions, "")).unwrap();
        advisory.concerns("smallvec", &Version::parse(have).unwrap()).unwrap()
    }

    #[test]
    fn a_version_is_concerned_unless_it_is_mended_or_was_never_affected() {
        let versions = "patched = [\">= 0.6.3\", \"^0.3.4\"]\nunaffected = [\"< 0.3.2\"]";
        for (have, expected) in [
            ("0.6.2", true),
            ("0.6.3", false),
            ("0.6.3-rc.1", true),
            ("1.0.0-alpha", false),
            ("0.3.3", true),
            ("0.3.4", false),
            ("0.3.1", false),
            ("0.4.0", true),
        ] {
            assert_eq!(concerns(versions, have), expected, "{have}");
        }
        assert!(concerns("patched = []", "9.9.9"));
        let advisory = Advisory::read(&file("patched = [\"nonsense\"]", "")).unwrap();
        assert!(advisory.concerns("smallvec", &Version::new(1, 0, 0)).is_err());
    }

    #[test]
    fn what_was_withdrawn_concerns_nobody_and_the_head_is_told() {
        let one = Version::new(0, 1, 0);
        let gone = Advisory::read(&file("patched = []", "withdrawn = \"2020-01-01\"")).unwrap();
        assert_eq!(gone.concerns("smallvec", &one), Ok(false));
        let told = Advisory::read(&file("patched = []", "informational = \"unmaintained\"")).unwrap();
        assert_eq!(
            (told.kind(), told.title.as_str(), told.severity()),
            ("unmaintained", "Possible double free", None)
        );
        assert_eq!(told.concerns("other", &one), Ok(false));
        assert!(Advisory::read("# no head").is_err());
    }
}
