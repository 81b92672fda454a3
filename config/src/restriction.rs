//! Expressions that restrict contexts: the language of conditions, with stricter rules about what is unknown.

use crate::expr::{self, Expression, ExpressionKind, UnknownName};
use crate::{ExpressionError, Inputs, Value};

/// Whether an expression restriction of a context is met. As documented for them, and unlike elsewhere, a name without a
/// value is an error, as is any other mistake: the caller keeps the context from the job. Everything but `false` counts as
/// true. Names are the values of `inputs`; its parameters are no names here.
///
/// # Errors
/// An [`ExpressionError`] with the kind of mistake and its place in the expression.
pub fn restriction_holds(expression: &str, inputs: &Inputs) -> Result<bool, ExpressionError> {
    let tree = expr::parse(expression)?;
    let lookup = |name: &str| match inputs.values.get(name) {
        Some(value) if *value != Value::Undefined => Ok(value.clone()),
        Some(_) | None => Err(UnknownName { message: format!("`{name}` has no value here"), help: None }),
    };
    holds(expression, &tree, &lookup)
}

/// Checks that an expression can be read at all.
///
/// # Errors
/// An [`ExpressionError`] with the place of the mistake.
pub fn check_restriction(expression: &str) -> Result<(), ExpressionError> {
    expr::parse(expression).map(drop)
}

fn holds(
    text: &str,
    expression: &Expression,
    lookup: &dyn Fn(&str) -> Result<Value, UnknownName>,
) -> Result<bool, ExpressionError> {
    match &expression.kind {
        ExpressionKind::And(left, right) => Ok(holds(text, left, lookup)? && holds(text, right, lookup)?),
        ExpressionKind::Or(left, right) => Ok(holds(text, left, lookup)? || holds(text, right, lookup)?),
        ExpressionKind::Not(operand) => Ok(!holds(text, operand, lookup)?),
        ExpressionKind::Name(_)
        | ExpressionKind::Text(_)
        | ExpressionKind::Int(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::Matches(..)
        | ExpressionKind::Compare(..) => Ok(expr::eval(text, expression, lookup)? != Value::Bool(false)),
    }
}
