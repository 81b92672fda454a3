//! Whose a sealed value is.

use std::fmt;

use model::id::{ContextId, ProjectId, SshKeyId};

/// The row that a sealed value belongs to. It is authenticated with the value: in any other row it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A variable of a context.
    Context(ContextId, &'a str),
    /// A variable of a project.
    Project(ProjectId, &'a str),
    /// The private part of an SSH key.
    SshKey(SshKeyId),
    /// The private part of a key that signs tokens, by its name in them.
    OidcKey(&'a str),
}

/// As it is authenticated, and as messages name it.
impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(id, name) => write!(f, "context {id} variable {name}"),
            Self::Project(id, name) => write!(f, "project {id} variable {name}"),
            Self::SshKey(id) => write!(f, "ssh key {id}"),
            Self::OidcKey(kid) => write!(f, "oidc key {kid}"),
        }
    }
}
