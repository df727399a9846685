//! A tool is written against its own argument type; the rest of fleet sees the same tool erased.

use super::Card;
use crate::call::{Happened, Malformed, Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Arguments that a tool does not take, or that do not say what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Missing, unknown or of the wrong type.
    #[error("{0}")]
    Args(String),
    /// A value that cannot be what it claims to be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Arguments bound to a tool's types, with defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound(Value);

impl Bound {
    /// As JSON, for the digest, the log and the approver.
    pub const fn json(&self) -> &Value {
        &self.0
    }
}

/// A tool, as it is written.
pub trait Typed: Sync {
    /// Its arguments. `deny_unknown_fields` is what makes a misspelt one an error.
    type Args: DeserializeOwned + Serialize + JsonSchema;

    /// Its card.
    const CARD: Card;

    /// What it wants.
    ///
    /// # Errors
    /// [`Unclear`] if the arguments do not say.
    fn plan(args: Self::Args) -> Result<Vec<Wanted>, Unclear>;

    /// Its result, from what happened, one for each thing wanted.
    fn report(args: Self::Args, happened: &[Happened]) -> Value;
}

/// A tool, as it is used.
pub trait Tool: Sync {
    /// Its card.
    fn card(&self) -> &'static Card;

    /// The JSON schema of its arguments.
    fn schema(&self) -> Value;

    /// Binds `raw` to its types.
    ///
    /// # Errors
    /// [`Unclear::Args`] names the argument.
    fn bind(&self, raw: &Value) -> Result<Bound, Unclear>;

    /// What it wants done for these arguments.
    ///
    /// # Errors
    /// [`Unclear`] if the arguments do not say.
    fn plan(&self, args: &Bound) -> Result<Vec<Wanted>, Unclear>;

    /// Its result, from what happened.
    fn report(&self, args: &Bound, happened: &[Happened]) -> Value;
}

impl<T: Typed> Tool for T {
    fn card(&self) -> &'static Card {
        const { &T::CARD }
    }

    fn schema(&self) -> Value {
        let mut settings = schemars::generate::SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        let mut schema = settings.into_generator().into_root_schema_for::<T::Args>().to_value();
        if let Some(members) = schema.as_object_mut() {
            members.remove("title");
            members.remove("$schema");
        }
        plain(&mut schema);
        schema
    }

    fn bind(&self, raw: &Value) -> Result<Bound, Unclear> {
        let args: T::Args = read(raw)?;
        serde_json::to_value(args).map(Bound).map_err(|e| Unclear::Args(e.to_string()))
    }

    fn plan(&self, args: &Bound) -> Result<Vec<Wanted>, Unclear> {
        T::plan(read(&args.0)?)
    }

    fn report(&self, args: &Bound, happened: &[Happened]) -> Value {
        // INVARIANT: `args` was bound by this tool, so it reads again.
        read(&args.0).map_or(Value::Null, |args| T::report(args, happened))
    }
}

/// The plain shape that every client takes: a closed list of words is an `enum`, not a choice of
/// schemas, and an argument without a default has none, not `null`.
fn plain(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        if members.get("default").is_some_and(Value::is_null) {
            members.remove("default");
        }
        if let Some(choices) = members.remove("oneOf") {
            let words = choices.as_array().into_iter().flatten();
            let words =
                words.flat_map(|c| c.get("const").cloned().or_else(|| c.get("enum")?.get(0).cloned()));
            members.insert("enum".into(), words.collect());
            members.insert("type".into(), "string".into());
        }
        members.values_mut().for_each(plain);
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(plain);
    }
}

fn read<A: DeserializeOwned>(raw: &Value) -> Result<A, Unclear> {
    if !raw.is_object() {
        return Err(Unclear::Args("the arguments must be one JSON object".into()));
    }
    serde_path_to_error::deserialize(raw).map_err(|e| {
        let at = e.path().to_string();
        let what = e.into_inner();
        Unclear::Args(if at == "." { what.to_string() } else { format!("{at}: {what}") })
    })
}
