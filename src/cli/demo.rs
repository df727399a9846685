//! `fleet demo`: the whole circle on a seeded repository, in a scratch home of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "it seeds a scratch repository and forges its own scratch log"
)]

use super::{CliError, Context, Exit, audit as shown, init, loops as loop_cli, output, prompt, run_loop};
use crate::audit;
use crate::call::LoopId;
use crate::gate::resolve::program;
use crate::gate::{self, Approval, Person, Said};
use crate::loops;
use crate::state::{Channel, Home, Proof};
use crate::submit;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Show the whole circle: request, plan, gate, approval, execution, record, forgery found.
///
/// Everything happens in a scratch home that is removed at the end. No network, no model, no
/// account. Without a terminal it asks nothing.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet demo
  fleet demo --keep     keep the scratch home and look around in it")]
pub struct Args {
    /// Keep the scratch home, and say where it is.
    #[arg(long)]
    keep: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("no scratch home: {e}"));
    let scratch = tempfile::Builder::new().prefix("fleet-demo-").tempdir().map_err(failed)?;
    let root = scratch.path().canonicalize().map_err(failed)?;
    let result = Demo::new(&root, context.json).and_then(|mut demo| demo.play());
    if args.keep {
        let kept = scratch.keep();
        output::say(&format!("kept: FLEET_HOME={}", kept.display()));
    }
    if context.json {
        let found = result?;
        output::json(&json!({ "status": "done", "forged_entry": found }));
    } else {
        result?;
    }
    Ok(Exit::Done)
}

struct Demo {
    home: Home,
    person: Person,
    repo: PathBuf,
    quiet: bool,
}

impl Demo {
    fn new(root: &Path, quiet: bool) -> Result<Self, CliError> {
        let home = Home::scratch(root)?;
        let code = home.tilde().join("code");
        let repo = code.join("site");
        std::fs::create_dir_all(&repo)
            .map_err(|e| CliError::new(Exit::Failed, format!("no scratch home: {e}")))?;
        let person = Person::of_scratch(&home)
            .ok_or_else(|| CliError::new(Exit::Failed, "the demo plays in a scratch home only"))?;
        let demo = Self { home, person, repo, quiet };
        demo.seed()?;
        init::make(&demo.home, &[code.display().to_string()], &[Channel::Tty], Proof::None)?;
        Ok(demo)
    }

    /// The whole play; returns the number of the entry that was forged.
    fn play(&mut self) -> Result<u64, CliError> {
        self.say("fleet demo: one HIGH call, from a loop's plan to a forged record.");
        self.say("Everything below is real, in a scratch home that is removed at the end.\n");
        self.scene(1, "a repository with finished branches and unpushed work");
        self.git_lines()?;

        self.scene(2, "two loops pass their gate: only the registered bytes ever run");
        let (stale, unpushed) = (loop_id("stale-branches")?, loop_id("unpushed-work")?);
        let house = loop_cli::house(&self.home)?;
        for id in [&stale, &unpushed] {
            let mode = loops::register(&self.home, id, &self.person, &house).map_err(loop_cli::failed)?;
            self.say(&format!("   {id}: registered, {}", mode.as_str()));
        }
        let record = loops::run(&self.home, &unpushed, loops::Asked::Now).map_err(loop_cli::failed)?;
        self.say(&format!("   {}: {}", record.id, record.reason));
        for (_, finding) in loops::open_findings(&self.home).unwrap_or_default() {
            self.say(&format!("   ! {}", self.short(&finding.title)));
        }

        self.scene(3, "stale-branches plans: values in, resolved calls out, nothing done yet");
        match loops::plan_only(&self.home, &stale).map_err(loop_cli::failed)? {
            Ok(plan) => self.block(&run_loop::plan_text(&plan)),
            Err((outcome, why)) => return Err(CliError::new(Exit::Failed, format!("{outcome}: {why}"))),
        }

        self.scene(4, "run-loop: the gate holds the call, since deleting is HIGH");
        let record = loops::run(&self.home, &stale, loops::Asked::Now).map_err(loop_cli::failed)?;
        self.say(&format!("   {}: {} (exit 3)", record.id, record.outcome));
        let Some(id) = record.approvals.first().cloned() else {
            return Err(CliError::new(Exit::Failed, format!("nothing waits: {}", record.reason)));
        };
        let approval = gate::get(&self.home, &id)?;
        self.say("   what an approver sees, with `fleet approval show`:\n");
        self.block(&gate::view(&approval));

        self.scene(5, "a person decides; the call is judged again, then carried out once");
        self.decide(&approval)?;

        self.scene(6, "the record: intent before the act, outcome after, each synced");
        for line in audit::last_lines(&self.home.audit(), 40).unwrap_or_default() {
            self.say(&format!("  {}", shown::sentence(&String::from_utf8_lossy(&line))));
        }
        self.forge()
    }

    fn decide(&self, shown: &Approval) -> Result<(), CliError> {
        let id = &shown.id;
        let yes = if prompt::terminal() && !self.quiet {
            let answer = prompt::ask("   approve this? [Y/n] ").unwrap_or_default();
            !matches!(answer.trim(), "n" | "N" | "no")
        } else {
            self.say("   (no terminal: the demo says yes)");
            true
        };
        if yes {
            let (reply, run) = submit::approve(&self.home, shown, &self.person)?;
            self.say(&format!(
                "   fleet approve {id}: {}",
                serde_json::to_string(&reply.status).unwrap_or_default().trim_matches('"')
            ));
            if let Some(run) = run {
                let _ = loops::resume(&self.home, &run, id, Some(&reply)).map_err(loop_cli::failed)?;
            }
            for gone in reply
                .result
                .iter()
                .flat_map(|r| r.get("deleted").and_then(|d| d.as_array()).cloned().unwrap_or_default())
            {
                let text =
                    |name: &str| gone.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
                self.say(&format!(
                    "   deleted {:<22} was {}",
                    text("name"),
                    text("tip").get(..12).unwrap_or_default()
                ));
            }
            let again = submit::approve(&self.home, shown, &self.person).err();
            self.say(&format!("   once more: {}", again.map(|e| e.to_string()).unwrap_or_default()));
        } else {
            let denied = gate::decide(&self.home, Said::No(id, "said no in the demo"), &self.person)?;
            if let Some(run) = denied.run {
                let _ = loops::resume(&self.home, &run, id, None).map_err(loop_cli::failed)?;
            }
            self.say("   denied: nothing was deleted, and it is not asked again for 30 days");
        }
        Ok(())
    }

    /// Changes one byte of one entry and lets `verify` find it.
    fn forge(&self) -> Result<u64, CliError> {
        self.scene(7, "somebody edits history: one byte of one entry");
        let folder = self.home.audit();
        let whole = audit::verify(&folder, &audit::Against::default());
        self.say(&format!("   audit verify: ok, {} entries", whole.entries));
        let failed = |e: std::io::Error| CliError::new(Exit::Failed, format!("cannot forge: {e}"));
        let segment = std::fs::read_dir(&folder)
            .map_err(failed)?
            .filter_map(|e| e.ok().map(|e| e.path()))
            .find(|p| p.extension().is_some_and(|e| e == "jsonl"))
            .ok_or_else(|| CliError::new(Exit::Failed, "no segment"))?;
        let text = std::fs::read_to_string(&segment).map_err(failed)?;
        let (at, line) = text
            .lines()
            .enumerate()
            .find(|(_, l)| l.contains("\"approval.decided\""))
            .ok_or_else(|| CliError::new(Exit::Failed, "no decision on record"))?;
        let forged =
            line.replacen("\"caller\":\"loop:stale-branches\"", "\"caller\":\"loop:stale-branchez\"", 1);
        std::fs::write(&segment, text.replacen(line, &forged, 1)).map_err(failed)?;
        self.say(&format!("   entry {}: loop:stale-branches -> loop:stale-branchez", at + 1));
        let report = audit::verify(&folder, &audit::Against::default());
        let Some(fault) = report.fault else {
            return Err(CliError::new(Exit::Broken, "the forgery was not found"));
        };
        self.say(&format!(
            "   audit verify: {} ({}) at entry {}, byte {}; exit 6",
            fault.kind, fault.class, fault.seq, fault.offset
        ));
        let refused = loops::run(&self.home, &loop_id("unpushed-work")?, loops::Asked::Now)
            .err()
            .map(|e| e.to_string());
        match refused {
            Some(_) => self.say("   and from now on nothing runs: no record, no act"),
            None => {
                self.say("   (the newest entry is untouched, so calls still run; verify is what finds it)")
            }
        }
        self.say("\nNext: `fleet init --workspace ~/code`, then `fleet loop register --all`.");
        Ok(fault.seq)
    }

    fn seed(&self) -> Result<(), CliError> {
        self.git(&["init", "--quiet", "--initial-branch=main", "."])?;
        self.commit("Start the site", 40)?;
        for (branch, subject, days) in [
            ("fix/typo-in-footer", "Fix a typo in the footer", 30),
            ("feature/dark-mode", "Add a dark mode", 21),
        ] {
            self.git(&["checkout", "--quiet", "-b", branch])?;
            self.commit(subject, days)?;
            self.git(&["checkout", "--quiet", "main"])?;
            self.git(&["merge", "--quiet", "--ff-only", branch])?;
        }
        let remote = self.repo.with_extension("remote.git").display().to_string();
        self.git(&["clone", "--quiet", "--bare", ".", &remote])?;
        self.git(&["remote", "add", "origin", &remote])?;
        self.git(&["fetch", "--quiet", "origin"])?;
        self.git(&["branch", "--quiet", "--set-upstream-to=origin/main", "main"])?;
        self.git(&["checkout", "--quiet", "-b", "spike/new-search"])?;
        self.commit("Try another search", 9)?;
        self.commit("Measure it", 8)?;
        self.git(&["checkout", "--quiet", "main"])
    }

    fn commit(&self, subject: &str, days: i64) -> Result<(), CliError> {
        let date = format!("{} +0000", crate::state::clock::now().as_second() - days * 86_400);
        self.git_at(&["commit", "--quiet", "--allow-empty", "-m", subject], &date)
    }

    fn git(&self, arguments: &[&str]) -> Result<(), CliError> {
        self.git_at(arguments, "")
    }

    fn git_at(&self, arguments: &[&str], date: &str) -> Result<(), CliError> {
        let git = program::find("git", &self.home).ok().flatten();
        let git = git.ok_or_else(|| {
            CliError::new(Exit::Failed, "the demo needs the program `git`").hint("install git")
        })?;
        let ran = Command::new(git.as_path())
            .args(arguments)
            .current_dir(&self.repo)
            .env_clear()
            .envs([
                ("PATH", program::search_path(&self.home)),
                ("HOME", self.home.tilde().display().to_string()),
            ])
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C.UTF-8")])
            .envs([
                ("GIT_AUTHOR_NAME", "Ada"),
                ("GIT_AUTHOR_EMAIL", "ada@example.org"),
                ("GIT_AUTHOR_DATE", date),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "Ada"),
                ("GIT_COMMITTER_EMAIL", "ada@example.org"),
                ("GIT_COMMITTER_DATE", date),
            ])
            .stdin(Stdio::null())
            .output();
        match ran {
            Ok(ran) if ran.status.success() => Ok(()),
            Ok(ran) => Err(CliError::new(
                Exit::Failed,
                format!("git: {}", String::from_utf8_lossy(&ran.stderr).trim()),
            )),
            Err(e) => Err(CliError::new(Exit::Failed, format!("git: {e}"))),
        }
    }

    fn git_lines(&self) -> Result<(), CliError> {
        let format = "--format=%(HEAD) %(refname:short)|%(objectname:short=12)|%(subject)";
        let said =
            gate::resolve::git::ask(&self.home, &self.repo, &["for-each-ref", format, "refs/heads"], &|| {
                false
            });
        let said = said.map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
        for line in String::from_utf8_lossy(&said).lines() {
            let mut parts = line.splitn(3, '|');
            let mut part = || parts.next().unwrap_or_default().to_owned();
            let (name, tip, subject) = (part(), part(), part());
            self.say(&format!("   {name:<24} {tip}  {subject}"));
        }
        Ok(())
    }

    fn scene(&self, n: u8, title: &str) {
        self.say(&format!("{}{n}. {title}", if n == 1 { "" } else { "\n" }));
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            output::line(&self.short(text));
        }
    }

    /// A block, indented.
    fn block(&self, text: &str) {
        for line in text.lines() {
            self.say(&format!("   {line}"));
        }
    }

    /// The scratch folder's long name says nothing to a reader.
    fn short(&self, text: &str) -> String {
        text.replace(&self.home.tilde().display().to_string(), "~")
    }
}

fn loop_id(id: &str) -> Result<LoopId, CliError> {
    LoopId::parse(id).map_err(|e| CliError::new(Exit::Failed, e.to_string()))
}
