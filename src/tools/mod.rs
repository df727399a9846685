//! The tools: one file each. A tool says what it is and what it wants; it has no hands, no clock
//! and no files, so its tests compare plain values.

mod archive_extract;
mod card;
mod files_list;
mod files_move;
mod files_read;
mod files_search;
mod files_stat;
mod files_trash;
mod files_write;
mod fleet_audit_query;
mod fleet_check;
mod fleet_maintain;
mod fleet_status;
mod git_branch_delete;
mod git_commit;
mod git_fetch;
mod git_log;
mod git_push;
mod git_status;
mod llm_embed;
mod llm_generate;
mod mail_send;
mod notify_desktop;
mod notify_discord;
mod page;
mod process_stop;
mod security_cert_expiry;
mod security_posture;
mod security_secrets_scan;
mod security_vulns;
mod shell_run;
mod shortcuts_run;
mod sqlite_query;
mod system_info;
mod system_launchd;
mod system_processes;
mod system_updates;
mod typed;
mod undo;
mod web_dns;
mod web_feed;
mod web_get;
mod web_send;

pub use card::{Card, EffectClass};
pub use typed::{Bound, Tool, Unclear};

/// The one tool that is judged by what its line does.
pub const SHELL: &str = "shell_run";

/// Tools that start programs, which the kernel is to hold. A test compares them with what each wants.
const STARTERS: &[&str] = &["git_branch_delete", "git_commit", "git_fetch", "git_push", SHELL];

/// Whether a call of this tool starts programs that the kernel is to hold.
pub fn starts_programs(name: &str) -> bool {
    STARTERS.contains(&name)
}

/// All tools, sorted by name. To add one: its file, a `mod` line above, a line here.
pub static TOOLS: &[&dyn Tool] = &[
    &archive_extract::ArchiveExtract,
    &files_list::FilesList,
    &files_move::FilesMove,
    &files_read::FilesRead,
    &files_search::FilesSearch,
    &files_stat::FilesStat,
    &files_trash::FilesTrash,
    &files_write::FilesWrite,
    &fleet_audit_query::FleetAuditQuery,
    &fleet_check::FleetCheck,
    &fleet_maintain::FleetMaintain,
    &fleet_status::FleetStatus,
    &git_branch_delete::GitBranchDelete,
    &git_commit::GitCommit,
    &git_fetch::GitFetch,
    &git_log::GitLog,
    &git_push::GitPush,
    &git_status::GitStatus,
    &llm_embed::LlmEmbed,
    &llm_generate::LlmGenerate,
    &mail_send::MailSend,
    &notify_desktop::NotifyDesktop,
    &notify_discord::NotifyDiscord,
    &process_stop::ProcessStop,
    &security_cert_expiry::SecurityCertExpiry,
    &security_posture::SecurityPosture,
    &security_secrets_scan::SecuritySecretsScan,
    &security_vulns::SecurityVulns,
    &shell_run::ShellRun,
    &shortcuts_run::ShortcutsRun,
    &sqlite_query::SqliteQuery,
    &system_info::SystemInfo,
    &system_launchd::SystemLaunchd,
    &system_processes::SystemProcesses,
    &system_updates::SystemUpdates,
    &web_dns::WebDns,
    &web_feed::WebFeed,
    &web_get::WebGet,
    &web_send::WebSend,
];

/// What a person's veto carries out. It is in no list, so no caller can name it.
pub static UNDO: &dyn Tool = &undo::Undo;

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static dyn Tool> {
    TOOLS.iter().copied().find(|tool| tool.card().name == name)
}

/// What the hand told, where it is the whole result.
fn told(happened: &[crate::call::Happened]) -> serde_json::Value {
    let value = happened.iter().find_map(|fact| {
        if let crate::call::Happened::Told { value, .. } = fact { Some(value.clone()) } else { None }
    });
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Wanted;
    use crate::canon;

    #[test]
    fn every_example_binds_and_plans_and_every_stranger_is_refused() {
        for tool in TOOLS {
            let card = tool.card();
            let args = canon::parse(card.example.as_bytes()).unwrap();
            let bound = tool.bind(&args).unwrap_or_else(|e| panic!("{}: {e}", card.name));
            assert!(!tool.plan(&bound).unwrap_or_else(|e| panic!("{}: {e}", card.name)).is_empty());
            let mut strange = args.clone();
            strange["risk"] = "LOW".into();
            assert!(tool.bind(&strange).unwrap_err().to_string().contains("risk"), "{}", card.name);
            assert!(tool.bind(&serde_json::Value::Null).is_err());
        }
    }

    #[test]
    fn who_starts_programs_is_known() {
        for tool in TOOLS {
            let card = tool.card();
            let bound = tool.bind(&canon::parse(card.example.as_bytes()).unwrap()).unwrap();
            let starts = tool.plan(&bound).unwrap().iter().any(Wanted::starts_programs);
            assert_eq!(starts_programs(card.name), starts, "{}", card.name);
        }
    }

    #[test]
    fn schemas_are_plain_closed_objects_and_bulk_arguments_exist() {
        for tool in TOOLS {
            let (schema, name) = (tool.schema(), tool.card().name);
            assert_eq!(schema["type"], "object", "{name}");
            assert_eq!(schema["additionalProperties"], false, "{name}");
            let text = schema.to_string();
            for shape in ["$ref", "$defs", "oneOf", "anyOf", "allOf"] {
                assert!(!text.contains(shape), "{name} has {shape}: {text}");
            }
            for bulk in tool.card().bulk {
                assert!(schema["properties"].get(bulk).is_some(), "{name}.{bulk}");
            }
        }
    }
}
