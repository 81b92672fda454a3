//! The glyph of a state: a shape before it is a colour, and a word before it is a shape.

use askama::Template;
use model::{
    job::{JobState, Outcome},
    pipeline::PipelineState,
    workflow::WorkflowStatus,
};

/// A shape of the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// Disc with a tick: succeeded.
    Ok,
    /// Square with a cross: failed.
    Bad,
    /// Square with clock hands: out of time.
    Time,
    /// Turning arc: running.
    Run,
    /// Ring with a dot: ready for a runner.
    Queued,
    /// Ring with hands: its turn has not come.
    Wait,
    /// Dashed ring: waits for jobs.
    Block,
    /// Diamond: asks a person.
    Hold,
    /// Triangle with an exclamation mark: cannot run.
    Error,
    /// Triangle with a bolt: not the user's work.
    Infra,
    /// Padlock: not allowed.
    Lock,
    /// Ring with a slash: cancelled.
    Cancel,
    /// Dash: did nothing.
    Skip,
}

impl Glyph {
    /// Its name in the sprite.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Time => "time",
            Self::Run => "run",
            Self::Queued => "queued",
            Self::Wait => "wait",
            Self::Block => "block",
            Self::Hold => "hold",
            Self::Error => "error",
            Self::Infra => "infra",
            Self::Lock => "lock",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
        }
    }

    /// The class that colours it, and what stands around it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad | Self::Time | Self::Error => "bad",
            Self::Run => "run",
            Self::Queued | Self::Wait => "wait",
            Self::Hold => "hold",
            Self::Infra => "infra",
            Self::Lock => "lock",
            Self::Block | Self::Cancel | Self::Skip => "mute",
        }
    }

    /// Only what runs moves.
    pub fn moves(self) -> bool {
        self == Self::Run
    }
}

/// A glyph with the word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "part/mark.html")]
pub struct Mark {
    /// The shape.
    pub glyph: Glyph,
    /// The colour's class.
    pub class: &'static str,
    /// The word.
    pub label: &'static str,
}

impl askama::filters::HtmlSafe for Mark {}

impl Mark {
    /// A glyph with a word of one's own.
    pub const fn new(glyph: Glyph, label: &'static str) -> Self {
        Self { glyph, class: glyph.class(), label }
    }

    /// Of a job or one of its tasks.
    pub const fn of_job(state: JobState) -> Self {
        match state {
            JobState::Blocked => Self::new(Glyph::Block, "Blocked"),
            JobState::OnHold => Self::new(Glyph::Hold, "On hold"),
            JobState::Queued => Self::new(Glyph::Queued, "Queued"),
            JobState::Running => Self::new(Glyph::Run, "Running"),
            JobState::Ended(outcome) => Self::of_outcome(outcome),
        }
    }

    /// Of an end.
    pub const fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::new(Glyph::Ok, "Succeeded"),
            Outcome::Failed => Self::new(Glyph::Bad, "Failed"),
            Outcome::Canceled => Self::new(Glyph::Cancel, "Canceled"),
            Outcome::NotRun => Self::new(Glyph::Skip, "Not run"),
            Outcome::Unauthorized => Self::new(Glyph::Lock, "Not allowed"),
            Outcome::TimedOut => Self::new(Glyph::Time, "Timed out"),
            Outcome::InfrastructureFail => Self::new(Glyph::Infra, "Infrastructure failed"),
        }
    }

    /// Of a workflow, by its status and the states of its jobs: what nothing runs of is queued, and what failed without
    /// the user's doing is no failure of theirs.
    pub fn of_workflow(status: WorkflowStatus, jobs: &[JobState]) -> Self {
        let some = |state: JobState| jobs.contains(&state);
        match status {
            WorkflowStatus::Success => Self::of_outcome(Outcome::Success),
            WorkflowStatus::Running if some(JobState::Running) => Self::new(Glyph::Run, "Running"),
            WorkflowStatus::Running if some(JobState::Queued) => Self::new(Glyph::Queued, "Queued"),
            WorkflowStatus::Running => Self::new(Glyph::Wait, "Waiting"),
            WorkflowStatus::NotRun => Self::of_outcome(Outcome::NotRun),
            WorkflowStatus::Failing => Self::new(Glyph::Run, "Failing: other jobs still run"),
            WorkflowStatus::Failed if !some(JobState::Ended(Outcome::Failed)) => {
                let worst = jobs.iter().filter_map(|job| job.outcome()).reduce(Outcome::worse);
                Self::of_outcome(worst.unwrap_or(Outcome::Failed))
            }
            WorkflowStatus::Failed => Self::of_outcome(Outcome::Failed),
            WorkflowStatus::Error => Self::of_outcome(Outcome::InfrastructureFail),
            WorkflowStatus::OnHold => Self::new(Glyph::Hold, "On hold"),
            WorkflowStatus::Canceled => Self::of_outcome(Outcome::Canceled),
            WorkflowStatus::Unauthorized => Self::of_outcome(Outcome::Unauthorized),
        }
    }

    /// Of a pipeline, by its state and the marks of its workflows.
    pub fn of_pipeline(state: PipelineState, workflows: &[Self]) -> Self {
        /// What of several workflows is said first: what runs, what a person must do, then the worst.
        const FIRST: [Glyph; 11] = [
            Glyph::Run,
            Glyph::Queued,
            Glyph::Hold,
            Glyph::Bad,
            Glyph::Time,
            Glyph::Infra,
            Glyph::Lock,
            Glyph::Wait,
            Glyph::Cancel,
            Glyph::Ok,
            Glyph::Skip,
        ];
        match state {
            PipelineState::Errored => Self::new(Glyph::Error, "Config error"),
            PipelineState::Pending | PipelineState::SetupPending => Self::new(Glyph::Wait, "Compiling"),
            PipelineState::Setup | PipelineState::Created => FIRST
                .iter()
                .find_map(|glyph| workflows.iter().find(|mark| mark.glyph == *glyph))
                .copied()
                .unwrap_or(Self::of_outcome(Outcome::NotRun)),
        }
    }
}
