//! Units for the user's systemd: a service and a timer each, and a path unit where paths are watched.
//! A poke, not a clock: catching up is `run-loop`'s.

use super::job::{Job, Rendered, SWEEP};
use crate::calendar::{Schedule, Trigger, day_name, triggers};

/// The units of a job.
pub fn units(job: &Job, program: &str) -> Vec<Rendered> {
    let label = job.label();
    let [verb, object] = job.arguments();
    let file = |ending: &str, text: String| Rendered { name: format!("{label}.{ending}"), text };
    // What a sweep started outlives it.
    let kill = if matches!(job, Job::Sweep) { "process" } else { "mixed" };
    let service = format!(
        "[Unit]\nDescription=fleet {verb} {object}\n\n[Service]\nType=oneshot\n\
         ExecStart={} {verb} {object}\n\
         # 3: it waits for a person; 75: busy or deferred. Neither is a failure of the unit.\n\
         SuccessExitStatus=3 75\nNice=10\nTimeoutStopSec=30\nKillMode={kill}\n\
         StandardOutput=null\nStandardError=journal\n",
        quoted(program)
    );
    let clock = match job {
        Job::Loop { schedule, .. } => events(schedule),
        Job::Sweep => format!("OnStartupSec=60\nOnUnitActiveSec={SWEEP}\n"),
    };
    let timer = format!(
        "[Unit]\nDescription=pokes fleet {verb} {object}\n\n[Timer]\n{clock}AccuracySec=1s\n\
         Unit={label}.service\n\n[Install]\nWantedBy=timers.target\n"
    );
    let mut files = vec![file("service", service), file("timer", timer)];
    if let Job::Loop { watch, .. } = job
        && !watch.is_empty()
    {
        let paths: String =
            watch.iter().map(|path| format!("PathModified={}\n", path.replace('%', "%%"))).collect();
        let text = format!(
            "[Unit]\nDescription=pokes fleet {verb} {object}\n\n[Path]\n{paths}Unit={label}.service\n\n\
             [Install]\nWantedBy=paths.target\n"
        );
        files.push(file("path", text));
    }
    files
}

/// Calendar events; systemd knows zones.
fn events(schedule: &Schedule) -> String {
    let zone = schedule.zone.as_ref().map(|zone| format!(" {zone}")).unwrap_or_default();
    triggers(schedule).iter().map(|t| format!("OnCalendar={}{zone}\n", event(t))).collect()
}

fn event(t: &Trigger) -> String {
    let weekday = t.weekday.map(|day| format!("{} ", title(day_name(day)))).unwrap_or_default();
    let two = |n: Option<u8>| n.map_or_else(|| "*".to_owned(), |n| format!("{n:02}"));
    format!("{weekday}*-*-{} {}:{:02}:00", two(t.day), two(t.hour), t.minute)
}

fn title(day: &str) -> String {
    let mut letters = day.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// A word of `ExecStart`.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::LoopId;

    #[test]
    fn a_loop_is_a_service_and_a_timer() {
        let schedule = "weekly = { days = [\"sun\", \"fri\"], at = \"14:08\" }\nzone = \"Europe/Rome\"";
        let schedule = Schedule::parse(&schedule.parse().unwrap()).unwrap();
        let id = LoopId::parse("stale-branches").unwrap();
        let job = Job::Loop { id, schedule, watch: vec!["/home/ada/100%".into()] };
        let units = units(&job, "/opt/my fleet/fleet");
        let names: Vec<_> = units.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "local.fleet.stale-branches.service",
                "local.fleet.stale-branches.timer",
                "local.fleet.stale-branches.path"
            ]
        );
        assert!(units[0].text.contains("ExecStart=\"/opt/my fleet/fleet\" run-loop stale-branches\n"));
        assert!(units[1].text.contains(
            "OnCalendar=Sun *-*-* 14:08:00 Europe/Rome\nOnCalendar=Fri *-*-* 14:08:00 Europe/Rome\n"
        ));
        assert!(units[2].text.contains("PathModified=/home/ada/100%%\n"));
    }

    #[test]
    fn events_spell_out_what_triggers_do() {
        let of = |text: &str| events(&Schedule::parse(&text.parse().unwrap()).unwrap());
        assert_eq!(
            of("every = \"30m\"\noffset = \"3m\""),
            "OnCalendar=*-*-* *:03:00\nOnCalendar=*-*-* *:33:00\n"
        );
        assert_eq!(of("monthly = { days = [5], at = \"06:07\" }"), "OnCalendar=*-*-05 06:07:00\n");
    }
}
