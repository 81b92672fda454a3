//! Pipeline values and parameters, from a pipeline's row into the compiler's words: for its configuration, and for the
//! restrictions of contexts.

use std::collections::BTreeMap;

use config::Value;
use store::pipeline::Pipeline;

/// Literals by name.
pub type Literals = BTreeMap<String, Value>;

/// The values of a pipeline: what its trigger gave, and what its row tells.
pub fn of(pipeline: &Pipeline) -> Literals {
    let mut values = literals(&pipeline.values);
    let mut set = |name: &str, value: Value| {
        values.insert(name.to_owned(), value);
    };
    set("pipeline.id", pipeline.id.to_string().into());
    set("pipeline.number", Value::Int(i64::try_from(pipeline.number).unwrap_or(i64::MAX)));
    set("pipeline.git.revision", pipeline.sha.to_string().into());
    set("pipeline.git.branch", pipeline.git_ref.branch().into());
    set("pipeline.git.tag", pipeline.git_ref.tag().into());
    set("pipeline.project.slug", pipeline.slug.to_string().into());
    set("pipeline.project.type", pipeline.slug.vcs.long().into());
    values.entry("pipeline.trigger_source".to_owned()).or_insert_with(|| pipeline.trigger.name().into());
    values
}

/// The members of an object that are literals. Rows hold nothing else; what is neither is undefined.
pub fn literals(object: &serde_json::Value) -> Literals {
    let members = object.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::Bool(value) => Value::Bool(*value),
                serde_json::Value::Number(number) => match number.as_i64() {
                    Some(number) => Value::Int(number),
                    None => Value::String(number.to_string()),
                },
                serde_json::Value::String(text) => Value::String(text.clone()),
                serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                    Value::Undefined
                }
            };
            (name.clone(), value)
        })
        .collect()
}
