//! The kinds of effect: how the world is set for one, how often it took place, and how it is put back.

use super::receiver::Receiver;
use crate::harness::World;
use serde_json::{Value, json};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// A kind of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    List,
    Create,
    Replace,
    Move,
    Copy,
    Trash,
    Status,
    BranchDelete,
    Shell,
}

/// A world in which effects of one kind are tried, one after the other, each on a target of its own.
pub struct Stage {
    pub kind: Kind,
    pub world: World,
    receiver: Receiver,
}

const OLD: &str = "the old content\n";
const NEW: &str = "the new content\n";

impl Kind {
    pub const fn tool(self) -> &'static str {
        match self {
            Self::Read => "files_read",
            Self::List => "files_list",
            Self::Create | Self::Replace => "files_write",
            Self::Move | Self::Copy => "files_move",
            Self::Trash => "files_trash",
            Self::Status => "git_status",
            Self::BranchDelete => "git_branch_delete",
            Self::Shell => "shell_run",
        }
    }

    /// Whether it is carried out by `approve`.
    pub const fn asks(self) -> bool {
        matches!(self, Self::Trash | Self::BranchDelete | Self::Shell)
    }

    /// Whether it changes anything.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read | Self::List | Self::Status)
    }
}

impl Stage {
    pub fn new(kind: Kind) -> Self {
        let (world, receiver) = (World::new(), Receiver::new());
        std::fs::create_dir(world.root().join("tmp")).unwrap();
        match kind {
            Kind::Status | Kind::BranchDelete => drop(world.repository("site")),
            Kind::Shell => {
                let send = format!("#!/bin/bash\necho \"$1\" >/dev/tcp/127.0.0.1/{}\n", receiver.port());
                std::fs::write(world.at("send"), send).unwrap();
                std::fs::set_permissions(world.at("send"), Permissions::from_mode(0o755)).unwrap();
            }
            Kind::Read
            | Kind::List
            | Kind::Create
            | Kind::Replace
            | Kind::Move
            | Kind::Copy
            | Kind::Trash => {}
        }
        Self { kind, world, receiver }
    }

    fn path(&self, what: &str, n: usize) -> PathBuf {
        self.world.w().join(format!("{what}-{n}"))
    }

    fn branch(&self, n: usize) -> PathBuf {
        self.world.w().join(format!("site/.git/refs/heads/b-{n}"))
    }

    /// Where the file of trial `n` lies in the trash. What a crash left there before the file came is
    /// an empty file of the same name, and the next try takes another name.
    fn trashed(&self, n: usize) -> Option<PathBuf> {
        let folder = self.world.user().join(".local/share/Trash/files");
        let names = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path());
        let own = format!("from-{n}");
        let mut found: Vec<_> = names
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.strip_prefix(&own).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            })
            .filter(|path| std::fs::read(path).unwrap() == OLD.as_bytes())
            .collect();
        assert!(found.len() <= 1, "in the trash twice: {found:?}");
        found.pop()
    }

    /// Sets the world for trial `n`; the arguments of its call.
    pub fn set(&self, n: usize) -> Value {
        let (from, to) = (self.path("from", n), self.path("to", n));
        match self.kind {
            Kind::Create | Kind::Shell | Kind::Status => {}
            Kind::BranchDelete => {
                // What a git that was ended has left would stop the next one.
                for entry in walkdir::WalkDir::new(self.world.w().join("site/.git")) {
                    let entry = entry.unwrap();
                    if entry.path().extension().is_some_and(|e| e == "lock") {
                        std::fs::remove_file(entry.path()).unwrap();
                    }
                }
                let tip = self.world.w().join("site/.git/refs/heads/main");
                std::fs::copy(tip, self.branch(n)).unwrap();
            }
            Kind::Read | Kind::List | Kind::Replace | Kind::Move | Kind::Copy | Kind::Trash => {
                std::fs::write(&from, OLD).unwrap();
            }
        }
        match self.kind {
            Kind::Read => json!({"path": from}),
            Kind::List => json!({"path": self.world.w()}),
            Kind::Create => json!({"path": to, "content": NEW}),
            Kind::Replace => json!({"path": from, "content": NEW, "mode": "replace"}),
            Kind::Move => json!({"pairs": [{"from": from, "to": to}]}),
            Kind::Copy => json!({"pairs": [{"from": from, "to": to}], "copy": true}),
            Kind::Trash => json!({"paths": [from]}),
            Kind::Status => json!({"repo": self.world.at("site")}),
            Kind::BranchDelete => json!({"repo": self.world.at("site"), "branches": [format!("b-{n}")]}),
            Kind::Shell => {
                json!({"argv": [self.world.at("send"), format!("id-{n}")], "network": true, "timeout_s": 20})
            }
        }
    }

    /// How often the effect of trial `n` took place since it was last put back; then it is put back.
    /// Anything that is half done fails here.
    pub fn take(&self, n: usize) -> usize {
        let (from, to) = (self.path("from", n), self.path("to", n));
        let text = |path: &PathBuf| std::fs::read_to_string(path).ok();
        let took = match self.kind {
            Kind::Read | Kind::List => {
                assert_eq!(text(&from).as_deref(), Some(OLD));
                false
            }
            Kind::Status => {
                assert_eq!(self.world.branches("site"), ["done/one", "done/two", "main", "open"]);
                false
            }
            Kind::Create => match text(&to).as_deref() {
                None => false,
                Some(NEW) => true,
                other => panic!("half a file: {other:?}"),
            },
            Kind::Replace => match text(&from).as_deref() {
                Some(OLD) => false,
                Some(NEW) => true,
                other => panic!("neither the old nor the new content: {other:?}"),
            },
            Kind::Move => match (text(&from).as_deref(), text(&to).as_deref()) {
                (Some(OLD), None) => false,
                (None, Some(OLD)) => true,
                other => panic!("neither here nor there, or both: {other:?}"),
            },
            Kind::Copy => match (text(&from).as_deref(), text(&to).as_deref()) {
                (Some(OLD), None) => false,
                (Some(OLD), Some(OLD)) => true,
                other => panic!("not a copy: {other:?}"),
            },
            Kind::Trash => match (text(&from).as_deref(), self.trashed(n)) {
                (Some(OLD), None) => false,
                (None, Some(_)) => true,
                other => panic!("neither here nor in the trash, or both: {other:?}"),
            },
            Kind::BranchDelete => !self.branch(n).exists(),
            Kind::Shell => {
                let arrived = self.receiver.take();
                let own = format!("id-{n}");
                assert!(arrived.iter().all(|id| id.is_empty() || *id == own), "{n}: {arrived:?} came late");
                return arrived.len();
            }
        };
        if took {
            match self.kind {
                Kind::Create | Kind::Copy => std::fs::remove_file(&to).unwrap(),
                Kind::Move => std::fs::rename(&to, &from).unwrap(),
                Kind::Trash => std::fs::rename(self.trashed(n).unwrap(), &from).unwrap(),
                Kind::Replace | Kind::BranchDelete => drop(self.set(n)),
                Kind::Read | Kind::List | Kind::Status | Kind::Shell => {}
            }
        }
        usize::from(took)
    }
}
