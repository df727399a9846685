//! The gate for loops: what a definition, its runbook and its property list must be. One file a rule.
//!
//! A rule looks at one loop in the house of all, and says where something is wrong. Its page and its
//! example stand beside it; a test plants every example into a loop that is clean, and the rule, and
//! no other, must find it.

mod alike;
mod commands;
mod fl001_not_toml;
mod fl002_unknown_key;
mod fl004_id_form;
mod fl005_name_taken;
mod fl006_purpose;
mod fl007_purpose_twice;
mod fl008_incomplete;
mod fl009_category;
mod fl010_format;
mod fl011_writable;
mod fl012_misread;
mod fl013_one_name_twice;
mod fl014_unwritten;
mod fl101_one_clock;
mod fl102_uneven;
mod fl103_clock_change;
mod fl104_only_watched;
mod fl106_longer_than_its_beat;
mod fl107_crowded;
mod fl108_missing_day;
mod fl109_plist_label;
mod fl110_plist_program;
mod fl111_plist_schedule;
mod fl112_plist_trigger;
mod fl113_plist_environment;
mod fl114_plist_output;
mod fl115_plist_user;
mod fl117_no_schedule;
mod fl201_no_such_tool;
mod fl205_gather_changes;
mod fl206_no_limit;
mod fl208_worst_case;
mod fl209_no_changes;
mod fl211_storm;
mod fl212_wrong_arguments;
mod fl213_command_in_text;
mod fl301_template;
mod fl302_braces;
mod fl303_undeclared;
mod fl304_circle;
mod fl305_unused;
mod fl306_too_early;
mod fl307_untrusted_target;
mod fl309_not_boolean;
mod fl311_invented;
mod fl313_vanished;
mod fl314_secret;
mod fl315_home_path;
mod fl316_changing_key;
mod fl317_slice;
mod fl407_no_hostile_world;
mod fl501_one_key;
mod fl505_endless_state;
mod fl506_uncommitted;
mod fl508_painted;
mod fl509_unexplained;
mod fl510_one_deed;
mod fl513_shared_key;
mod fl601_section_missing;
mod fl602_empty_talk;
mod fl606_alert_missing;
mod fl607_alert_text;
mod fl608_first_actions;
mod fl609_pause_command;
mod fl610_undo_missing;
mod fl611_verify_by_hand;
mod fl612_no_such_command;
mod fl613_dead_link;
mod fl617_copied;
mod fl618_setting_missing;
mod fl619_other_time;
mod fl701_no_worlds;
mod fl702_unset_is_a_fault;
mod fl703_other_plan;
mod fl704_quiet_speaks;
mod fl705_hostile_escapes;
mod fl901_half_waiver;
mod fl902_idle_waiver;
mod fl903_safety_waiver;
mod house;
mod job;
mod places;
mod recorded;
mod rule;
mod subject;
mod taint;
#[cfg(test)]
mod tests;
mod tokens;
#[cfg(test)]
mod variants;
mod waiver;

pub use commands::COMMANDS;
pub use house::{House, Judged};
pub use recorded::Fixture;
pub use rule::{Example, File, Hit, Level, Rule};
pub use subject::{Document, Subject};
pub use waiver::Waiver;

/// All rules by number. To add one: its file `flNNN_….rs`, a `mod` line above, a line here.
pub static RULES: &[&Rule] = &[
    &fl001_not_toml::RULE,
    &fl002_unknown_key::RULE,
    &fl004_id_form::RULE,
    &fl005_name_taken::RULE,
    &fl006_purpose::RULE,
    &fl007_purpose_twice::RULE,
    &fl008_incomplete::RULE,
    &fl009_category::RULE,
    &fl010_format::RULE,
    &fl011_writable::RULE,
    &fl012_misread::RULE,
    &fl013_one_name_twice::RULE,
    &fl014_unwritten::RULE,
    &fl101_one_clock::RULE,
    &fl102_uneven::RULE,
    &fl103_clock_change::RULE,
    &fl104_only_watched::RULE,
    &fl106_longer_than_its_beat::RULE,
    &fl107_crowded::RULE,
    &fl108_missing_day::RULE,
    &fl109_plist_label::RULE,
    &fl110_plist_program::RULE,
    &fl111_plist_schedule::RULE,
    &fl112_plist_trigger::RULE,
    &fl113_plist_environment::RULE,
    &fl114_plist_output::RULE,
    &fl115_plist_user::RULE,
    &fl117_no_schedule::RULE,
    &fl201_no_such_tool::RULE,
    &fl205_gather_changes::RULE,
    &fl206_no_limit::RULE,
    &fl208_worst_case::RULE,
    &fl209_no_changes::RULE,
    &fl211_storm::RULE,
    &fl212_wrong_arguments::RULE,
    &fl213_command_in_text::RULE,
    &fl301_template::RULE,
    &fl302_braces::RULE,
    &fl303_undeclared::RULE,
    &fl304_circle::RULE,
    &fl305_unused::RULE,
    &fl306_too_early::RULE,
    &fl307_untrusted_target::RULE,
    &fl309_not_boolean::RULE,
    &fl311_invented::RULE,
    &fl313_vanished::RULE,
    &fl314_secret::RULE,
    &fl315_home_path::RULE,
    &fl316_changing_key::RULE,
    &fl317_slice::RULE,
    &fl407_no_hostile_world::RULE,
    &fl501_one_key::RULE,
    &fl505_endless_state::RULE,
    &fl506_uncommitted::RULE,
    &fl508_painted::RULE,
    &fl509_unexplained::RULE,
    &fl510_one_deed::RULE,
    &fl513_shared_key::RULE,
    &fl601_section_missing::RULE,
    &fl602_empty_talk::RULE,
    &fl606_alert_missing::RULE,
    &fl607_alert_text::RULE,
    &fl608_first_actions::RULE,
    &fl609_pause_command::RULE,
    &fl610_undo_missing::RULE,
    &fl611_verify_by_hand::RULE,
    &fl612_no_such_command::RULE,
    &fl613_dead_link::RULE,
    &fl617_copied::RULE,
    &fl618_setting_missing::RULE,
    &fl619_other_time::RULE,
    &fl701_no_worlds::RULE,
    &fl702_unset_is_a_fault::RULE,
    &fl703_other_plan::RULE,
    &fl704_quiet_speaks::RULE,
    &fl705_hostile_escapes::RULE,
    &fl901_half_waiver::RULE,
    &fl902_idle_waiver::RULE,
    &fl903_safety_waiver::RULE,
];

/// The rule `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
