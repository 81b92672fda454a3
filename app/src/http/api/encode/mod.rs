//! JSON of the API, one file for each resource: rows go in, and what CircleCI's clients expect comes out. Nothing else makes
//! JSON of rows.

mod context;
mod job;
mod limit;
mod pause;
mod person;
mod pipeline;
mod project;
mod runner;
mod schedule;
mod serial_group;
mod setting;
mod time;
mod variable;
mod workflow;

pub(super) use context::{ContextBody, ContextVariableBody, RestrictionBody};
pub(super) use job::{ArtifactBody, JobBody, JobDetails, JobParts, TestBody};
pub(super) use limit::LimitBody;
pub(super) use pause::PauseBody;
pub(super) use person::{CollaborationBody, UserBody};
pub(super) use pipeline::{PipelineBody, TriggeredBody};
pub(super) use project::ProjectBody;
pub(super) use runner::RunnerBody;
pub(super) use schedule::ScheduleBody;
pub(super) use serial_group::{SerialGroupBody, TicketBody};
pub(super) use setting::SettingsBody;
pub(super) use variable::VariableBody;
pub(super) use workflow::WorkflowBody;
