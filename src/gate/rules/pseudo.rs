//! Files that are not files: what is read or written there is the kernel or another process.

use super::{Guarded, Rule, lists};
use crate::call::Answer;
use crate::gate::fold;
use std::path::Path;

/// Roots of what is no file. The resolver follows no link inside them: `/proc/self/root/etc` would
/// look like `/etc` afterwards.
pub const ROOTS: &[&str] = &["/proc", "/dev", "/sys", "/.vol"];

pub static RULE: Rule = Rule {
    id: "pseudo-files",
    answer: Answer::Block,
    message: "this is a device or a window into the kernel or another process, not a file",
    forbids,
    must: &[
        "r /proc/self/environ",
        "r /proc/self/root/etc/hosts",
        "r /dev/fd/3",
        "w /dev/sda",
        "r /sys/kernel",
        "r /.vol/1/2",
        "r /.VOL/1/2",
        "r /dev/null",
        "r /var/run/docker.sock",
        "r /private/var/run/docker.sock",
    ],
    must_not: &["r ~/proc/x", "r /device", "w ~/dev/x"],
};

fn forbids(path: &Path, _: bool, _: &Guarded) -> bool {
    let whole = fold::path(path);
    let socket = whole.starts_with("/run") || whole.starts_with("/var/run");
    lists(ROOTS, &whole) || (socket && whole.extension().is_some_and(|ending| ending == "sock"))
}
