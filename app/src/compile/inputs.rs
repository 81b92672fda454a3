//! What a pipeline's row brings to its configuration.

use std::collections::BTreeMap;

use config::{Inputs, Value};
use store::pipeline::Pipeline;

/// The pipeline's values and parameters, as the compiler wants them.
pub(super) fn of(pipeline: &Pipeline) -> Inputs {
    let mut inputs = Inputs::new(pipeline.git_ref.clone());
    inputs.values = literals(&pipeline.values);
    let mut set = |name: &str, value: Value| {
        inputs.values.insert(name.to_owned(), value);
    };
    set("pipeline.id", pipeline.id.to_string().into());
    set("pipeline.number", Value::Int(i64::try_from(pipeline.number).unwrap_or(i64::MAX)));
    set("pipeline.git.revision", pipeline.sha.to_string().into());
    set("pipeline.git.branch", pipeline.git_ref.branch().into());
    set("pipeline.git.tag", pipeline.git_ref.tag().into());
    set("pipeline.trigger_source", pipeline.trigger.name().into());
    set("pipeline.project.slug", pipeline.slug.to_string().into());
    set("pipeline.project.type", pipeline.slug.vcs.long().into());
    inputs.parameters = literals(&pipeline.parameters);
    inputs
}

/// The members of an object that are literals. Rows hold nothing else; what is neither is undefined.
fn literals(object: &serde_json::Value) -> BTreeMap<String, Value> {
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
