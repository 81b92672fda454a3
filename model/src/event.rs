//! What a runner tells of a task: numbered events.
//!
//! The order of a task's life: step 0 ("Spin up environment", the runner's own), then the plan's steps as 1, 2, 3 … (the
//! task agent's), then one [`TaskEventKind::Ended`]. Numbers start at 1 and have no gaps, so a repeat is recognised.
//!
//! The runner numbers step 0's start and end 1 and 2; the task agent starts at [`FIRST_AGENT_SEQ`]. Thus a runner that
//! took a task over from a killed one numbers everything as its predecessor did.

use serde::{Deserialize, Serialize};

use crate::{job::Outcome, time::Timestamp};

/// The number of the task agent's first event.
pub const FIRST_AGENT_SEQ: u64 = 3;

/// The index of the runner's own step, "Spin up environment".
pub const SPIN_UP_STEP: u32 = 0;

/// One thing that happened in a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEvent {
    /// Counts from 1, without gaps.
    pub seq: u64,
    /// When it happened, by the clock of the machine that it happened on: for display only.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: TaskEventKind,
}

impl TaskEvent {
    /// Whether this attempt at a step begins with it.
    pub fn begins(&self, attempt: StepKey) -> bool {
        matches!(&self.kind, TaskEventKind::StepStarted { key, .. } if *key == attempt)
    }
}

/// Which log: a step of a task, and which attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    /// 0 is the runner's spin-up; the plan's steps count from 1.
    pub step: u32,
    /// Automatic reruns of a step count from 0.
    #[serde(default)]
    pub attempt: u32,
}

impl StepKey {
    /// The first attempt at a step.
    pub const fn first(step: u32) -> Self {
        Self { step, attempt: 0 }
    }
}

impl std::fmt::Display for StepKey {
    /// `3.0`: the stem of the names of log files.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.step, self.attempt)
    }
}

/// What can happen in a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum TaskEventKind {
    /// A step began.
    StepStarted {
        /// Which.
        #[serde(flatten)]
        key: StepKey,
        /// Its name, as shown.
        name: String,
        /// The command, for the reader of the log; empty for steps without one.
        #[serde(default)]
        command: String,
        /// Whether it goes on while the next steps run.
        #[serde(default)]
        background: bool,
    },
    /// A step ended. A step that was passed over has no events at all.
    StepEnded {
        /// Which.
        #[serde(flatten)]
        key: StepKey,
        /// How.
        result: StepResult,
    },
    /// The task is over; no event follows.
    Ended {
        /// How.
        outcome: Outcome,
        /// One sentence of cause, for every end that is not a success.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// How a step ended. Failure is data here, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum StepResult {
    /// The process exited.
    Exit {
        /// Its exit code; 0 is success.
        code: i32,
    },
    /// A signal ended the process.
    Signal {
        /// The signal's number.
        signal: i32,
        /// Whether the kernel did it because memory ran out.
        #[serde(default)]
        out_of_memory: bool,
    },
    /// The job's time limit ended it.
    TimedOut {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// It printed nothing for too long.
    NoOutput {
        /// `no_output_timeout`, in milliseconds.
        limit_ms: u64,
    },
    /// It could not be started, and this is why.
    NotStarted {
        /// A sentence.
        reason: String,
    },
    /// The task was cancelled while it ran.
    Canceled,
    /// The environment went away under it.
    Lost {
        /// A sentence.
        reason: String,
    },
}

impl StepResult {
    /// Success.
    pub const SUCCESS: Self = Self::Exit { code: 0 };

    /// Whether the step did what it should.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Exit { code: 0 })
    }

    /// One sentence for a person, `None` for a success: `exit code 2`, `killed by signal 9 (SIGKILL)`.
    pub fn sentence(&self) -> Option<String> {
        Some(match self {
            Self::Exit { code: 0 } => return None,
            Self::Exit { code: 127 } => "exited with code 127: the shell did not find a command".to_owned(),
            Self::Exit { code: 126 } => "exited with code 126: a command was found but may not be executed".to_owned(),
            Self::Exit { code: code @ 129..=159 } => {
                format!("exited with code {code}: a command in it was killed by {}", signal_name(code - 128))
            }
            Self::Exit { code } => format!("exited with code {code}"),
            Self::Signal { out_of_memory: true, .. } => "killed by the kernel: the job ran out of memory".to_owned(),
            Self::Signal { signal, out_of_memory: false } => format!("killed by {}", signal_name(*signal)),
            Self::TimedOut { limit_ms } => {
                format!("stopped: the job ran longer than its limit of {}", duration(*limit_ms))
            }
            Self::NoOutput { limit_ms } => format!(
                "stopped: no output for {} (raise `no_output_timeout` if that is normal here)",
                duration(*limit_ms)
            ),
            Self::NotStarted { reason } | Self::Lost { reason } => reason.clone(),
            Self::Canceled => "canceled".to_owned(),
        })
    }
}

/// `SIGKILL (signal 9)`.
fn signal_name(signal: i32) -> String {
    const NAMES: [(i32, &str); 16] = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (4, "SIGILL"),
        (5, "SIGTRAP"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (10, "SIGUSR1"),
        (11, "SIGSEGV"),
        (12, "SIGUSR2"),
        (13, "SIGPIPE"),
        (14, "SIGALRM"),
        (15, "SIGTERM"),
        (24, "SIGXCPU"),
    ];
    match NAMES.into_iter().find(|(number, _)| *number == signal) {
        Some((_, name)) => format!("{name} (signal {signal})"),
        None => format!("signal {signal}"),
    }
}

/// `10 minutes`, `1.5 seconds`: a limit as a person would say it.
pub fn duration(millis: u64) -> String {
    let (count, unit) = match millis {
        3_600_000.. if millis.is_multiple_of(3_600_000) => (millis / 3_600_000, "hour"),
        60_000.. if millis.is_multiple_of(60_000) => (millis / 60_000, "minute"),
        1_000.. if millis.is_multiple_of(1_000) => (millis / 1_000, "second"),
        1_000.. => {
            return format!("{}.{:03}", millis / 1_000, millis % 1_000).trim_end_matches('0').to_owned() + " seconds";
        }
        _ => (millis, "millisecond"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `4 GiB`, `512 MiB`: a size as a person would say it.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() < 0.05 || unit == 0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
