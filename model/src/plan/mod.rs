//! The plan: what the compiler makes from a configuration, and what runners execute. Plain data, serialisable.
//!
//! Everything in it is literal: parameters, expressions, orbs, matrices and conditions are gone.

mod executor;
mod group;
mod job;
mod schedule;
mod step;
mod workflow;

pub use executor::{AwsAuth, BasicAuth, Container, Executor, ImageAuth, ResourceClass, WorkloadIdentity, variable};
pub use group::{GroupRole, JobGroup};
pub use job::{Environment, JobPlan};
pub use schedule::{BranchFilter, WorkflowSchedule};
pub use step::{
    AddSshKeys, AttachWorkspace, Checkout, CheckoutMethod, PersistToWorkspace, RestoreCache, Run, SaveCache,
    SetupRemoteDocker, Step, StepKind, StoreArtifacts, StoreTestResults, When,
};
pub use workflow::{JobKind, JobNode, RequiredStatus, Requires, SerialGroup, Skipped, WorkflowPlan};
