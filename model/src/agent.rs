//! The contract between a runner and its task agent: a directory.
//!
//! The runner makes a directory for each task and starts the agent with its path as the only argument. The Docker
//! executor mounts it into the primary container at [`MOUNT`]; the machine executor passes the host's path. In it:
//!
//! | name | written by | what |
//! | --- | --- | --- |
//! | [`TASK_FILE`] | runner | one [`AgentTask`] as JSON, mode 0600 for the job's user; the agent reads it once and removes it |
//! | [`EVENTS_FILE`] | agent | one [`TaskEvent`](crate::event::TaskEvent) as JSON a line, numbered from [`FIRST_AGENT_SEQ`](crate::event::FIRST_AGENT_SEQ) |
//! | [`forward_socket`] | runner | a Unix socket for each of [`AgentTask::forward_ports`]: each connection is joined to that port of the runner's 127.0.0.1 |
//! | [`log_file`] | agent | all output of a step's attempt, byte for byte, appended |
//!
//! The agent appends and never rewrites; it writes an event only after the bytes that the event speaks of. Files are
//! fsynced on a short timer, beside the work, never in its way. The last event is `Ended`; after it the agent brings everything
//! to the disk, unless the runner says with a SIGTERM that it has it all, and exits: with code 0, whatever the outcome, when
//! it knows that no process of the job is left. An agent that ends without that event was killed.
//!
//! Where there are no Unix sockets to rely on (macOS, where their paths are too short, and Windows), a socket is a file with two
//! lines, a port of 127.0.0.1 and a secret: whoever connects says the secret and a line feed first. Where there are no
//! signals (Windows), the runner makes [`CANCEL_FILE`] in place of SIGTERM.
//!
//! SIGTERM cancels: the running step's whole process tree gets TERM, after [`GRACE_MS`] KILL; then the agent tells
//! `Ended { outcome: Canceled }`. SIGUSR1 means the same, for the job's time limit (`TimedOut`).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    event::StepKey,
    plan::{Environment, Step},
    protocol::{CheckoutSource, SshAccess},
};

/// Where the Docker executor mounts the directory.
pub const MOUNT: &str = "/.roundhouse";

/// Name of the task file.
pub const TASK_FILE: &str = "task.json";

/// Name of the event file.
pub const EVENTS_FILE: &str = "events.jsonl";

/// Name of the file that cancels the task where there are no signals.
pub const CANCEL_FILE: &str = "cancel";

/// Address of the server, for what runs in a job: the variable that holds it.
pub const SERVER_URL_VARIABLE: &str = "ROUNDHOUSE_URL";

/// The right to continue the job's pipeline: the variable that holds it, in the jobs of a setup workflow.
pub const CONTINUATION_KEY_VARIABLE: &str = "CIRCLE_CONTINUATION_KEY";

/// Name of the socket that leads to a port on the runner's loopback: `forward-8000.sock`.
pub fn forward_socket(port: u16) -> String {
    format!("forward-{port}.sock")
}

/// From TERM to KILL, in milliseconds.
pub const GRACE_MS: u64 = 10_000;

/// How many bytes of one attempt at a step are kept where nobody says otherwise.
pub const LOG_LIMIT_BYTES: u64 = 2 << 30;

/// Name of a log file: `3.0.log`.
pub fn log_file(key: StepKey) -> String {
    format!("{key}.log")
}

/// What the agent has to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentTask {
    /// The plan's steps; the first is step 1.
    pub steps: Vec<Step>,
    /// `None`: `~/project`.
    pub working_directory: Option<String>,
    /// The job's shell; `None`: `/bin/bash -eo pipefail -c` where bash exists (on macOS as a login shell), else `/bin/sh`
    /// with `-eo pipefail` where it knows that, else `-e`; on Windows PowerShell.
    pub shell: Option<String>,
    /// Everything above the environment that the agent itself was started with and below a step's own.
    pub environment: Environment,
    /// Where `checkout` finds the code.
    pub checkout: Option<CheckoutSource>,
    /// SSH keys.
    #[serde(default)]
    pub ssh: SshAccess,
    /// For a forge, or a Roundhouse, that listens on the loopback of the runner's host, where a container cannot reach it:
    /// before the first step the agent listens on 127.0.0.1 at these ports inside the container, and joins each connection
    /// to a new one of the port's [`forward_socket`], so that addresses work unchanged. Empty on the host itself, and for
    /// all others.
    #[serde(default)]
    pub forward_ports: Vec<u16>,
    /// How many bytes of output of one attempt at a step are kept; of more, a mark in the log tells.
    #[serde(default = "log_limit_bytes")]
    pub log_limit_bytes: u64,
    /// The Docker daemon of the job's own; `None` where the job does not ask for one.
    #[serde(default)]
    pub remote_docker: Option<RemoteDocker>,
    /// The program of the primary image that runs beside the steps, when the image or the configuration wants that.
    #[serde(default)]
    pub image_program: Option<ImageProgram>,
    /// The directory of the `circleci` command, where the runner's host has one for all jobs; `None`: the agent makes it.
    #[serde(default)]
    pub commands: Option<PathBuf>,
    /// The whole job's time limit, in milliseconds; the agent enforces it.
    pub time_limit_ms: u64,
    /// Whether the process inherits an environment that the user did not choose (machine executor): then it starts from
    /// nothing but `PATH`, `HOME`, `USER`, `LANG` and `TERM`, and on other systems what programs need to start.
    pub clean_environment: bool,
}

/// [`LOG_LIMIT_BYTES`], for bodies that do not tell.
pub(crate) const fn log_limit_bytes() -> u64 {
    LOG_LIMIT_BYTES
}

/// The Docker daemon of a job's own, which `setup_remote_docker` waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RemoteDocker {
    /// It is being started.
    Started {
        /// Its port on the 127.0.0.1 that all containers of the job share.
        port: u16,
        /// Whether steps have it from the first on, without `setup_remote_docker`: in place of a whole machine.
        from_the_beginning: bool,
    },
    /// The job runs on a whole machine, whose own daemon it may use.
    OfMachine,
    /// There is none.
    Unavailable {
        /// A sentence.
        reason: String,
    },
}

/// A program of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageProgram {
    /// With its arguments; never empty.
    pub command: Vec<String>,
    /// Where it starts; `None`: `/`.
    #[serde(default)]
    pub working_directory: Option<String>,
}
