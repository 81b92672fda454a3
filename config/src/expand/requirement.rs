//! What a job of a workflow waits for.

use super::Env;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::source::Span;
use crate::syntax::read;
use crate::yaml::{Kind, Node};

/// A job that another one waits for.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// As they are written; empty where nothing is said.
    pub(crate) statuses: Vec<(String, Span)>,
}

/// Reads `requires`: names, or names with statuses.
pub(super) fn read(env: &Env<'_>, node: &Node, scope: Scope<'_>) -> Vec<Requirement> {
    let Some(node) = env.substitute(node, scope) else { return Vec::new() };
    let sink = env.sink;
    let items = match &node.kind {
        Kind::Seq(items) => items.to_vec(),
        Kind::Scalar(_) if node.is_null() => Vec::new(),
        Kind::Scalar(_) => vec![node.clone()],
        Kind::Map(_) => {
            read::wrong_type(sink, &node, "`requires`", "a list of job names");
            Vec::new()
        }
    };
    let mut out = Vec::new();
    for item in &items {
        match &item.kind {
            Kind::Scalar(_) => {
                let Some(name) = read::text(sink, item, "each item of `requires`") else { continue };
                out.push(Requirement { name, span: item.span, statuses: Vec::new() });
            }
            Kind::Map(map) => {
                for entry in &map.entries {
                    let statuses = read::texts(sink, &entry.value, "the status in `requires`").unwrap_or_default();
                    if statuses.is_empty() {
                        let message = format!("no status of `{}` is required", entry.key);
                        let help = "write `- job: success`, or only the job's name".to_owned();
                        sink.push(Report::error(Code::InvalidValue, entry.value.span, message).help(help));
                    }
                    out.push(Requirement { name: entry.key.to_string(), span: entry.key_span, statuses });
                }
            }
            Kind::Seq(inner) => {
                // A list in the list is what an alias of a list leaves.
                for item in inner.iter() {
                    let Some(name) = read::text(sink, item, "each item of `requires`") else { continue };
                    out.push(Requirement { name, span: item.span, statuses: Vec::new() });
                }
            }
        }
    }
    out
}
