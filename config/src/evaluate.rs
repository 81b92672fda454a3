//! Expressions on their own.

use crate::diagnostic::suggest::did_you_mean;
use crate::expr::{self, UnknownName, is_known_pipeline_value, known_pipeline_values};
use crate::{ExpressionError, Inputs, Value};

/// Evaluates an expression. Names are the pipeline values and pipeline parameters of `inputs`; a documented pipeline value
/// that is absent is undefined.
///
/// # Errors
/// An [`ExpressionError`] with the kind of mistake and its place in the expression.
pub fn evaluate(expression: &str, inputs: &Inputs) -> Result<Value, ExpressionError> {
    let tree = expr::parse(expression)?;
    expr::eval(expression, &tree, &|name| lookup(name, inputs))
}

fn lookup(name: &str, inputs: &Inputs) -> Result<Value, UnknownName> {
    if let Some(value) = inputs.values.get(name) {
        return Ok(value.clone());
    }
    if let Some(value) = name.strip_prefix("pipeline.parameters.").and_then(|name| inputs.parameters.get(name)) {
        return Ok(value.clone());
    }
    match name {
        "pipeline.git.branch" => return Ok(inputs.git_ref.branch().into()),
        "pipeline.git.tag" => return Ok(inputs.git_ref.tag().into()),
        _ if is_known_pipeline_value(name) => return Ok(Value::Undefined),
        _ => {}
    }
    let mut names: Vec<&str> = inputs.values.keys().map(String::as_str).collect();
    for known in known_pipeline_values() {
        names.push(known);
    }
    let help = did_you_mean(name, names);
    Err(UnknownName { message: format!("there is no value `{name}`"), help })
}
