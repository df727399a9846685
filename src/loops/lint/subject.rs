//! What is looked at: the files of one loop, read as far as they read.

use super::alike::Alike;
use super::places::Places;
use super::recorded::Fixture;
use super::rule::{File, Hit};
use super::waiver::{self, Waiver};
use crate::calendar::{Every, Schedule, When};
use crate::call::LoopId;
use crate::loops::spec::Spec;
use crate::state::small;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Longest definition, runbook or property list.
const MOST: u64 = 256 << 10;

/// One file.
#[derive(Debug, Clone)]
pub struct Document {
    /// As a person finds it.
    pub shown: String,
    /// Its text; none if it is missing; else why it is no text.
    pub text: Result<Option<String>, String>,
    /// Who may write it; none for what is compiled in.
    pub mode: Option<u32>,
}

impl Document {
    /// A text that was read already, or is compiled in.
    pub fn of(shown: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let text =
            if text.len() as u64 > MOST { Err(format!("is over {MOST} bytes")) } else { Ok(Some(text)) };
        Self { shown: shown.into(), text, mode: None }
    }

    /// A file. One that cannot be used says so when it is looked at.
    pub fn read(path: &Path) -> Self {
        let mode = std::fs::metadata(path).ok().map(|meta| meta.permissions().mode());
        let text = match small::read(path, MOST) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|e| format!("is not UTF-8: byte {} is none", e.utf8_error().valid_up_to())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(format!("cannot be read: {e}")),
        };
        Self { shown: path.display().to_string(), text, mode }
    }

    /// Its text, if it has one.
    pub fn text(&self) -> Option<&str> {
        self.text.as_ref().ok().and_then(Option::as_deref)
    }
}

/// What the definition is.
#[derive(Debug, Clone)]
pub enum Form {
    /// There is none.
    Missing,
    /// Not even TOML: where, and why.
    NotToml(usize, String),
    /// TOML with keys or values that mean nothing: where, and why.
    Misread(usize, String),
    /// A format of another time.
    Foreign(String),
    /// A schedule that is none: why, and the rest.
    NoSchedule(String, Option<Box<Spec>>),
    /// A definition.
    Read(Box<Spec>),
}

/// One loop, as it is now.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The name of its files.
    pub name: String,
    /// Whether it is compiled in.
    pub shipped: bool,
    /// `ID.toml`
    pub definition: Document,
    /// `ID.md`
    pub runbook: Document,
    /// `local.fleet.ID.plist`, where one is looked at.
    pub plist: Option<Document>,
    /// Its recorded worlds; none for what is compiled in.
    pub fixtures: Option<Vec<Fixture>>,
    /// Who may write the folder.
    pub folder_mode: Option<u32>,
    /// Where its keys stand.
    pub places: Places,
    /// Its keys, unread.
    pub table: toml::Table,
    /// What the definition is.
    pub form: Form,
    /// What its author excuses.
    pub waivers: Vec<Waiver>,
    /// What the other loops are compared with.
    pub alike: Alike,
}

impl Subject {
    /// Reads `definition` as far as it reads.
    pub fn new(name: impl Into<String>, definition: Document, runbook: Document) -> Self {
        let text = definition.text().unwrap_or_default();
        let places = Places::of(text);
        let (table, form) = match &definition.text {
            Ok(None) => (toml::Table::new(), Form::Missing),
            Ok(Some(text)) => formed(text, &places),
            Err(why) => (toml::Table::new(), Form::NotToml(1, why.clone())),
        };
        let waivers = waiver::read(text, &places);
        let name = name.into();
        let mut subject = Self {
            name,
            shipped: false,
            definition,
            runbook,
            plist: None,
            fixtures: None,
            folder_mode: None,
            places,
            table,
            form,
            waivers,
            alike: Alike::default(),
        };
        subject.alike = Alike::of(&subject);
        subject
    }

    /// Its id, if the name is one.
    pub fn id(&self) -> Option<LoopId> {
        LoopId::parse(&self.name).ok()
    }

    /// The definition, if it is one. Its schedule may be none: see [`Subject::schedule`].
    pub fn spec(&self) -> Option<&Spec> {
        match &self.form {
            Form::Read(spec) => Some(spec),
            Form::NoSchedule(_, rest) => rest.as_deref(),
            Form::Missing | Form::NotToml(..) | Form::Misread(..) | Form::Foreign(_) => None,
        }
    }

    /// The schedule, if it is one.
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.form {
            Form::Read(spec) => Some(&spec.schedule),
            Form::Missing
            | Form::NotToml(..)
            | Form::Misread(..)
            | Form::Foreign(_)
            | Form::NoSchedule(..) => None,
        }
    }

    /// The runbook's text; nothing if it is missing.
    pub fn page(&self) -> &str {
        self.runbook.text().unwrap_or_default()
    }

    /// A hit at a key of the definition.
    pub fn hit(&self, path: &str, message: impl Into<String>) -> Hit {
        Hit { file: File::Definition, line: self.places.line(path), message: message.into() }
    }

    /// Where a file is, for people.
    pub fn shown(&self, file: File) -> &str {
        match file {
            File::Definition => &self.definition.shown,
            File::Runbook => &self.runbook.shown,
            File::Plist => self.plist.as_ref().map_or("", |plist| &plist.shown),
        }
    }
}

fn formed(text: &str, places: &Places) -> (toml::Table, Form) {
    let line = |e: &toml::de::Error| e.span().map_or(1, |span| places.at(span.start));
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(e) => return (toml::Table::new(), Form::NotToml(line(&e), e.message().to_owned())),
    };
    if let Some(format) = table.get("format").filter(|format| format.as_integer() != Some(1)) {
        let form = Form::Foreign(format.to_string());
        return (table, form);
    }
    if let Some(e) = Spec::misread(text) {
        return (table, Form::Misread(line(&e), e.message().to_owned()));
    }
    match Spec::parse(text) {
        Ok(spec) => (table, Form::Read(Box::new(spec))),
        Err(e) => {
            // Any clock will do: rules about the schedule see that there is none.
            let when = When::Every(Every { minutes: 60, offset: 0 });
            let rest = Spec::scheduled(text, Schedule::of(when));
            (table, Form::NoSchedule(e.to_string(), rest.map(Box::new)))
        }
    }
}
