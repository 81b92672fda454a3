//! The states of a pipeline.

use serde::{Deserialize, Serialize};

/// Where a pipeline stands. `Created` and `Errored` are ends: what follows happens to its workflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PipelineState {
    /// Its configuration has not been compiled yet.
    Pending,
    /// Its setup workflow's configuration waits to be compiled.
    SetupPending,
    /// Its setup workflow exists; the continuation has not come.
    Setup,
    /// Its workflows exist.
    Created,
    /// There is nothing to run, for a stated reason: the configuration has errors, or could not be had.
    Errored,
}

impl PipelineState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::SetupPending, Self::Setup, Self::Created, Self::Errored];

    /// The name in rows and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::SetupPending => "setup-pending",
            Self::Setup => "setup",
            Self::Created => "created",
            Self::Errored => "errored",
        }
    }

    /// Reads [`PipelineState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}
