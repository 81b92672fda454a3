//! The value of an expression.

use super::parse::{Expression, ExpressionKind};
use super::pattern::Pattern;
use super::token::Operator;
use super::{ExpressionError, ExpressionErrorKind, Value};

/// Why a name has no value.
pub(crate) struct UnknownName {
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

/// Evaluates an expression; `lookup` gives the values of names.
pub(crate) fn eval(
    text: &str,
    expression: &Expression,
    lookup: &dyn Fn(&str) -> Result<Value, UnknownName>,
) -> Result<Value, ExpressionError> {
    let place = expression.start..expression.end;
    match &expression.kind {
        ExpressionKind::Name(name) => lookup(name).map_err(|UnknownName { message, help }| {
            ExpressionError::new(ExpressionErrorKind::UnknownName, text, place, message).help(help)
        }),
        ExpressionKind::Text(value) => Ok(Value::String(value.clone())),
        ExpressionKind::Int(value) => Ok(Value::Int(*value)),
        ExpressionKind::Bool(value) => Ok(Value::Bool(*value)),
        ExpressionKind::Not(operand) => Ok(Value::Bool(!eval(text, operand, lookup)?.is_truthy())),
        ExpressionKind::And(left, right) => {
            let value = eval(text, left, lookup)?;
            if value.is_truthy() { eval(text, right, lookup) } else { Ok(value) }
        }
        ExpressionKind::Or(left, right) => {
            let value = eval(text, left, lookup)?;
            if value.is_truthy() { Ok(value) } else { eval(text, right, lookup) }
        }
        ExpressionKind::Matches(operand, pattern) => {
            let compiled = Pattern::new(pattern).map_err(|message| {
                ExpressionError::new(
                    ExpressionErrorKind::Pattern,
                    text,
                    place,
                    format!("the pattern cannot be read: {message}"),
                )
            })?;
            match eval(text, operand, lookup)? {
                Value::Undefined => Ok(Value::Undefined),
                Value::String(value) => Ok(Value::Bool(compiled.matches(&value))),
                other @ (Value::Bool(_) | Value::Int(_)) => {
                    Err(operand_error(text, operand, "matches", "a text", &other))
                }
            }
        }
        ExpressionKind::Compare(operator, left, right) => {
            let (left_value, right_value) = (eval(text, left, lookup)?, eval(text, right, lookup)?);
            compare(text, *operator, (left, left_value), (right, right_value))
        }
    }
}

type Operand<'a> = (&'a Expression, Value);

fn compare(text: &str, operator: Operator, left: Operand<'_>, right: Operand<'_>) -> Result<Value, ExpressionError> {
    if left.1 == Value::Undefined || right.1 == Value::Undefined {
        return Ok(Value::Undefined);
    }
    let result = match operator {
        Operator::Equal => left.1 == right.1,
        Operator::NotEqual => left.1 != right.1,
        Operator::StartsWith => texts(text, operator, left, right, |left, right| left.starts_with(right))?,
        Operator::Contains => texts(text, operator, left, right, |left, right| left.contains(right))?,
        Operator::AtLeast => numbers(text, operator, left, right, |left, right| left >= right)?,
        Operator::Above => numbers(text, operator, left, right, |left, right| left > right)?,
        Operator::AtMost => numbers(text, operator, left, right, |left, right| left <= right)?,
        Operator::Below => numbers(text, operator, left, right, |left, right| left < right)?,
    };
    Ok(Value::Bool(result))
}

fn texts(
    text: &str,
    operator: Operator,
    left: Operand<'_>,
    right: Operand<'_>,
    test: impl FnOnce(&str, &str) -> bool,
) -> Result<bool, ExpressionError> {
    match (left, right) {
        ((_, Value::String(left)), (_, Value::String(right))) => Ok(test(&left, &right)),
        ((_, Value::String(_)), (place, other)) | ((place, other), _) => {
            Err(operand_error(text, place, operator.text(), "texts", &other))
        }
    }
}

fn numbers(
    text: &str,
    operator: Operator,
    left: Operand<'_>,
    right: Operand<'_>,
    test: impl FnOnce(i64, i64) -> bool,
) -> Result<bool, ExpressionError> {
    match (left, right) {
        ((_, Value::Int(left)), (_, Value::Int(right))) => Ok(test(left, right)),
        ((_, Value::Int(_)), (place, other)) | ((place, other), _) => {
            Err(operand_error(text, place, operator.text(), "numbers", &other))
        }
    }
}

fn operand_error(text: &str, place: &Expression, operator: &str, takes: &str, value: &Value) -> ExpressionError {
    let message = format!("`{operator}` takes {takes}; this is a value of type {}", value.type_name());
    ExpressionError::new(ExpressionErrorKind::Type, text, place.start..place.end, message)
}
