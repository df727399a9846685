//! Loops that are compiled in: one line each, compared with the folders by a test.

/// A definition and its runbook.
pub struct Shipped {
    /// The loop's id.
    pub id: &'static str,
    /// The definition.
    pub definition: &'static str,
    /// The runbook.
    pub runbook: &'static str,
}

macro_rules! shipped {
    ($($id:literal,)*) => {
        /// All of them, sorted. To add one: `loops/ID.toml`, `runbooks/ID.md`, a line below.
        pub static SHIPPED: &[Shipped] = &[$(Shipped {
            id: $id,
            definition: include_str!(concat!("../../loops/", $id, ".toml")),
            runbook: include_str!(concat!("../../runbooks/", $id, ".md")),
        },)*];
    };
}

shipped! {
    "approvals-digest",
    "audit-anchor-crosscheck",
    "audit-chain-verify",
    "breaker-watch",
    "deny-list-drill",
    "downloads-sorter",
    "failure-channel-probe",
    "findings-digest",
    "kill-switch-drill",
    "policy-drift",
    "postmortem-reminder",
    "registry-lint",
    "skip-explainer",
    "stale-branches",
    "unpushed-work",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_what_the_folders_hold() {
        for (folder, ending) in [("loops", ".toml"), ("runbooks", ".md")] {
            let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<String> = std::fs::read_dir(path)
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != "fixtures")
                .collect();
            files.sort();
            let listed: Vec<String> = SHIPPED.iter().map(|s| format!("{}{ending}", s.id)).collect();
            assert_eq!(files, listed);
        }
    }
}
