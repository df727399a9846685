//! Messages on the owner's screen. That a program took one does not say that anybody sees it.

use super::sheet::Order;
use super::{Hand, Step, Trouble, spawn};
use crate::call::{Happened, Screen};
use crate::gate::resolve::program;
use crate::state::process::{Bounds, GRACE};
use crate::state::{Home, Platform};
use std::time::Duration;

/// How long the program may take.
const TIME: Duration = Duration::from_secs(10);

pub fn show(hand: &Hand<'_>, effect: &Screen) -> Step {
    let name = hand.home.platform().screen_program();
    let Some(program) = &effect.program else {
        let folders = program::search_path(hand.home);
        return Err(Trouble::Not(format!("there is no program `{name}` in {folders}: nothing was shown")));
    };
    let cwd = tempfile::tempdir().map_err(|e| Trouble::io("make", "a scratch folder", &e))?;
    let order = Order {
        profile: None,
        cwd: cwd.path().to_path_buf(),
        program: program.as_path().to_path_buf(),
        argv: effect.argv.clone(),
    };
    let bounds = Bounds { time: TIME, output: 4096, grace: GRACE };
    let ran = spawn::run(hand, &order, &environment(hand), bounds, &[])?;
    if ran.stopped {
        let by = hand.stopper();
        return Err(Trouble::Braked(format!("{by} ended the program that shows messages")));
    }
    let said = crate::call::visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300);
    if ran.timed_out {
        return Err(Trouble::Unknown(format!(
            "`{name}` did not end in {} s: whether it showed the message cannot be told; {said}",
            TIME.as_secs()
        )));
    }
    if !ran.status.success() {
        return Err(Trouble::Not(format!("`{name}` {}: nothing was shown; {said}", ran.status)));
    }
    Ok(Happened::Shown { program: program.to_string() })
}

/// Why no message can be shown here.
pub fn unavailable(home: &Home) -> Option<String> {
    let name = home.platform().screen_program();
    let found = program::find(name, home).ok().flatten().is_some();
    let install = match home.platform() {
        Platform::Macos => "it is part of macOS",
        Platform::Linux => "install libnotify (`libnotify-bin` on Debian)",
    };
    (!found).then(|| format!("the program `{name}` is not in {}: {install}", program::search_path(home)))
}

/// Where the session of this user listens: by its number, not by a variable.
fn environment(hand: &Hand<'_>) -> Vec<(String, String)> {
    let mut all = vec![
        ("PATH", program::search_path(hand.home)),
        ("HOME", hand.home.tilde().display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
    ];
    match hand.home.platform() {
        Platform::Macos => {}
        Platform::Linux => {
            let folder = format!("/run/user/{}", rustix::process::getuid().as_raw());
            all.push(("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={folder}/bus")));
            all.push(("XDG_RUNTIME_DIR", folder));
        }
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
