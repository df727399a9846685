//! Where does it go, and does policy know that place?

use super::Draft;
use crate::call::{
    Answer, Dns, Effect, GitRemote, Mail, ModelAsk, Reason, Remote, StartTls, Tls, Web, visible_line,
};
use crate::gate::resolve::address::{why_inside, why_no_public_name};
use crate::gate::world::World;

/// Most recipients of one mail.
const RECIPIENTS: usize = 50;

/// Headers that change nothing but how an answer looks, and whether it is sent again.
const PLAIN: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-language",
    "cache-control",
    "content-language",
    "content-type",
    "dnt",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
    "range",
    "user-agent",
];

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found = Vec::new();
    for effect in draft.effects {
        found.extend(effect.reach().hosts.into_iter().filter_map(|host| denied(host, world)));
        match effect {
            Effect::Web(web) => of_web(web, world, &mut found),
            Effect::Mail(mail) => of_mail(mail, world, &mut found),
            Effect::Remote(remote) => of_remote(remote, world, &mut found),
            Effect::FileRead(_)
            | Effect::FileList(_)
            | Effect::FileWrite(_)
            | Effect::FileMove(_)
            | Effect::FileTrash(_)
            | Effect::GitRead(_)
            | Effect::FileRestore(_)
            | Effect::GitBranchRestore(_)
            | Effect::GitBranchDelete(_)
            | Effect::Look(_)
            | Effect::Fleet(_)
            | Effect::Stop(_)
            | Effect::Shortcut(_)
            | Effect::Screen(_)
            | Effect::Extract(_) => {}
            Effect::Model(model) => of_model(model, &mut found),
            Effect::GitChange(change) => {
                if let Some(remote) = change.remote() {
                    of_git_remote(remote, world, &mut found);
                }
            }
            Effect::Spawn(spawn) if spawn.network => {
                let message = "a program with the network can reach any host: the kernel knows none by name";
                found.push((Answer::Ask, Reason::built_in("any-host", message)));
            }
            Effect::Spawn(_) => {}
        }
    }
    found
}

/// The owner's own list, which holds for every host, whatever is done there.
fn denied(host: &str, world: &World<'_>) -> Option<(Answer, Reason)> {
    let entry = world.policy.network().denies(host)?;
    let message = format!("`{}` is on the deny-list of the policy, as `{entry}`", visible_line(host, 200));
    let reason = Reason { rule: "network-deny".into(), source: world.policy.source("deny"), message };
    Some((Answer::Block, reason))
}

fn of_web(web: &Web, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    let host = visible_line(&web.host, 200);
    let mut say = |answer, rule: &str, message: String| found.push((answer, Reason::built_in(rule, message)));
    if !matches!(web.scheme.as_str(), "http" | "https") {
        let message = format!("`{}:` is not http or https", visible_line(&web.scheme, 40));
        return say(Answer::Block, "scheme", message);
    }
    if web.userinfo {
        let message = "the address names a user before its host, which hides where it leads".to_owned();
        say(Answer::Block, "userinfo", message);
    }
    if let Some(why) = Some(web.host.as_str()).filter(|host| !host.is_empty()).and_then(why_inside) {
        say(Answer::Block, "not-public", format!("`{host}` is {why}: no call goes there"));
    }
    if web.secret.is_some() && web.scheme == "http" {
        let message = "a stored credential goes over https only: anybody on the way could read it".to_owned();
        say(Answer::Block, "plain-secret", message);
    }
    for doubt in &web.doubts {
        say(Answer::Ask, "unclear-address", format!("the address is unclear: {doubt}"));
    }
    for header in web.headers.iter().filter(|h| !PLAIN.contains(&h.name.as_str())) {
        say(Answer::Ask, "header", format!("the header `{}` can change what the request does", header.name));
    }
    let usual = if web.scheme == "http" { 80 } else { 443 };
    if web.port != usual {
        say(Answer::Ask, "port", format!("port {} is not the usual one of {}", web.port, web.scheme));
    }
    // A change at the other end asks by its risk, wherever it goes.
    if web.method.reads() {
        unlisted(&web.host, web.reads.as_deref(), world, found);
    }
}

/// Ports at which TLS is usually spoken at once, and those at which it begins later.
const TLS: &[u16] = &[443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 5223, 8443];
const STARTTLS: &[(StartTls, &[u16])] =
    &[(StartTls::Smtp, &[25, 587, 2525]), (StartTls::Imap, &[143]), (StartTls::Pop3, &[110])];

fn of_remote(remote: &Remote, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    match remote {
        Remote::Dns(dns) => of_dns(dns, world, found),
        Remote::Tls(tls) => of_tls(tls, world, found),
        Remote::Discord(e) if e.webhook.is_none() => {
            let message = format!(
                "`{}` has no webhook that can be used: it must stand in `[discord] channels` of fleet.toml, with \
                 its address in the secret store as `discord:{}`",
                visible_line(&e.channel, 64),
                visible_line(&e.channel, 64)
            );
            found.push((Answer::Allow, Reason::built_in("not-configured", message)));
        }
        // The owner set the channel up; nobody else can name another host.
        Remote::Discord(_) | Remote::Withdraw(_) => {}
    }
}

/// Where a model is cannot lead elsewhere: its place is of this machine, or does not read.
fn of_model(model: &ModelAsk, found: &mut Vec<(Answer, Reason)>) {
    if model.set_up.is_none() {
        let name = visible_line(&model.model, 64);
        let message = format!("no model is called `{name}` here: `fleet model add {name}` sets one up");
        found.push((Answer::Allow, Reason::built_in("not-configured", message)));
    }
}

fn of_dns(dns: &Dns, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    let name = visible_line(&dns.name, 200);
    if let Some(server) = &dns.server {
        if let Some(why) = why_inside(server) {
            let message = format!("the name server `{server}` is {why}: no call goes there");
            found.push((Answer::Block, Reason::built_in("not-public", message)));
        }
        unlisted(server, None, world, found);
    }
    if let Some(why) = why_no_public_name(&dns.name) {
        let message = format!("`{name}` is {why}: to ask others about it tells them of it");
        found.push((Answer::Ask, Reason::built_in("inner-name", message)));
    }
    // `_dmarc.example.com` is asked of those who answer for `example.com`.
    let owner = dns.name.split('.').skip_while(|label| label.starts_with('_')).collect::<Vec<_>>().join(".");
    if !world.policy.network().allows(&owner) {
        unlisted(&dns.name, dns.reads.as_deref(), world, found);
    }
}

fn of_tls(tls: &Tls, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    if let Some(why) = why_inside(&tls.host) {
        let message = format!("`{}` is {why}: no call goes there", visible_line(&tls.host, 200));
        found.push((Answer::Block, Reason::built_in("not-public", message)));
    }
    let usual = match tls.starttls {
        None => TLS.contains(&tls.port),
        Some(how) => STARTTLS.iter().any(|(of, ports)| *of == how && ports.contains(&tls.port)),
    };
    if !usual {
        let message = format!("port {} is not one at which this is usually spoken", tls.port);
        found.push((Answer::Ask, Reason::built_in("port", message)));
    }
    unlisted(&tls.host, tls.reads.as_deref(), world, found);
}

/// A host that the owner did not name.
fn unlisted(host: &str, reads: Option<&str>, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    if world.policy.network().allows(host) {
        return;
    }
    let reads = reads.map(|r| format!(" (`{}`)", visible_line(r, 200))).unwrap_or_default();
    let message = format!("`{}`{reads} is not a host that `[network] allow` names", visible_line(host, 200));
    let source = world.policy.source("allow");
    found.push((Answer::Ask, Reason { rule: "network".into(), source, message }));
}

fn of_mail(mail: &Mail, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    if mail.via.is_none() {
        let name =
            mail.account.as_deref().map_or_else(String::new, |name| format!(" `{}`", visible_line(name, 64)));
        let message =
            format!("there is no mail account{name} that can send: `fleet account add mail` sets one up");
        found.push((Answer::Allow, Reason::built_in("not-configured", message)));
    }
    let count = mail.recipients().count();
    if count > RECIPIENTS {
        let message = format!("{count} recipients: {RECIPIENTS} are the most of one mail");
        found.push((Answer::Block, Reason::built_in("recipients", message)));
    }
    for recipient in mail.recipients() {
        let shown = visible_line(&recipient.address, 200);
        for domain in recipient.through.iter().chain([&recipient.domain]) {
            found.extend(denied(domain, world));
            if let Some(why) = why_inside(domain) {
                let domain = visible_line(domain, 200);
                // Whom a name of the inside means is the mail server's to say; an address is what it is.
                let address = domain.parse::<std::net::IpAddr>().is_ok();
                let (answer, then) = if address {
                    (Answer::Block, "no mail goes there")
                } else {
                    (Answer::Ask, "a person decides")
                };
                let message = format!("`{shown}`: `{domain}` is {why}: {then}");
                found.push((answer, Reason::built_in("not-public", message)));
            }
        }
        if recipient.name.as_ref().is_some_and(|name| name.contains('@')) {
            let message = format!("the name before `{shown}` looks like another address");
            found.push((Answer::Ask, Reason::built_in("name-spoof", message)));
        }
    }
}

/// A remote is reached by git itself: over ssh or https, or as a folder of this machine.
fn of_git_remote(remote: &GitRemote, world: &World<'_>, found: &mut Vec<(Answer, Reason)>) {
    let mut say = |answer, rule: &str, message: String| found.push((answer, Reason::built_in(rule, message)));
    let host = visible_line(&remote.host, 200);
    if !matches!(remote.scheme.as_str(), "" | "file" | "ssh" | "https") {
        let message =
            format!("`{}` is not reached over ssh or https, nor a folder", visible_line(&remote.url, 200));
        return say(Answer::Block, "scheme", message);
    }
    if matches!(remote.scheme.as_str(), "ssh" | "https") && remote.host.is_empty() {
        let message = format!("`{}` names no host that is understood", visible_line(&remote.url, 200));
        return say(Answer::Block, "scheme", message);
    }
    if let Some(setting) = remote.meddles.first() {
        let message = format!(
            "the repository's own configuration says how its remote is reached (`{}`): fleet does not follow it",
            visible_line(setting, 200)
        );
        say(Answer::Block, "git-remote-settings", message);
    }
    if let Some(why) = Some(remote.host.as_str()).filter(|host| !host.is_empty()).and_then(why_inside) {
        return say(Answer::Block, "not-public", format!("`{host}` is {why}: no call goes there"));
    }
    if !remote.host.is_empty() && !world.policy.network().allows(&remote.host) {
        let message = format!("`{host}` is not a host that `[network] allow` names");
        let source = world.policy.source("allow");
        found.push((Answer::Ask, Reason { rule: "network".into(), source, message }));
    }
}
