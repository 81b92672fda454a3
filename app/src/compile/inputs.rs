//! What a pipeline's row brings to its configuration.

use config::{Declared, Inputs, Source, Value};
use store::pipeline::Pipeline;

use crate::value::{self, Literals, literals};

/// The pipeline's values and parameters, as the compiler wants them.
pub fn of(pipeline: &Pipeline) -> Inputs {
    let mut inputs = Inputs::new(pipeline.git_ref.clone());
    inputs.values = value::of(pipeline);
    inputs.parameters = literals(&pipeline.parameters);
    inputs
}

/// The parameters of a continued pipeline: those of its trigger that the new configuration declares, and over them those
/// that came with it. (What the trigger gave for the setup alone is no mistake.)
pub(super) fn continued(triggered: &serde_json::Value, given: &serde_json::Value, source: &Source) -> Literals {
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

/// The pipeline parameters that a configuration declares, with their defaults; none where it cannot be read.
pub fn declared_parameters(text: &str) -> Literals {
    declared(&Source::new(".circleci/config.yml", text)).parameters
}

/// What a configuration says of itself. One that makes the compiler panic says nothing: compiling it tells.
pub(super) fn declared(source: &Source) -> Declared {
    std::panic::catch_unwind(|| config::declared(source)).ok().flatten().unwrap_or_default()
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
