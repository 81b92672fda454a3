//! What a person may write: which keys there are, and what a document declares under which name.

mod builtin;
mod definition;
mod document;
pub(crate) mod keys;
mod parameter;
pub(crate) mod read;
mod schema;
mod support;

pub(crate) use builtin::Builtin;
pub(crate) use definition::{Definition, Definitions, OrbUse, OrbUseKind};
pub(crate) use document::{Document, Version};
pub(crate) use parameter::{Parameter, ParameterType, Parameters};
pub use schema::schema;
pub use support::support_page;
