//! JUnit XML: what test programs write, in all their dialects, as cases.
//!
//! The text comes from a job, so nothing in it is trusted: no document types, no entities but XML's own five, bounded depth,
//! number and length. Nothing in it is ever fetched.

mod case;
mod parse;
#[cfg(test)]
mod tests;

pub use parse::{JunitError, parse};
