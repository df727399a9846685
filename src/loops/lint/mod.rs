//! The gate for loops: what a definition, its runbook and its property list must be. One file a rule.
//!
//! A rule looks at one loop in the house of all, and says where something is wrong. Its page and its
//! example stand beside it; a test plants every example into a loop that is clean, and the rule, and
//! no other, must find it.

mod alike;
mod commands;
mod house;
mod job;
mod places;
mod rule;
mod subject;
mod taint;
#[cfg(test)]
mod tests;
mod tokens;
mod waiver;

pub use commands::COMMANDS;
pub use house::{House, Judged};
pub use rule::{Example, File, Hit, Level, Rule};
pub use subject::{Document, Subject};
pub use waiver::Waiver;

macro_rules! rules {
    ($($name:ident,)*) => {
        $(mod $name;)*
        /// All rules by number. To add one: its file `flNNN_….rs`, a line below.
        pub static RULES: &[&Rule] = &[$(&$name::RULE,)*];
    };
}

rules! {
    fl001_not_toml,
    fl002_unknown_key,
    fl004_id_form,
    fl005_name_taken,
    fl006_purpose,
    fl007_purpose_twice,
    fl008_incomplete,
    fl009_category,
    fl010_format,
    fl011_writable,
    fl012_misread,
    fl013_one_name_twice,
    fl101_one_clock,
    fl102_uneven,
    fl103_clock_change,
    fl104_only_watched,
    fl106_longer_than_its_beat,
    fl107_crowded,
    fl108_missing_day,
    fl109_plist_label,
    fl110_plist_program,
    fl111_plist_schedule,
    fl112_plist_trigger,
    fl113_plist_environment,
    fl114_plist_output,
    fl115_plist_user,
    fl117_no_schedule,
    fl201_no_such_tool,
    fl205_gather_changes,
    fl206_no_limit,
    fl208_worst_case,
    fl209_no_changes,
    fl211_storm,
    fl212_wrong_arguments,
    fl213_command_in_text,
    fl301_template,
    fl302_braces,
    fl303_undeclared,
    fl304_circle,
    fl305_unused,
    fl306_too_early,
    fl307_untrusted_target,
    fl309_not_boolean,
    fl311_invented,
    fl313_vanished,
    fl314_secret,
    fl315_home_path,
    fl316_changing_key,
    fl317_slice,
    fl501_one_key,
    fl505_endless_state,
    fl506_uncommitted,
    fl508_painted,
    fl509_unexplained,
    fl510_one_deed,
    fl513_shared_key,
    fl601_section_missing,
    fl602_empty_talk,
    fl606_alert_missing,
    fl607_alert_text,
    fl608_first_actions,
    fl609_pause_command,
    fl610_undo_missing,
    fl611_verify_by_hand,
    fl612_no_such_command,
    fl613_dead_link,
    fl617_copied,
    fl618_setting_missing,
    fl619_other_time,
    fl901_half_waiver,
    fl902_idle_waiver,
    fl903_safety_waiver,
}

/// The rule `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
