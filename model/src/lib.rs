//! The words of Roundhouse: ids, states, plans, and the protocol between server, runner and task agent.
//!
//! Everything here is plain data with pure functions: no I/O, no clock, no randomness, no async runtime. The names are
//! those of the CircleCI documentation; where a rule is theirs, the doc comment says so.
//!
//! | module | words |
//! | --- | --- |
//! | [`id`] | `PipelineId`, `WorkflowId`, `JobId`, `TaskId`, `RunnerId`, `ProjectId`, `UserId` |
//! | [`time`] | `Timestamp` |
//! | [`project`] | `Vcs`, `ProjectSlug`, `Sha`, `GitRef` |
//! | [`permission`] | `Permission`: what a person may do with a project |
//! | [`trigger`] | `Trigger`, `Actor` |
//! | [`zone`] | `Zone`: how far a pipeline is trusted |
//! | [`pipeline`] | `PipelineState` |
//! | [`workflow`] | `WorkflowStatus` and its fold |
//! | [`job`] | `JobState`, `Outcome`, `JobEvent` and the only transitions |
//! | [`event`] | `TaskEvent`: what a runner tells of a task |
//! | [`protocol`] | bodies of the runner protocol |
//! | [`agent`] | the contract between a runner and its task agent |
//! | [`blob`] | data of jobs between the agent and the server |
//! | [`oidc`] | tokens that say who a job is |
//! | [`plan`] | what the compiler makes and the runner executes |

pub mod agent;
pub mod blob;
pub mod event;
pub mod id;
pub mod job;
pub mod oidc;
pub mod permission;
pub mod pipeline;
pub mod plan;
pub mod project;
pub mod protocol;
pub mod time;
pub mod trigger;
pub mod workflow;
pub mod zone;
