//! Expressions: what stands between `<<` and `>>`, and in `when`, `unless` and `filters`.

mod error;
mod eval;
mod names;
mod parse;
mod pattern;
mod template;
mod token;
mod value;

pub use error::{ExpressionError, ExpressionErrorKind};
pub(crate) use eval::{UnknownName, eval};
pub(crate) use names::{is_known_pipeline_value, known_pipeline_values};
pub(crate) use parse::{Expression, ExpressionKind, parse};
pub(crate) use pattern::Pattern;
pub(crate) use template::{Piece, Template, TemplateCode};
pub use value::Value;
