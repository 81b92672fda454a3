//! Pipeline parameters as callers give them. Whether a configuration declares them is the compiler's to say, once it has
//! the configuration.

use serde_json::{Map, Value};

use super::TriggerError;

/// The most parameters, and the longest names and values, in characters: CircleCI's limits.
const MOST: usize = 100;
const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 512;

/// Checks that every value is a literal, and that there is not too much of anything.
pub(super) fn check(parameters: &Map<String, Value>) -> Result<(), TriggerError> {
    if parameters.len() > MOST {
        return Err(TriggerError::refused(format!(
            "there are {} pipeline parameters: give at most {MOST}",
            parameters.len()
        )));
    }
    for (name, value) in parameters {
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(TriggerError::refused(format!(
                "the name of a pipeline parameter has from 1 to {LONGEST_NAME} characters"
            )));
        }
        let refused = |why: &str| TriggerError::refused(format!("the pipeline parameter `{name}` {why}"));
        match value {
            Value::String(text) if text.chars().count() > LONGEST_VALUE => {
                return Err(refused(&format!("is longer than {LONGEST_VALUE} characters")));
            }
            Value::Number(number) if number.as_i64().is_none() => {
                return Err(refused("is a number, but not an integer"));
            }
            Value::String(_) | Value::Bool(_) | Value::Number(_) => {}
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(refused("must be a string, a boolean or an integer"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;

    #[test]
    fn literals_within_limits_pass() {
        let said = |parameters: serde_json::Value| {
            check(parameters.as_object().expect("an object")).map_err(|error| error.to_string())
        };
        assert_eq!(said(json!({ "a": "text", "b": true, "c": -3 })), Ok(()));
        assert_eq!(
            said(json!({ "a": null })),
            Err("the pipeline parameter `a` must be a string, a boolean or an integer".to_owned())
        );
        assert_eq!(
            said(json!({ "a": 1.5 })),
            Err("the pipeline parameter `a` is a number, but not an integer".to_owned())
        );
        assert_eq!(
            said(json!({ "a": "x".repeat(513) })),
            Err("the pipeline parameter `a` is longer than 512 characters".to_owned())
        );
    }
}
