//! Lines for crontab(1), for who has neither launchd nor systemd: rendered, and put there by hand.

use super::job::{Job, Rendered};
use crate::calendar::{Trigger, triggers};

/// One table with all jobs.
pub fn table(jobs: &[Job], program: &str) -> Rendered {
    let mut text = String::from(
        "# Pokes of fleet. Put there with: fleet schedule render --cron | crontab -\n\
         # That replaces the whole table of this user.\nSHELL=/bin/sh\n",
    );
    let program = program_word(program);
    for job in jobs {
        let [verb, object] = job.arguments();
        for when in lines(job) {
            text.push_str(&format!("{when} {program} {verb} {object} >/dev/null 2>&1\n"));
        }
    }
    Rendered { name: "fleet.crontab".into(), text }
}

fn lines(job: &Job) -> Vec<String> {
    let Job::Loop { schedule, .. } = job else { return vec!["*/10 * * * *".into()] };
    let mut lines: Vec<(String, Vec<u8>)> = Vec::new();
    let star = |n: Option<u8>| n.map_or_else(|| "*".to_owned(), |n| n.to_string());
    for Trigger { day, hour, minute, weekday } in triggers(schedule) {
        let rest = format!("{} {} * {}", star(hour), star(day), star(weekday));
        match lines.iter_mut().find(|(other, _)| *other == rest) {
            Some((_, minutes)) => minutes.push(minute),
            None => lines.push((rest, vec![minute])),
        }
    }
    let joined = |minutes: Vec<u8>| minutes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    lines.into_iter().map(|(rest, minutes)| format!("{} {rest}", joined(minutes))).collect()
}

/// A word of sh, in a line where `%` ends the command.
fn program_word(program: &str) -> String {
    format!("'{}'", program.replace('\'', "'\\''").replace('%', "\\%"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Schedule;
    use crate::call::LoopId;

    #[test]
    fn each_clock_is_the_line_that_a_person_would_write() {
        let job = |text: &str| Job::Loop {
            id: LoopId::parse("a-loop").unwrap(),
            schedule: Schedule::parse(&text.parse().unwrap()).unwrap(),
            watch: Vec::new(),
        };
        let of = |text: &str| lines(&job(text));
        assert_eq!(of("every = \"15m\"\noffset = \"1m\""), ["1,16,31,46 * * * *"]);
        assert_eq!(of("every = \"12h\"\noffset = \"90m\""), ["30 1 * * *", "30 13 * * *"]);
        assert_eq!(of("daily = [\"07:32\", \"07:48\"]"), ["32,48 7 * * *"]);
        assert_eq!(of("weekly = { days = [\"fri\"], at = \"14:08\" }"), ["8 14 * * 5"]);
        assert_eq!(of("monthly = { days = [28], at = \"02:30\" }"), ["30 2 28 * *"]);
        let table = table(&[job("daily = [\"07:32\"]"), Job::Sweep], "/opt/100%/fleet");
        assert!(table.text.ends_with(
            "32 7 * * * '/opt/100\\%/fleet' run-loop a-loop >/dev/null 2>&1\n\
             */10 * * * * '/opt/100\\%/fleet' schedule sweep >/dev/null 2>&1\n"
        ));
    }
}
