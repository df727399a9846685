//! What is asked of other machines, and messages to the owner.

use super::web::{host_name, readable};
use super::{Unresolved, nameserver, program};
use crate::call::{
    Discord, Dns, Malformed, RecordType, Remote, RemoteWanted, Screen, ScreenWanted, Severity, Tls, visible,
};
use crate::gate::world::World;
use crate::notify::discord;
use crate::state::{Home, Platform};
use std::net::IpAddr;

/// The effect of something wanted of another machine.
///
/// # Errors
/// [`Unresolved`] for names that are none, and messages that nobody would take.
pub fn resolve(wanted: RemoteWanted, world: &World<'_>) -> Result<Remote, Unresolved> {
    Ok(match wanted {
        RemoteWanted::Dns { name, types, server, timeout_s } => {
            let (name, types) = question(&name, types)?;
            let server = server.map(|server| address(&server)).transpose()?;
            let own = own(server.as_deref(), world.home);
            Remote::Dns(Dns { reads: readable(&name), name, types, server, own, timeout_s })
        }
        RemoteWanted::Tls { host, port, starttls, timeout_s } => {
            let host = host_name(&host)?;
            Remote::Tls(Tls { reads: readable(&host), host, port, starttls, timeout_s })
        }
        RemoteWanted::Discord { channel, severity, title, text, key } => {
            let text = message(severity, &title, &text, key.as_deref())?;
            let listed = world.settings.discord.channels.contains(&channel);
            let webhook = listed.then(|| discord::of_channel(world.home, &channel)).flatten();
            let webhook = webhook.map(|webhook| webhook.id().to_owned());
            Remote::Discord(Discord { channel, webhook, host: discord::HOST, text })
        }
    })
}

/// Whom the system asks; nobody where the caller names whom to ask, for on macOS a program runs to tell.
fn own(named: Option<&str>, home: &Home) -> Vec<String> {
    match named {
        Some(_) => Vec::new(),
        None => nameserver::of_system(home).iter().map(ToString::to_string).collect(),
    }
}

/// The name that is asked, and what about it. Who an address belongs to is asked by a name made of it.
fn question(name: &str, types: Vec<RecordType>) -> Result<(String, Vec<RecordType>), Malformed> {
    let name = host_name(name)?;
    let mut types = if types.is_empty() { vec![RecordType::A] } else { types };
    types.sort_unstable();
    types.dedup();
    match name.parse::<IpAddr>() {
        Err(_) => Ok((name, types)),
        Ok(address) if types == [RecordType::Ptr] => Ok((reverse(address), types)),
        Ok(_) => Err(Malformed::new("name", &name, "is an address: ask for its `PTR` alone")),
    }
}

fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits: String =
                v6.octets().iter().rev().map(|b| format!("{:x}.{:x}.", b & 15, b >> 4)).collect();
            format!("{digits}ip6.arpa")
        }
    }
}

fn address(text: &str) -> Result<String, Malformed> {
    let bad = || Malformed::new("server", text, "is not an address: write a name server as `9.9.9.9`");
    text.parse::<IpAddr>().map(|address| address.to_string()).map_err(|_| bad())
}

/// All that is said, in one text that Discord takes.
fn message(severity: Severity, title: &str, text: &str, key: Option<&str>) -> Result<String, Malformed> {
    let mark = match severity {
        Severity::Info => "info",
        Severity::Warn => "warning",
        Severity::Urgent => "URGENT",
    };
    let mut said = format!("**{mark}: {}**", title.trim());
    if !text.trim().is_empty() {
        said.push_str(&format!("\n{}", text.trim_end()));
    }
    if let Some(key) = key {
        said.push_str(&format!("\n`{key}`"));
    }
    let length = discord::length(&said);
    if length > discord::LONGEST {
        let why = format!("is {length} characters long with its title: {} are the most", discord::LONGEST);
        return Err(Malformed::new("message", text, why));
    }
    Ok(said)
}

/// The program that shows a message here, with its arguments. The text is an argument of its own, never
/// part of a script.
///
/// # Errors
/// [`Unresolved`] for a text that cannot be an argument.
pub fn screen(wanted: &ScreenWanted, world: &World<'_>) -> Result<Screen, Unresolved> {
    let platform = world.home.platform();
    let argv = shown_by(platform, wanted)?;
    let program = program::find(platform.screen_program(), world.home)?;
    Ok(Screen { program, argv })
}

fn shown_by(platform: Platform, wanted: &ScreenWanted) -> Result<Vec<String>, Malformed> {
    let ScreenWanted { title, text, sound } = wanted;
    if title.contains('\0') || text.contains('\0') {
        return Err(Malformed::new("text", text, "contains a NUL"));
    }
    let (title, text) = (visible(title), visible(text));
    let words: Vec<&str> = match platform {
        // Written by hand, and the same for every message.
        Platform::Macos if *sound => vec!["osascript", "-e", ALOUD, "--", &title, &text],
        Platform::Macos => vec!["osascript", "-e", QUIETLY, "--", &title, &text],
        Platform::Linux if *sound => {
            vec!["notify-send", "--app-name=fleet", "--hint=string:sound-name:bell", "--", &title, &text]
        }
        Platform::Linux => vec!["notify-send", "--app-name=fleet", "--", &title, &text],
    };
    Ok(words.into_iter().map(str::to_owned).collect())
}

const QUIETLY: &str =
    "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
const ALOUD: &str = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv) \
                     sound name \"default\"\nend run";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_asked_about_by_the_names_made_of_them() {
        let ask =
            |name: &str, types: &[RecordType]| question(name, types.to_vec()).map_err(|e| e.to_string());
        assert_eq!(ask("93.184.216.34", &[RecordType::Ptr]).unwrap().0, "34.216.184.93.in-addr.arpa");
        assert!(ask("2001:db8::1", &[RecordType::Ptr]).unwrap().0.starts_with("1.0.0.0.0.0"));
        assert!(ask("93.184.216.34", &[]).unwrap_err().contains("PTR"));
        assert_eq!(ask("_DMARC.Example.COM.", &[RecordType::Txt]).unwrap().0, "_dmarc.example.com");
        let twice = ask("b\u{fc}cher.example", &[RecordType::Mx, RecordType::A, RecordType::Mx]).unwrap();
        assert_eq!(twice, ("xn--bcher-kva.example".into(), vec![RecordType::A, RecordType::Mx]));
        assert!(ask("a b", &[]).is_err() && ask("", &[]).is_err() && address("dns.example").is_err());
    }

    #[test]
    fn the_systems_servers_are_looked_for_only_where_the_caller_names_none() {
        let folder = tempfile::tempdir().unwrap();
        let wiring = crate::state::Wiring::default().server("192.168.1.1".parse().unwrap());
        let home = Home::scratch(folder.path()).unwrap().wired(wiring);
        assert_eq!(own(None, &home), ["192.168.1.1"]);
        assert!(own(Some("9.9.9.9"), &home).is_empty());
    }

    #[test]
    fn a_text_is_an_argument_whatever_it_says() {
        let wanted = ScreenWanted {
            title: "--help".into(),
            text: "\" & (do shell script \"id\")\u{1b}[2J".into(),
            sound: true,
        };
        for platform in [Platform::Macos, Platform::Linux] {
            let argv = shown_by(platform, &wanted).unwrap();
            let at = argv.iter().position(|a| a == "--").unwrap();
            assert_eq!(argv[at + 1..], ["--help".to_owned(), visible(&wanted.text)], "{argv:?}");
            assert!(
                !argv[..at].iter().any(|a| a.contains("shell script")) && !argv.concat().contains('\u{1b}')
            );
        }
        let nul = ScreenWanted { text: "a\0b".into(), ..wanted };
        assert!(shown_by(Platform::Linux, &nul).is_err());
    }

    #[test]
    fn a_message_says_how_urgent_it_is_and_ends_where_discord_does() {
        let say = |text: &str| message(Severity::Urgent, " Disk full ", text, Some("disk:/"));
        assert_eq!(say("98 %\n").unwrap(), "**URGENT: Disk full**\n98 %\n`disk:/`");
        let rest = "**URGENT: Disk full**\n".len() + "\n`disk:/`".len();
        assert!(say(&"x".repeat(2000 - rest)).is_ok() && say(&"x".repeat(2001 - rest)).is_err());
    }
}
