//! A tool's card: what it is, and the most it can do.

use crate::call::Risk;
use serde::Serialize;

/// What a tool does to the world, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectClass {
    /// Looks.
    Read,
    /// Changes this machine or an own account, and can be undone.
    LocalChange,
    /// Deletes, or runs what fleet cannot judge.
    Destructive,
    /// Reaches somebody else, who cannot be made to forget it.
    ExternalSend,
}

/// The card of one tool. Its risk decides exposure; a call is judged by the stricter of card and
/// effects, so that a card which understates changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name, as callers write it.
    pub name: &'static str,
    /// The family it is listed under.
    pub family: &'static str,
    /// The most it can do.
    pub risk: Risk,
    /// What it does to the world, at most.
    pub effect: EffectClass,
    /// One sentence for a person or a model that chooses a tool.
    pub about: &'static str,
    /// How it is undone, or that it cannot be.
    pub undo: &'static str,
    /// Arguments logged and shown by length and hash.
    pub bulk: &'static [&'static str],
    /// A program it cannot do without.
    pub needs: Option<&'static str>,
    /// Arguments of a sensible call, as JSON.
    pub example: &'static str,
}
