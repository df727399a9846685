//! `fleet audit verify`.

use crate::audit::{self, Against, Anchor, Fault, Log, PublicKey, Report};
use crate::cli::{CliError, Context, Exit, output};
use crate::state::Home;
use std::path::{Path, PathBuf};

/// Check every entry and name the first that does not fit. Exit 6 if one does not.
///
/// Without a folder the log of this home is read. With one, nothing else is read, and no home is
/// needed: a log can be verified on another machine.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit verify
  fleet audit verify /backup/audit --anchor 4711:9f86d081884c7d65…
  fleet audit verify /backup/audit --checkpoint note --key key.pub
  fleet audit verify --since 4711 --anchor 4711:9f86d081884c7d65…")]
pub struct Args {
    /// A log's folder; needs no home and reads nothing else.
    dir: Option<PathBuf>,
    /// An entry's number and hash that were kept elsewhere; repeat for more.
    #[arg(long, value_name = "SEQ:HASH", value_parser = Anchor::parse)]
    anchor: Vec<Anchor>,
    /// Look only at entries from this number on; those before are taken on trust.
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(u64).range(1..))]
    since: Option<u64>,
    /// A file of signed notes, as `fleet audit checkpoint` makes them.
    #[arg(long, value_name = "FILE", requires = "key")]
    checkpoint: Option<PathBuf>,
    /// The public key they must be signed with: itself, or a file that holds it.
    #[arg(long, value_name = "KEY", requires = "checkpoint")]
    key: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut anchors = args.anchor.clone();
    let mut bad_note = None;
    if let (Some(file), Some(key)) = (&args.checkpoint, &args.key) {
        match public_key(key)?.open(&read(file, "the checkpoint")?) {
            Ok(said) => anchors.extend(said),
            Err(e) => bad_note = Some(format!("`{}`: {e}", file.display())),
        }
    }
    if let Some(early) = anchors.iter().find(|a| args.since.is_some_and(|since| a.seq < since)) {
        let why = format!("entry {} is before --since: it would not be looked at", early.seq);
        return Err(CliError::usage(why).hint(format!("use --since {}", early.seq)));
    }
    let against = Against { anchors: &anchors, since: args.since, stop: None };
    let (folder, mut report) = match &args.dir {
        Some(dir) => (dir.clone(), audit::verify(dir, &against)),
        None => {
            let home = Home::locate()?;
            (home.audit(), Log::of(&home).verify(&against))
        }
    };
    if let (Some(why), true) = (bad_note, report.ok) {
        // A note that does not hold is as bad as none: what it should vouch for is not vouched for.
        report.ok = false;
        report.fault = Some(Fault {
            kind: "checkpoint_invalid",
            class: "tamper",
            seq: 0,
            segment: String::new(),
            offset: 0,
        });
        report.warnings.push(why);
    }
    print(&report, &folder, args.since, context);
    Ok(if report.ok { Exit::Done } else { Exit::Broken })
}

fn print(report: &Report, folder: &Path, since: Option<u64>, context: &Context) {
    if context.json {
        return output::json(report);
    }
    for warning in &report.warnings {
        output::say(&format!("warning: {warning}"));
    }
    match &report.fault {
        None => {
            let head = report.head.as_ref().map(ToString::to_string).unwrap_or_default();
            let since = since.map(|seq| format!(" from {seq} on")).unwrap_or_default();
            output::line(&format!("ok: {} entries{since}, head {head}", report.entries));
        }
        Some(f) if f.kind == "missing" => {
            output::line(&format!("no audit log in `{}`: run `fleet init`", folder.display()));
        }
        Some(f) if f.kind == "checkpoint_invalid" => {
            output::line("broken (tamper): the checkpoint does not hold; the log itself is sound");
        }
        Some(f) => {
            output::line(&format!(
                "broken ({}): {} at entry {}, byte {} of `{}`; {} entries before it are sound",
                f.class,
                f.kind,
                f.seq,
                f.offset,
                folder.join(&f.segment).display(),
                report.entries
            ));
            if f.class == "torn" {
                output::say("  a crash left it; the next entry cuts it off and records that");
            }
        }
    }
}

fn public_key(text: &str) -> Result<PublicKey, CliError> {
    let path = Path::new(text);
    let text = if path.is_file() { read(path, "the key")? } else { text.to_owned() };
    PublicKey::parse(&text).map_err(|e| CliError::usage(format!("--key: {e}")))
}

fn read(path: &Path, what: &str) -> Result<String, CliError> {
    std::fs::read_to_string(path)
        .map_err(|e| CliError::usage(format!("cannot read {what} `{}`: {e}", path.display())))
}
