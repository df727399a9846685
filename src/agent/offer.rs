//! What a plan may be made of: tools, each with the shape of its arguments.

use crate::call::Risk;
use crate::tools::{TOOLS, Tool};
use serde_json::Value;

/// Longest text that a model gives as an argument.
const TEXT: u64 = 500;
/// Longest list.
const ITEMS: u64 = 16;

/// A tool that is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its name.
    pub tool: String,
    /// What it does, in a clause.
    pub about: String,
    /// The schema of its arguments.
    pub args: Value,
}

/// The tools of these families. A tool that is never allowed is never offered, nor is the model itself.
pub fn offers(families: &[String]) -> Vec<Offer> {
    let wanted = |tool: &&&dyn Tool| {
        let card = tool.card();
        card.family != "llm"
            && card.risk < Risk::Critical
            && families.iter().any(|family| family == card.family)
    };
    TOOLS.iter().filter(wanted).map(|tool| offer(*tool)).collect()
}

fn offer(tool: &dyn Tool) -> Offer {
    let card = tool.card();
    let about = card.about.split(['.', ':']).next().unwrap_or_default().to_owned();
    let mut args = tool.schema();
    bounded(&mut args);
    Offer { tool: card.name.to_owned(), about, args }
}

/// Without what only people read, and with an end to every text and list.
fn bounded(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    members.retain(|name, _| !matches!(name.as_str(), "description" | "default" | "examples" | "title"));
    let kind = members.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let free = !members.contains_key("enum") && !members.contains_key("const");
    match kind.as_str() {
        "string" if free => drop(members.entry("maxLength").or_insert(TEXT.into())),
        "array" => drop(members.entry("maxItems").or_insert(ITEMS.into())),
        _ => {}
    }
    if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(bounded);
    }
    members.get_mut("items").into_iter().for_each(bounded);
}

/// The schema of a plan, as text: why before what, and of each tool its own arguments.
pub fn schema(offers: &[Offer], steps: u32) -> String {
    let step = |offer: &Offer| {
        let tool = Value::from(offer.tool.as_str());
        format!(
            "{{\"type\":\"object\",\"properties\":{{\"why\":{{\"type\":\"string\",\"maxLength\":120}},\
             \"tool\":{{\"const\":{tool}}},\"args\":{}}},\"required\":[\"why\",\"tool\",\"args\"],\
             \"additionalProperties\":false}}",
            offer.args
        )
    };
    let all: Vec<_> = offers.iter().map(step).collect();
    // One shape is no choice between shapes.
    let item = match all.as_slice() {
        [one] => one.clone(),
        _ => format!("{{\"oneOf\":[{}]}}", all.join(",")),
    };
    format!(
        "{{\"type\":\"object\",\"properties\":{{\"steps\":{{\"type\":\"array\",\"items\":{item},\"maxItems\":{steps}}}}},\
         \"required\":[\"steps\"],\"additionalProperties\":false}}"
    )
}

/// Families that there are.
#[cfg(test)]
fn families() -> Vec<String> {
    let all: std::collections::BTreeSet<_> = TOOLS.iter().map(|t| t.card().family.to_owned()).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Schema;
    use serde_json::json;

    #[test]
    fn every_tool_can_be_planned_and_the_model_is_none_of_them() {
        let all = offers(&families());
        assert!(all.len() > 30 && !all.iter().any(|o| o.tool.starts_with("llm_")));
        for offer in &all {
            let text = schema(std::slice::from_ref(offer), 3);
            let parsed = Schema::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", offer.tool));
            let example: Value =
                serde_json::from_str(crate::tools::find(&offer.tool).unwrap().card().example).unwrap();
            let plan = json!({"steps": [{"why": "x", "tool": offer.tool, "args": example}]});
            assert_eq!(parsed.check(&plan), Ok(()), "{}", offer.tool);
        }
    }

    #[test]
    fn a_plan_is_of_what_was_offered() {
        let some = offers(&["files".to_owned()]);
        let parsed = Schema::parse(&schema(&some, 2)).unwrap();
        let step = |tool: &str| json!({"why": "", "tool": tool, "args": {"path": "/x"}});
        let plan = |steps: &[Value]| parsed.check(&json!({"steps": steps}));
        assert_eq!(plan(&[step("files_read")]), Ok(()));
        assert!(plan(&[step("shell_run")]).is_err() && plan(&[step("llm_generate")]).is_err());
        assert!(plan(&[step("files_read"), step("files_read"), step("files_read")]).is_err());
        assert!(offers(&["none".to_owned()]).is_empty());
    }
}
