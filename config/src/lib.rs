//! The configuration language: text to plan, a pure function.
//!
//! [`compile`] takes a configuration, what the pipeline brings to it ([`Inputs`]) and the orbs that the caller has
//! ([`Orbs`]), and makes the workflows to run. It does no I/O: orbs that it lacks are returned
//! ([`Refusal::NeedsOrbs`]) for the caller to fetch. What is wrong is reported all at once, each finding with its place
//! and what to do ([`Diagnostic`]).
//!
//! The phases, in order:
//!
//! | phase | from | to |
//! | --- | --- | --- |
//! | `yaml` | text | nodes that know their place |
//! | `syntax` | nodes | a document: what is declared, under which name |
//! | `expand` | document, inputs, orbs | workflows of literal nodes: no parameters, commands, matrices or conditions |
//! | `lower` | literal nodes | `model::plan` |
//! | `check` | the graph of each workflow | findings |

mod check;
mod compile;
mod compiled;
pub mod cron;
mod declared;
mod diagnostic;
mod evaluate;
mod expand;
mod expr;
mod inputs;
mod lower;
mod orbs;
mod process;
mod restriction;
mod source;
mod syntax;
mod yaml;

pub use compile::compile;
pub use compiled::{Compiled, Refusal};
pub use declared::{Declared, declared};
pub use diagnostic::{Code, Diagnostic, Excerpt, Label, Severity};
pub use evaluate::evaluate;
pub use expr::{ExpressionError, ExpressionErrorKind, Value};
pub use inputs::Inputs;
pub use orbs::{InvalidOrbVersion, OrbRef, OrbVersion, Orbs};
pub use process::{compile_with_text, process};
pub use restriction::{check_restriction, restriction_holds};
pub use source::Source;
pub use syntax::{schema, support_page};
