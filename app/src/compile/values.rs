//! Pipeline values, as people ask for them.

use config::Value;
use serde_json::Map;
use store::pipeline::Pipeline;

use super::inputs;

/// The values that a pipeline's configuration sees, and its parameters as they were given (`pipeline.parameters.…`), by name.
/// What is undefined has no value and is left out.
pub fn values(pipeline: &Pipeline) -> Map<String, serde_json::Value> {
    let inputs = inputs::of(pipeline);
    let parameters = inputs.parameters.into_iter().map(|(name, value)| (format!("pipeline.parameters.{name}"), value));
    let literal = |(name, value)| {
        let value = match value {
            Value::Undefined => return None,
            Value::Bool(value) => value.into(),
            Value::Int(value) => value.into(),
            Value::String(value) => value.into(),
        };
        Some((name, value))
    };
    inputs.values.into_iter().chain(parameters).filter_map(literal).collect()
}
