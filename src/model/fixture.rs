//! What unit tests about questions begin with.

use crate::call::{Prompt, StepKind};

/// A question with this input.
pub fn prompt(kind: StepKind, input: &str) -> Prompt {
    Prompt {
        kind,
        instructions: "sort it".into(),
        input: input.into(),
        schema: None,
        options: Vec::new(),
        grounded: Vec::new(),
        max_tokens: 256,
        seed: 1,
        temperature: 0,
        min_confidence: None,
        cut: false,
    }
}

/// One with two options.
pub fn choice(kind: StepKind, input: &str) -> Prompt {
    Prompt { options: ["bill", "spam"].map(str::to_owned).to_vec(), ..prompt(kind, input) }
}
