//! Expressions: what stands between `<<` and `>>`, and in `when`, `unless` and `filters`.

mod value;

pub use value::Value;
