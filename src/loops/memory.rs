//! What a loop remembers between runs.

use super::spec::{MemoryKind, Spec};
use super::store::{self, Store};
use serde_json::{Map, Value};
use std::io;

/// All states of a loop, by name, then by key.
pub fn load(store: &Store, spec: &Spec) -> io::Result<Map<String, Value>> {
    let mut kept: Map<String, Value> = store::read(&store.memory())?.unwrap_or_default();
    Ok(spec
        .state
        .keys()
        .map(|name| {
            let value = kept.remove(name).filter(Value::is_object);
            (name.clone(), value.unwrap_or_else(|| Value::Object(Map::new())))
        })
        .collect())
}

/// Puts `entries` into the state `name`.
pub fn commit(memory: &mut Map<String, Value>, spec: &Spec, name: &str, entries: Vec<(String, Value)>) {
    let Some(state) = spec.state.get(name) else { return };
    let old = memory.remove(name).and_then(|v| v.as_object().cloned()).unwrap_or_default();
    let mut next = match state.kind {
        MemoryKind::Snapshot => Map::new(),
        MemoryKind::Cursor => old,
    };
    for (key, value) in entries {
        next.insert(key, value);
    }
    while next.len() > state.max {
        let Some(first) = next.keys().next().cloned() else { break };
        next.remove(&first);
    }
    memory.insert(name.to_owned(), Value::Object(next));
}
