//! Jobs of launchd; where there is none, units of systemd stand in for them.

use super::asked::{Question, Said, Silent};
use crate::call::Domain;
use crate::canon::sha256;
use crate::effects::{Hand, Trouble, read};
use crate::state::Platform;
use serde_json::{Value, json};
use std::path::Path;

/// Most jobs that are looked at one by one, and most that are told.
const CLOSELY: usize = 60;
const MOST: usize = 1000;
/// Folders whose plists are hashed.
const PLISTS: &[&str] = &[
    "/Library/LaunchAgents",
    "/Library/LaunchDaemons",
    "/System/Library/LaunchAgents",
    "/System/Library/LaunchDaemons",
];

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Job {
    label: String,
    pid: Option<i32>,
    last_exit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plist: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plist_sha256: Option<String>,
    loaded: bool,
    disabled: bool,
}

pub fn jobs(
    hand: &Hand<'_>,
    domain: Domain,
    label: Option<&str>,
    prefix: Option<&str>,
) -> Result<(Value, Option<String>), Trouble> {
    let silent = |why: Silent| Trouble::Not(why.to_string());
    let wanted = |name: &str| label.is_none_or(|l| l == name) && prefix.is_none_or(|p| name.starts_with(p));
    let mut jobs = match hand.home.platform() {
        Platform::Linux => units(&ask_systemd(hand, domain).map_err(silent)?),
        Platform::Macos => {
            let target = target(domain);
            let said = launchctl(hand, &["print", &target]).map_err(silent)?;
            if said.code != Some(0) {
                return Err(Trouble::Not(format!("`launchctl print {target}` said: {}", said.line())));
            }
            printed(&said.out)
        }
    };
    jobs.retain(|job| wanted(&job.label));
    jobs.sort_by(|a, b| a.label.cmp(&b.label));
    let more = jobs.len() > MOST;
    jobs.truncate(MOST);
    if hand.home.platform() == Platform::Macos && jobs.len() <= CLOSELY {
        for job in jobs.iter_mut().filter(|job| job.loaded) {
            let said =
                launchctl(hand, &["print", &format!("{}/{}", target(domain), job.label)]).map_err(silent)?;
            closely(job, &said.out);
            job.plist_sha256 = job.plist.as_deref().and_then(|path| hashed(hand, Path::new(path)));
        }
    }
    Ok((json!({ "jobs": jobs, "truncated": more }), None))
}

fn target(domain: Domain) -> String {
    match domain {
        Domain::Gui => format!("gui/{}", rustix::process::getuid().as_raw()),
        Domain::System => "system".to_owned(),
    }
}

fn launchctl(hand: &Hand<'_>, args: &[&str]) -> Result<Said, Silent> {
    Question { program: "launchctl", args, seconds: 20, env: &[] }.ask(hand)
}

/// Reads `launchctl print DOMAIN`: of its blocks `services` and `disabled services`.
fn printed(said: &str) -> Vec<Job> {
    let (mut jobs, mut block): (Vec<Job>, Option<&str>) = (Vec::new(), None);
    for line in said.lines().map(str::trim) {
        match (block, line) {
            (None, _) => {
                block = line.strip_suffix(" = {").filter(|b| matches!(*b, "services" | "disabled services"))
            }
            (Some(_), "}") => block = None,
            (Some("services"), _) => {
                // A pid or 0, how it last ended or `-`, and the label.
                let mut words = line.split_whitespace();
                if let (Some(pid), Some(exit), Some(label)) = (words.next(), words.next(), words.next()) {
                    let pid = pid.parse().ok().filter(|pid| *pid > 0);
                    let job = Job {
                        label: label.to_owned(),
                        pid,
                        last_exit: exit.parse().ok(),
                        loaded: true,
                        ..Job::default()
                    };
                    jobs.push(job);
                }
            }
            (Some(_), _) => {
                // Older systems say `true` where newer ones say `disabled`.
                let Some((label, word)) = line.split_once(" => ") else { continue };
                let label = label.trim_matches('"');
                let disabled = matches!(word, "disabled" | "true");
                match jobs.iter_mut().find(|job| job.label == label) {
                    Some(job) => job.disabled = disabled,
                    None => jobs.push(Job { label: label.to_owned(), disabled, ..Job::default() }),
                }
            }
        }
    }
    jobs
}

/// Reads `launchctl print DOMAIN/LABEL` into what is known of the job: only what stands at the first
/// level, since coalitions below have a state of their own.
fn closely(job: &mut Job, said: &str) {
    for line in said.lines() {
        let Some((name, value)) =
            line.strip_prefix('\t').filter(|l| !l.starts_with('\t')).and_then(|l| l.split_once(" = "))
        else {
            continue;
        };
        match name {
            "state" => job.state = Some(value.to_owned()),
            "path" => job.plist = Some(value.to_owned()).filter(|path| path.starts_with('/')),
            "pid" => job.pid = value.parse().ok().filter(|pid| *pid > 0),
            // `0`, `78: EX_CONFIG`, `(never exited)`.
            "last exit code" => {
                job.last_exit = value.split(':').next().and_then(|code| code.trim().parse().ok())
            }
            _ => {}
        }
    }
}

/// The hash of a plist, if it lies where such files lie.
fn hashed(hand: &Hand<'_>, path: &Path) -> Option<String> {
    let own = hand.home.owner().iter().map(|home| home.join("Library/LaunchAgents"));
    let known = PLISTS.iter().map(Path::new).map(Path::to_path_buf).chain(own);
    let folder = path.parent()?;
    known.into_iter().find(|known| known == folder)?;
    Some(sha256(&read::whole(path).ok()?).as_str().to_owned())
}

fn ask_systemd(hand: &Hand<'_>, domain: Domain) -> Result<String, Silent> {
    let rest =
        ["list-units", "--all", "--type=service,timer", "--plain", "--no-legend", "--no-pager", "--full"];
    let mut args = rest.to_vec();
    if domain == Domain::Gui {
        args.insert(0, "--user");
    }
    let said = Question { program: "systemctl", args: &args, seconds: 20, env: &[] }.ask(hand)?;
    match said.code {
        Some(0) => Ok(said.out),
        _ => Err(Silent::Stopped(format!("`systemctl` said: {}", said.line()))),
    }
}

/// Reads `systemctl list-units --plain --no-legend`: unit, load, active, sub, description.
fn units(said: &str) -> Vec<Job> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (label, load, active, sub) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let state = Some(format!("{active} ({sub})"));
        Some(Job {
            label: label.to_owned(),
            loaded: load == "loaded",
            disabled: load == "masked",
            state,
            ..Job::default()
        })
    };
    said.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The blocks as public projects parse and quote them for macOS 14 to 26; none was recorded by us.
    const DOMAIN: &str = "gui/501 = {\n\ttype = login\n\thandle = 100007\n\tservices = {\n\t       0      - \tlocal.fleet.sweep\n\t     913      0 \tlocal.fleet.inbox\n\t       0     78 \tlocal.fleet.broken\n\t}\n\tendpoints = {\n\t    0x1234   M   A  com.apple.endpoint\n\t}\n\tdisabled services = {\n\t\t\"local.fleet.inbox\" => enabled\n\t\t\"local.fleet.off\" => disabled\n\t\t\"local.fleet.older\" => true\n\t}\n}\n";
    const JOB: &str = "gui/501/local.fleet.broken = {\n\tactive count = 0\n\tpath = /Users/ada/Library/LaunchAgents/local.fleet.broken.plist\n\ttype = LaunchAgent\n\tstate = not running\n\n\tprogram = /usr/local/bin/fleet\n\truns = 6\n\tlast exit code = 78: EX_CONFIG\n\n\tresource coalition = {\n\t\tstate = active\n\t\tactive count = 1\n\t}\n}\n";

    #[test]
    fn a_domain_is_read_block_by_block() {
        let rows: Vec<_> = printed(DOMAIN)
            .into_iter()
            .map(|j| {
                (
                    j.label.trim_start_matches("local.fleet.").to_owned(),
                    j.pid,
                    j.last_exit,
                    j.loaded,
                    j.disabled,
                )
            })
            .collect();
        let row = |label: &str, pid, exit, loaded, disabled| (label.to_owned(), pid, exit, loaded, disabled);
        let expected = [
            row("sweep", None, None, true, false),
            row("inbox", Some(913), Some(0), true, false),
            row("broken", None, Some(78), true, false),
            row("off", None, None, false, true),
            row("older", None, None, false, true),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_job_is_read_at_its_first_level() {
        let mut job = Job::default();
        closely(&mut job, JOB);
        assert_eq!((job.state.as_deref(), job.last_exit, job.pid), (Some("not running"), Some(78), None));
        assert!(job.plist.is_some_and(|path| path.ends_with("broken.plist")));
        let mut never = Job::default();
        closely(&mut never, "x = {\n\tstate = running\n\tpid = 913\n\tlast exit code = (never exited)\n}\n");
        assert_eq!((never.pid, never.last_exit), (Some(913), None));
    }

    #[test]
    fn units_stand_in_where_there_is_no_launchd() {
        // As systemctl(1) prints it with --plain --no-legend.
        let said = "cron.service loaded active running Regular background program processing daemon\nold.timer masked inactive dead old.timer\n";
        let rows: Vec<_> =
            units(said).into_iter().map(|j| (j.label, j.loaded, j.disabled, j.state)).collect();
        assert_eq!(rows[0], ("cron.service".into(), true, false, Some("active (running)".into())));
        assert_eq!((rows[1].1, rows[1].2), (false, true));
    }
}
