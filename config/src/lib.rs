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

mod compiled;
mod diagnostic;
mod expr;
mod inputs;
mod orbs;
mod source;

pub use compiled::{Compiled, Refusal};
pub use diagnostic::{Code, Diagnostic, Excerpt, Label, Severity};
pub use expr::Value;
pub use inputs::Inputs;
pub use orbs::{OrbRef, Orbs};
pub use source::Source;

/// Compiles a configuration for one pipeline.
///
/// # Errors
/// [`Refusal::Invalid`] with all findings when it is wrong, [`Refusal::NeedsOrbs`] when the caller has to fetch orbs.
pub fn compile(source: &Source, inputs: &Inputs, orbs: &Orbs) -> Result<Compiled, Refusal> {
    let mut files = source::Files::default();
    let file = files.add(source);
    let sink = diagnostic::Sink::default();
    let _ = (inputs, orbs);
    let span = source::Span { file, start: 0, end: 0 };
    sink.push(diagnostic::Report::error(Code::NoWorkflow, span, "there is nothing to run"));
    Err(Refusal::Invalid(sink.finish(&files)))
}
