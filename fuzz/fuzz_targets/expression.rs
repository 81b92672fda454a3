//! Any text as an expression.
#![no_main]

use config::{ExpressionErrorKind, Value, evaluate};
use config_fuzz::push;
use libfuzzer_sys::fuzz_target;

/// The longest text that `push` brings along.
const LONGEST_VALUE: usize = 32;

fuzz_target!(|text: &str| {
    let mut inputs = push("main");
    inputs.parameters.insert("given".to_owned(), Value::from("yes"));
    let first = evaluate(text, &inputs);
    assert_eq!(first, evaluate(text, &inputs), "evaluated twice, two answers");
    match first {
        Ok(Value::String(value)) => assert!(value.len() <= text.len().max(LONGEST_VALUE), "the value grows"),
        Ok(Value::Undefined | Value::Bool(_) | Value::Int(_)) => {}
        Err(error) => {
            assert!(!error.message.is_empty());
            let place = text.get(error.start..error.end);
            assert_eq!(place, Some(error.token.as_str()), "the error points nowhere: {error:?}");
            match error.kind {
                ExpressionErrorKind::Syntax
                | ExpressionErrorKind::UnknownName
                | ExpressionErrorKind::Type
                | ExpressionErrorKind::Pattern => drop(error.to_string()),
            }
        }
    }
});
