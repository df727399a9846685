//! Files that are not files: what is read or written there is the kernel or another process.

use super::{Guarded, Rule};
use std::path::Path;

pub static RULE: Rule = Rule {
    id: "pseudo-files",
    message: "this is a device or a window into the kernel or another process, not a file",
    forbids,
    must: &[
        "r /proc/self/environ",
        "r /dev/fd/3",
        "w /dev/sda",
        "r /sys/kernel",
        "r /.vol/1/2",
        "r /dev/null",
    ],
    must_not: &["r ~/proc/x", "r /device", "w ~/dev/x"],
};

fn forbids(path: &Path, _: bool, _: &Guarded) -> bool {
    let whole = super::folded(path);
    ["/proc", "/dev", "/sys", "/.vol"].iter().any(|root| Path::new(&whole).starts_with(root))
}
