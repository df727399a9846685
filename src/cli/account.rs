//! `fleet account`: mail accounts, and credentials for requests and channels.

use super::{CliError, Context, Exit, input, output, prompt};
use crate::call::Malformed;
use crate::effects::{self, Proven};
use crate::gate::{self, AccountKind, AccountView, NotSetUp};
use crate::state::{Home, MailAccount, Secret};
use serde_json::json;
use std::io::{IsTerminal as _, Read as _};

/// Longest credential that is read, and one byte more.
const MOST: u64 = 4098;

/// Set up, list, test and remove accounts: mail, credentials for requests, webhooks of channels.
///
/// A credential is typed without being shown, or read from stdin; it never stands on a command line,
/// and is kept in the secret store alone. Mail servers are spoken to within TLS, with a certificate
/// that this system trusts, or not at all. What fleet started cannot set up accounts.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet account add mail work --address ada@example.org \\
      --imap imap.example.org --smtp smtp.example.org:587
  fleet account add web tracker < token.txt
  fleet account add discord alerts
  fleet account test mail work
  fleet account list
  fleet account remove web tracker")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    Add(Box<Add>),
    /// All accounts, without their credentials.
    List,
    /// Prove what an account is for; nothing is sent or changed.
    Test(Named),
    /// Forget an account and its credential.
    Remove(Named),
}

/// Set an account up, or replace it with its credential.
#[derive(clap::Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// For mail: from whom its mails are.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// For mail: who logs in; the address if left out.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// For mail: where it is read, as HOST or HOST:PORT. TLS at once, or STARTTLS at port 143.
    #[arg(long, value_name = "SERVER")]
    imap: Option<String>,
    /// For mail: where it is sent, as HOST or HOST:PORT. TLS at once, or STARTTLS at 587 and 25.
    #[arg(long, value_name = "SERVER")]
    smtp: Option<String>,
    /// For mail: the mailbox that keeps copies of what was sent; `none` if the server does so.
    #[arg(long, value_name = "MAILBOX", default_value = "Sent")]
    sent: String,
    /// For mail: the mailbox of drafts.
    #[arg(long, value_name = "MAILBOX", default_value = "Drafts")]
    drafts: String,
    /// For mail: the mailbox of deleted mail.
    #[arg(long, value_name = "MAILBOX", default_value = "Trash")]
    trash: String,
}

#[derive(clap::Args)]
struct Named {
    /// What it is for.
    #[arg(value_name = "KIND")]
    kind: AccountKind,
    /// Your name for it; for `discord` the channel's name in fleet.toml.
    name: String,
}

impl clap::ValueEnum for AccountKind {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Mail, Self::Web, Self::Discord]
    }
    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.as_str()))
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Sub::Add(args) => add(args, context),
        Sub::List => list(context),
        Sub::Test(named) => test(named, context),
        Sub::Remove(named) => {
            let home = input::home()?;
            gate::remove_account(&home, named.kind, &named.name)?;
            said(named, "removed", context);
            Ok(Exit::Done)
        }
    }
}

impl From<NotSetUp> for CliError {
    fn from(e: NotSetUp) -> Self {
        match e {
            NotSetUp::Gate(e) => e.into(),
            NotSetUp::BelowARun => Self::new(Exit::Refused, e.to_string()),
            NotSetUp::Malformed(e) => Self::usage(e.to_string()),
            NotSetUp::None(..) => {
                Self::new(Exit::Failed, e.to_string()).hint("`fleet account list` shows those that there are")
            }
            NotSetUp::Secrets(_) => Self::new(Exit::Failed, e.to_string()),
        }
    }
}

fn malformed(e: Malformed) -> CliError {
    CliError::usage(e.to_string())
}

fn said(named: &Named, how: &str, context: &Context) {
    if context.json {
        output::json(&json!({ "status": "done", "kind": named.kind, "name": named.name, "outcome": how }));
    } else {
        output::line(&format!("{} account {}: {how}", named.kind.as_str(), named.name));
    }
}

fn add(args: &Add, context: &Context) -> Result<Exit, CliError> {
    let Add { named, address, user, imap, smtp, sent, drafts, trash } = args;
    let mail = match (named.kind, address) {
        (AccountKind::Mail, Some(address)) => {
            let server = |text: &Option<String>, protocol| {
                text.as_deref().map(|text| gate::mail_server(text, protocol)).transpose().map_err(malformed)
            };
            Some(MailAccount {
                name: named.name.clone(),
                address: address.clone(),
                user: user.clone().unwrap_or_else(|| address.clone()),
                sent: (sent != "none").then(|| sent.clone()),
                drafts: drafts.clone(),
                trash: trash.clone(),
                imap: server(imap, "imap")?,
                smtp: server(smtp, "smtp")?,
            })
        }
        (AccountKind::Mail, None) => {
            return Err(CliError::usage("a mail account needs its address")
                .hint("add `--address YOU@HOST`, and `--imap` or `--smtp` or both"));
        }
        (AccountKind::Web | AccountKind::Discord, _)
            if address.is_some() || user.is_some() || imap.is_some() || smtp.is_some() =>
        {
            return Err(CliError::usage("addresses and servers are for mail accounts alone"));
        }
        (AccountKind::Web | AccountKind::Discord, _) => None,
    };
    let home = input::home()?;
    let secret = credential(named.kind)?;
    let before = gate::add_account(&home, named.kind, &named.name, mail, &secret)?;
    said(named, if before { "replaced" } else { "added" }, context);
    match named.kind {
        AccountKind::Discord => output::say(&format!(
            "fleet: `{}` is posted to once `[discord] channels` of fleet.toml names it",
            named.name
        )),
        AccountKind::Web => {
            output::say(&format!("fleet: requests name it as `\"secret\":\"{}\"`", named.name))
        }
        AccountKind::Mail => output::say(&format!("next: `fleet account test mail {}`", named.name)),
    }
    Ok(Exit::Done)
}

/// The credential, typed without being shown or from stdin.
fn credential(kind: AccountKind) -> Result<Secret, CliError> {
    let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("no credential was read: {e}"));
    if std::io::stdin().is_terminal() {
        let question = match kind {
            AccountKind::Mail => "password (for many servers an app password): ",
            AccountKind::Web => "credential: ",
            AccountKind::Discord => "address of the webhook: ",
        };
        return prompt::ask_hidden(question).map(Secret::new).map_err(failed);
    }
    let mut text = String::new();
    let _ = std::io::stdin().lock().take(MOST).read_to_string(&mut text).map_err(failed)?;
    if text.ends_with('\n') {
        text.pop();
    }
    if text.ends_with('\r') {
        text.pop();
    }
    Ok(Secret::new(text))
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let all = gate::accounts(&input::home_to_look()?)?;
    if context.json {
        output::json(&all);
    } else if all.is_empty() {
        output::say("there are no accounts: `fleet account add --help` shows how to set one up");
    } else {
        for one in &all {
            output::line(&format!("{:<8} {:<20} {}", one.kind.as_str(), one.name, gist(one)));
        }
    }
    Ok(Exit::Done)
}

fn gist(one: &AccountView) -> String {
    let stored = if one.credential { "" } else { "; its password is not stored" };
    match &one.mail {
        None => "credential stored".to_owned(),
        Some(mail) => {
            let servers: Vec<_> = mail.imap.iter().chain(&mail.smtp).map(ToString::to_string).collect();
            format!("{} by {}{stored}", mail.address, servers.join(", "))
        }
    }
}

fn test(named: &Named, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let found = gate::accounts(&home)?.into_iter().any(|a| a.kind == named.kind && a.name == named.name);
    if !found {
        return Err(NotSetUp::None(named.kind, named.name.clone()).into());
    }
    let proven = proofs(&home, named);
    let ok = proven.iter().all(|one| one.ok);
    if context.json {
        let (kind, name) = (named.kind, &named.name);
        output::json(&json!({ "kind": kind, "name": name, "ok": ok, "proofs": proven }));
    } else if proven.is_empty() {
        output::line("its credential is stored; only the request that carries it can try it");
    } else {
        for one in &proven {
            output::line(&format!("{:<4} {:<7} {}", if one.ok { "ok" } else { "no" }, one.what, one.says));
        }
    }
    Ok(if ok { Exit::Done } else { Exit::Failed })
}

fn proofs(home: &Home, named: &Named) -> Vec<Proven> {
    let name = Some(named.name.as_str());
    match named.kind {
        AccountKind::Mail => effects::prove(home, name, None),
        AccountKind::Discord => effects::prove(home, None, name),
        AccountKind::Web => Vec::new(),
    }
}
