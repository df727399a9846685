//! What git may be asked. A closed list: no revision or option reaches git as free text.

use super::Malformed;
use serde::{Deserialize, Serialize};

/// A local branch, without `refs/heads/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchName(String);

impl BranchName {
    /// Takes a name that git itself would take, and that no program takes for an option.
    /// The rules are those of git-check-ref-format(1).
    ///
    /// # Errors
    /// [`Malformed`] otherwise.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let part = |p: &str| !p.is_empty() && !p.starts_with('.') && !p.ends_with(".lock");
        let good = text.len() <= 1024
            && !text.starts_with('-')
            && !text.ends_with('.')
            && text != "@"
            && text.split('/').all(part)
            && !["..", "@{"].iter().any(|bad| text.contains(bad))
            && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("branch", text, "is not a branch name"))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BranchName {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<BranchName> for String {
    fn from(name: BranchName) -> String {
        name.0
    }
}

impl schemars::JsonSchema for BranchName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BranchName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A local branch, without refs/heads/" })
    }
}

/// A question git can be asked without changing anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum GitQuery {
    /// Work tree, branches with upstream and tips, what the default branch already holds.
    Status {
        /// Also say how the work tree differs: `stat` or `patch`.
        #[serde(skip_serializing_if = "Option::is_none")]
        diff: Option<&'static str>,
        /// Also check the object store.
        fsck: bool,
    },
    /// Commits, newest first.
    Log {
        /// A revision or range that does not start with `-`.
        #[serde(skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        /// Only commits that touch this path of the repository.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// Only commits whose author contains this text.
        #[serde(skip_serializing_if = "Option::is_none")]
        author: Option<String>,
        /// Only commits after this date.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<String>,
        /// With the patch of each.
        patch: bool,
        /// At most this many.
        limit: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_git_would_not_take_or_would_take_for_an_option() {
        for bad in [
            "", "-D", "--all", "a..b", "a b", "a~1", "a^", "a:b", ".a", "a/.b", "a.lock", "a/", "/a", "a//b",
            "@", "a@{1}", "a\n",
        ] {
            assert!(BranchName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["main", "feature/x-1", "fix#3", "grün"] {
            assert!(BranchName::parse(good).is_ok(), "{good:?}");
        }
    }
}
