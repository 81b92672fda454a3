//! Ids: one newtype for each kind of row, so that a job's id cannot stand where a task's is meant.
//!
//! Ids are UUIDs (version 7 where this project makes them, so that they sort by time). This crate only carries them;
//! the store makes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to name a row of this kind.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// A project: one repository at a forge.
    ProjectId;
    /// A pipeline: everything that one trigger started.
    PipelineId;
    /// A workflow: one graph of jobs in a pipeline.
    WorkflowId;
    /// A job of a workflow.
    JobId;
    /// A task: one parallel run of a job, the thing that a runner claims.
    TaskId;
    /// A runner, as it registered itself.
    RunnerId;
    /// A person who may log in here.
    UserId;
    /// A context: variables that jobs ask for by its name.
    ContextId;
    /// A restriction of a context.
    RestrictionId;
    /// An SSH key of a project.
    SshKeyId;
}
