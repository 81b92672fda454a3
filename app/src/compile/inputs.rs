//! What a pipeline's row brings to its configuration.

use std::collections::BTreeMap;

use config::{Declared, Inputs, Source, Value};
use store::pipeline::Pipeline;

/// Literals by name.
pub(super) type Parameters = BTreeMap<String, Value>;

/// The pipeline's values and parameters, as the compiler wants them.
pub fn of(pipeline: &Pipeline) -> Inputs {
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
    set("pipeline.project.slug", pipeline.slug.to_string().into());
    set("pipeline.project.type", pipeline.slug.vcs.long().into());
    inputs.values.entry("pipeline.trigger_source".to_owned()).or_insert_with(|| pipeline.trigger.name().into());
    inputs.parameters = literals(&pipeline.parameters);
    inputs
}

/// The parameters of a continued pipeline: those of its trigger that the new configuration declares, and over them those
/// that came with it. (What the trigger gave for the setup alone is no mistake.)
pub(super) fn continued(triggered: &serde_json::Value, given: &serde_json::Value, source: &Source) -> Parameters {
    let declared = declared(source).parameters;
    let mut parameters = literals(triggered);
    parameters.retain(|name, _| declared.contains_key(name));
    parameters.extend(literals(given));
    parameters
}

/// Defaults of parameters, as rows hold them.
pub(super) fn defaults(source: &Source) -> serde_json::Value {
    let literal = |value: Value| match value {
        Value::Undefined => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::String(value) => value.into(),
    };
    let declared = declared(source).parameters;
    declared.into_iter().map(|(name, default)| (name, literal(default))).collect::<serde_json::Map<_, _>>().into()
}

/// What a configuration says of itself. One that makes the compiler panic says nothing: compiling it tells.
pub(super) fn declared(source: &Source) -> Declared {
    std::panic::catch_unwind(|| config::declared(source)).ok().flatten().unwrap_or_default()
}

/// The members of an object that are literals. Rows hold nothing else; what is neither is undefined.
fn literals(object: &serde_json::Value) -> Parameters {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_continuation_has_the_parameters_that_it_declares() {
        let source = Source::new(
            "config.yml",
            "version: 2.1\nparameters:\n  a: {type: string, default: x}\n  b: {type: integer, default: 1}\nworkflows: {}\n",
        );
        let parameters = continued(&json!({ "a": "trigger", "setup-only": true }), &json!({ "b": 2 }), &source);
        let parameters: Vec<_> = parameters.into_iter().collect();
        assert_eq!(parameters, [("a".to_owned(), "trigger".into()), ("b".to_owned(), Value::Int(2))]);
        // What came with it and is not declared is a mistake, which the compiler reports.
        let parameters = continued(&json!({}), &json!({ "unknown": 2 }), &source);
        assert!(parameters.contains_key("unknown"));
        assert_eq!(defaults(&source), json!({ "a": "x", "b": 1 }));
    }
}
