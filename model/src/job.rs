//! The states of a job, and the only ways from one to the next.

use serde::{Deserialize, Serialize};

/// Where a job stands. Phase and outcome are nested, so "ended, but how?" cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for jobs that it requires, or for a serial group.
    Blocked,
    /// Waits for a person.
    OnHold,
    /// May run; waits for a runner.
    Queued,
    /// A runner has it.
    Running,
    /// It is over.
    Ended(Outcome),
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step that had to succeed did.
    Success,
    /// A step failed.
    Failed,
    /// A person, or a newer pipeline, cancelled it.
    Canceled,
    /// It never ran: what it requires did not end as needed, or it was skipped.
    NotRun,
    /// It may not run: a context's restrictions forbid it.
    Unauthorized,
    /// A time limit ended it.
    TimedOut,
    /// The environment failed, not the user's work: no image, no Docker, a lost runner.
    InfrastructureFail,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Success,
        Self::Failed,
        Self::Canceled,
        Self::NotRun,
        Self::Unauthorized,
        Self::TimedOut,
        Self::InfrastructureFail,
    ];

    /// The name in rows, which is also the API's (`timedout` in API v2 is spelled there).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::NotRun => "not_run",
            Self::Unauthorized => "unauthorized",
            Self::TimedOut => "timed_out",
            Self::InfrastructureFail => "infrastructure_fail",
        }
    }

    /// Reads [`Outcome::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Which of two outcomes a whole takes from its parts: the worse one. A job with several tasks folds with this.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if self.severity() >= other.severity() { self } else { other }
    }

    const fn severity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NotRun => 1,
            Self::Canceled => 2,
            Self::InfrastructureFail => 3,
            Self::TimedOut => 4,
            Self::Failed => 5,
            Self::Unauthorized => 6,
        }
    }
}

/// What happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobEvent {
    /// Nothing stands before it any more.
    Unblocked,
    /// It is an approval job, and its turn has come.
    Held,
    /// A person approved it: an approval job is then a success.
    Approved,
    /// A runner took it.
    Claimed,
    /// The runner gave it back, or was lost, before a user step had started.
    Unclaimed,
    /// It is over.
    Ended(Outcome),
}

/// An event that a job in this state cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {state:?} cannot have the event {event:?}")]
pub struct IllegalTransition {
    /// The state it is in.
    pub state: JobState,
    /// What was said to have happened.
    pub event: JobEvent,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::Blocked,
        Self::OnHold,
        Self::Queued,
        Self::Running,
        Self::Ended(Outcome::Success),
        Self::Ended(Outcome::Failed),
        Self::Ended(Outcome::Canceled),
        Self::Ended(Outcome::NotRun),
        Self::Ended(Outcome::Unauthorized),
        Self::Ended(Outcome::TimedOut),
        Self::Ended(Outcome::InfrastructureFail),
    ];

    /// The state after an event: the only transitions there are.
    ///
    /// # Errors
    /// An event that this state cannot have. An end is final.
    pub const fn on(self, event: JobEvent) -> Result<Self, IllegalTransition> {
        use JobEvent as E;
        use JobState as S;
        Ok(match (self, event) {
            (S::Blocked, E::Unblocked) | (S::Running, E::Unclaimed) => S::Queued,
            (S::Blocked, E::Held) => S::OnHold,
            (S::OnHold, E::Approved) => S::Ended(Outcome::Success),
            (S::Queued, E::Claimed) => S::Running,
            // A job with several tasks is claimed once for each of them.
            (S::Running, E::Claimed) => S::Running,
            // A job without steps (no-op) ends without a runner; a running one never "did not run".
            (S::Blocked, E::Ended(outcome)) => S::Ended(outcome),
            (S::OnHold | S::Queued, E::Ended(Outcome::Success)) | (S::Running, E::Ended(Outcome::NotRun)) => {
                return Err(IllegalTransition { state: self, event });
            }
            (S::OnHold | S::Queued | S::Running, E::Ended(outcome)) => S::Ended(outcome),
            (S::Blocked, E::Approved | E::Claimed | E::Unclaimed)
            | (S::OnHold, E::Unblocked | E::Held | E::Claimed | E::Unclaimed)
            | (S::Queued, E::Unblocked | E::Held | E::Approved | E::Unclaimed)
            | (S::Running, E::Unblocked | E::Held | E::Approved)
            | (S::Ended(_), _) => return Err(IllegalTransition { state: self, event }),
        })
    }

    /// How it ended, if it has.
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Ended(outcome) => Some(outcome),
            Self::Blocked | Self::OnHold | Self::Queued | Self::Running => None,
        }
    }

    /// The name of the phase in rows: `blocked`, `on_hold`, `queued`, `running`, `ended`.
    pub const fn phase(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::OnHold => "on_hold",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ended(_) => "ended",
        }
    }

    /// One word for people and timelines: the phase, or the outcome once it has ended.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended(outcome) => outcome.name(),
            Self::Blocked | Self::OnHold | Self::Queued | Self::Running => self.phase(),
        }
    }

    /// Reads the two columns of a row. `None` when they disagree.
    pub fn from_row(phase: &str, outcome: Option<&str>) -> Option<Self> {
        match (phase, outcome) {
            ("blocked", None) => Some(Self::Blocked),
            ("on_hold", None) => Some(Self::OnHold),
            ("queued", None) => Some(Self::Queued),
            ("running", None) => Some(Self::Running),
            ("ended", Some(outcome)) => Outcome::from_name(outcome).map(Self::Ended),
            _ => None,
        }
    }
}
