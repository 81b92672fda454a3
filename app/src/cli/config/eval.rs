//! `roundhouse config eval`: one expression.

use std::path::PathBuf;

use clap::Args;
use config::{ExpressionError, Inputs, Value};
use serde_json::json;

use super::{
    Format,
    input::{parameter, read_values, split_parameters},
};
use crate::cli::Exit;

/// Evaluates an expression, and prints its value as JSON; `null` is undefined.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config eval 'pipeline.git.branch == \"main\"' --values values.json\n\nExit code 1 \
                  when the expression is wrong; the message says its kind and place."
)]
pub struct Eval {
    /// The expression, as in `when` or between `<<` and `>>`.
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// A JSON object of pipeline values, such as {"pipeline.git.branch": "main"}.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// A pipeline parameter.
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Value)>,
    /// How to report mistakes.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Eval {
    pub(super) fn execute(self) -> anyhow::Result<Exit> {
        let Self { expression, values, parameters, format } = self;
        let mut inputs = Inputs::branch("main");
        // Nothing was pushed: unless the values say it, there is no branch and no tag.
        for name in ["pipeline.git.branch", "pipeline.git.tag"] {
            inputs.values.insert(name.to_owned(), Value::Undefined);
        }
        if let Some(path) = values {
            inputs.values.extend(read_values(&path)?);
        }
        split_parameters(&mut inputs);
        inputs.parameters.extend(parameters);
        match config::evaluate(&expression, &inputs) {
            Ok(value) => {
                println!("{}", serde_json::to_string(&value)?);
                Ok(Exit::Done)
            }
            Err(error) => {
                match format {
                    Format::Json => println!("{}", to_json(&error)),
                    Format::Text => eprintln!("{}", to_text(&expression, &error)),
                }
                Ok(Exit::Failed)
            }
        }
    }
}

fn to_json(error: &ExpressionError) -> serde_json::Value {
    let ExpressionError { kind, message, token, start, end, help } = error;
    json!({ "error": { "kind": kind.name(), "message": message, "token": token, "start": start, "end": end, "help": help } })
}

/// The message, and the place below the expression.
fn to_text(expression: &str, error: &ExpressionError) -> String {
    let mut text = format!("error: {error}\n");
    if !expression.contains('\n') {
        let before = expression.get(..error.start).unwrap_or_default().chars().count();
        let wide = expression.get(error.start..error.end).unwrap_or_default().chars().count().max(1);
        text += &format!("  {expression}\n  {}{}\n", " ".repeat(before), "^".repeat(wide));
    }
    if let Some(help) = &error.help {
        text += &format!("help: {help}\n");
    }
    text.trim_end().to_owned()
}
