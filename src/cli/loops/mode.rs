//! `fleet loop live`, `observe`, `pause` and `resume`: whether a loop runs, and whether it acts.

use super::super::{CliError, Context, Exit, input, output, prompt};
use super::failed;
use crate::call::LoopId;
use crate::gate::Person;
use crate::loops::{self, Mode};
use crate::state::clock;
use serde_json::json;
use std::time::Duration;

/// Let a loop act. A person's command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop live downloads-sorter")]
pub struct Live {
    /// The loop.
    id: LoopId,
}

/// Let a loop plan and record, and act on nothing. A person's command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop observe downloads-sorter")]
pub struct Observe {
    /// The loop.
    id: LoopId,
}

/// Keep a loop from running for some time. A person's command.
///
/// A run ends as `skipped:paused` until then; nothing needs to be remembered to end the pause.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop pause downloads-sorter              until this time tomorrow
  fleet loop pause downloads-sorter --for 7d
  fleet loop resume downloads-sorter             before its time")]
pub struct Pause {
    /// The loop.
    id: LoopId,
    /// How long: a number with m, h, d or w; 90d is the most.
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = span)]
    time: Duration,
}

/// End a pause before its time. A person's command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop resume downloads-sorter")]
pub struct Resume {
    /// The loop.
    id: LoopId,
}

pub(super) fn live(args: &Live, context: &Context) -> Result<Exit, CliError> {
    set(&args.id, Mode::Live, context)
}

pub(super) fn observe(args: &Observe, context: &Context) -> Result<Exit, CliError> {
    set(&args.id, Mode::Observe, context)
}

fn set(id: &LoopId, mode: Mode, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    loops::set_mode(&home, id, mode, &person).map_err(failed)?;
    if context.json {
        output::json(&json!({ "id": id, "state": mode }));
    } else {
        output::line(&format!("{id}: {}", mode.as_str()));
    }
    Ok(Exit::Done)
}

pub(super) fn pause(args: &Pause, context: &Context) -> Result<Exit, CliError> {
    let (home, id) = (input::home()?, &args.id);
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let until = clock::later(clock::now(), args.time);
    loops::pause(&home, id, until, &person).map_err(failed)?;
    if context.json {
        output::json(&json!({ "id": id, "state": "paused", "paused_until": until }));
    } else {
        output::line(&format!("{id}: paused until {}", until.strftime("%Y-%m-%d %H:%M UTC")));
    }
    Ok(Exit::Done)
}

pub(super) fn resume(args: &Resume, context: &Context) -> Result<Exit, CliError> {
    let (home, id) = (input::home()?, &args.id);
    let person = Person::prove(&home, &mut || prompt::ask_hidden("PIN: "))?;
    let was = loops::unpause(&home, id, &person).map_err(failed)?;
    let state = loops::mode(&home, id);
    if context.json {
        output::json(&json!({ "id": id, "state": state, "was_paused": was }));
    } else if was {
        output::line(&format!("{id}: {}", state.map_or("?", Mode::as_str)));
    } else {
        output::line(&format!("{id}: was not paused"));
    }
    Ok(Exit::Done)
}

/// Reads `90m`, `12h`, `7d`, `2w`.
fn span(text: &str) -> Result<Duration, String> {
    let bad = || "write a number with m, h, d or w, such as 7d; 90d is the most".to_owned();
    let unit = |end: char| match end {
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        'w' => Some(7 * 86_400),
        _ => None,
    };
    let end = text.chars().next_back().ok_or_else(bad)?;
    let factor = unit(end).ok_or_else(bad)?;
    let number = text.strip_suffix(end).filter(|n| n.bytes().all(|b| b.is_ascii_digit())).ok_or_else(bad)?;
    let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(bad)?;
    if (1..=90 * 86_400).contains(&seconds) { Ok(Duration::from_secs(seconds)) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_has_an_end() {
        let seconds = |text| span(text).map(|d| d.as_secs()).ok();
        assert_eq!(
            ["90m", "12h", "7d", "2w"].map(seconds),
            [Some(5400), Some(43_200), Some(604_800), Some(1_209_600)]
        );
        for bad in ["", "7", "d", "0d", "91d", "14w", "-1d", "+1d", "1.5h", "7é", "99999999999999999999d"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
