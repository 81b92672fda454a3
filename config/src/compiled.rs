//! What a compilation ends in.

use model::plan::{Skipped, WorkflowPlan, WorkflowSchedule};

use crate::{Diagnostic, OrbRef};

/// A configuration, compiled for one pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The workflows that run, in the order of the configuration. One whose jobs are all filtered out is in `skipped`.
    pub workflows: Vec<WorkflowPlan>,
    /// The workflows that do not, with the rule that decided.
    pub skipped: Vec<Skipped>,
    /// The schedules that its workflows declare, those of branches that the pipeline is not of included.
    ///
    /// Where schedules are kept, those of a branch are replaced, at each push to it, by the ones of its newest
    /// configuration with [`WorkflowSchedule::applies`]. When one is due, compile the newest configuration of the branch
    /// with [`crate::Inputs::scheduled`]. [`crate::cron::Cron`] says when that is.
    pub schedules: Vec<WorkflowSchedule>,
    /// Whether it is a setup configuration, which a continuation follows.
    pub setup: bool,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Why a configuration does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is wrong. All findings, errors first; at least one is an error.
    #[error("{}", .0.iter().map(Diagnostic::one_line).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// It needs orbs that the caller did not give: fetch them and call again.
    #[error("it needs orbs: {}", .0.iter().map(OrbRef::as_str).collect::<Vec<_>>().join(", "))]
    NeedsOrbs(Vec<OrbRef>),
}
