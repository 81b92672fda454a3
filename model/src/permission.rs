//! What a person may do with a project: what the forge says of their rights to its repository.

use serde::{Deserialize, Serialize};

/// Rights to a project, each with all those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// None at all.
    #[default]
    None,
    /// See it: pipelines, logs, artifacts.
    Read,
    /// Act in it: start, cancel and rerun, approve, change its variables and schedules.
    Write,
    /// Administer the repository.
    Admin,
}

impl Permission {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Read, Self::Write, Self::Admin];

    /// The name in rows and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Permission::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}
