//! Bodies of the runner protocol (`/api/runner/v1`, described in `docs/runner-protocol.md`).
//!
//! The runner is always the client. Every call about a task carries its token, which is bound to the task and to its
//! [`Epoch`]: a runner whose lease was given to another is answered 409 and must stop (it is *fenced*).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::{StepKey, TaskEvent},
    id::TaskId,
    plan::{Environment, JobPlan},
    project::{GitRef, ProjectSlug, Sha},
    time::Timestamp,
    zone::Zone,
};

/// The version that this build speaks.
pub const VERSION: u32 = 1;

/// Header of a log append: when its bytes were read, in milliseconds since the epoch.
pub const LOG_TIME_HEADER: &str = "x-roundhouse-at";

/// Counts the claims of a task. A call with an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// A secret that proves the right to speak for one claim of a task. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// Wraps the text of a token.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for an `Authorization` header and for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TaskToken(…)")
    }
}

/// `POST /claim`, with the runner's token: gives a task, or 204 after `wait_ms` without one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// Chosen by the runner; the same id brings the same task again, so a lost answer loses nothing.
    pub claim_id: Uuid,
    /// The runner's name: unique among runners, shown to people.
    pub runner: String,
    /// Protocol version.
    pub version: u32,
    /// What this runner can do.
    pub offers: Offers,
    /// How long the server may wait for work before it answers, in milliseconds.
    pub wait_ms: u64,
    /// What it says of itself, for people.
    #[serde(default)]
    pub about: About,
}

/// What a runner says of itself, for people: nothing is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The version of its software.
    pub version: Option<String>,
    /// Tasks at a time, at least 1.
    pub capacity: Option<u32>,
}

/// What a runner can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// The Docker executor.
    pub docker: bool,
    /// The machine executor on its own host.
    pub machine: bool,
    /// Labels: resource classes of self-hosted runners (`namespace/name`), and families of classes (`arm`, `gpu`, `macos`,
    /// `windows`), beyond the ordinary classes.
    #[serde(default)]
    pub resource_classes: Vec<String>,
}

/// A task, given to a runner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    /// Which.
    pub task: TaskId,
    /// Which claim of it.
    pub epoch: Epoch,
    /// For every further call.
    pub token: TaskToken,
    /// The lease ends so long after this answer, in milliseconds, unless renewed.
    pub lease_ms: u64,
    /// The runner stops the task by itself when no renewal has succeeded for so long, in milliseconds: less than the
    /// server waits before it gives the task up. Each [`Renewal`] sets it anew.
    pub fence_ms: u64,
    /// Whose job it is.
    pub project: ProjectSlug,
    /// Name of the job, for people.
    pub job: String,
    /// Number of the job in its project.
    pub job_number: u64,
    /// Which of the job's tasks, from 0.
    pub node_index: u32,
    /// What to do. Credentials of registries (`auth` of containers) are in it as values: every `$VARIABLE` is resolved, and
    /// what could not be resolved is gone. They are for the executor alone; nothing of the executor's part of the plan
    /// reaches the job.
    pub plan: JobPlan,
    /// `CIRCLE_*` variables, and those of the project and of contexts. The plan's own `environment` comes on top of the
    /// project's and contexts' as the variables reference orders them.
    pub environment: Environment,
    /// Values that must not appear in any output.
    pub secrets: Vec<String>,
    /// Sentences for the log of the runner's own step: what the job does not get, and why.
    #[serde(default)]
    pub notes: Vec<String>,
    /// SSH keys for the job.
    #[serde(default)]
    pub ssh: SshAccess,
    /// How to get the code; `None` where there is none to get.
    pub checkout: Option<CheckoutSource>,
    /// The whole job's time limit, in milliseconds.
    pub time_limit_ms: u64,
    /// How many bytes of output of one attempt at a step are kept.
    #[serde(default = "crate::agent::log_limit_bytes")]
    pub log_limit_bytes: u64,
    /// How far the job is trusted; `None` when the server does not tell, and then it is not trusted.
    #[serde(default)]
    pub zone: Option<Zone>,
    /// Under this name a runner may keep something of the job's for later jobs (layers of images): the project and its
    /// zone. `None`: nothing is kept.
    #[serde(default)]
    pub keep_under: Option<String>,
    /// Whether short logs may come along with events.
    #[serde(default)]
    pub takes_logs: bool,
    /// What the server already has of this task: all zero on a first claim.
    pub progress: Progress,
}

/// Where the code is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CheckoutSource {
    /// A Git repository over HTTP.
    Git {
        /// Address without credentials.
        url: String,
        /// The commit.
        sha: Sha,
        /// What was pushed.
        git_ref: GitRef,
        /// User name and short-lived token.
        credentials: Option<GitCredentials>,
    },
    /// A directory of this host whose files are copied: `roundhouse run`.
    Directory {
        /// Absolute path on the runner's host.
        path: String,
    },
}

/// What a job may use over SSH.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshAccess {
    /// Keys of the project, where the job has an `add_ssh_keys` step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<SshKey>,
    /// How `checkout` fetches the code, where it does that over SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<SshCheckout>,
}

/// An SSH key with its private part.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshKey {
    /// The host that it is for; `None`: every host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Fingerprint, as `c9:0b:1c:…`.
    pub md5: String,
    /// Fingerprint, as `SHA256:…`.
    pub sha256: String,
    /// The private key, as a file holds it.
    pub private_key: String,
}

impl std::fmt::Debug for SshKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hostname, md5: _, sha256, private_key: _ } = self;
        f.debug_struct("SshKey").field("hostname", hostname).field("sha256", sha256).finish_non_exhaustive()
    }
}

/// A checkout over SSH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshCheckout {
    /// The key.
    pub key: SshKey,
    /// Keys of the forge's host, as lines of a `known_hosts` file.
    pub known_hosts: String,
    /// Nobody knows the host's key: the first one that it shows is believed. Only for a forge of the user's own.
    #[serde(default)]
    pub accept_new: bool,
}

/// A short-lived right to fetch.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitCredentials {
    /// User name.
    pub username: String,
    /// Token.
    pub password: String,
}

impl std::fmt::Debug for GitCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitCredentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What the server has of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of the last event.
    pub seq: u64,
    /// Bytes of each log.
    #[serde(with = "logs")]
    pub logs: BTreeMap<StepKey, u64>,
}

/// `POST /tasks/{id}/renew`: prolongs the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// From now, in milliseconds.
    pub lease_ms: u64,
    /// From now on the task is stopped by its runner after so long without a renewal, in milliseconds: shorter until the
    /// server knows that a step of the user's has begun, because until then it gives a silent task to another runner soon.
    pub fence_ms: u64,
    /// The task should stop: someone cancelled it. The runner ends it with `Outcome::Canceled`.
    pub cancel: bool,
}

/// `POST /tasks/{id}/events`. Events at or below the server's `seq` are passed over; a gap is refused with 422.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventReport {
    /// In the order of their numbers.
    pub events: Vec<TaskEvent>,
    /// Logs of steps that begin in this report and have ended since; only where [`Assignment::takes_logs`] allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<WholeLog>,
}

impl From<Vec<TaskEvent>> for EventReport {
    fn from(events: Vec<TaskEvent>) -> Self {
        Self { events, logs: Vec::new() }
    }
}

/// The whole log of an attempt at a step, masked: for short ones, so that a short step is told in one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeLog {
    /// The attempt.
    pub key: StepKey,
    /// When it was read.
    pub at: Timestamp,
    /// From the first byte to the last. A log that is no text has to be appended.
    pub text: String,
}

/// Answer to [`EventReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAck {
    /// Number of the last event that the server has stored.
    pub seq: u64,
}

/// Answer to `PUT /tasks/{id}/logs/{step}/{attempt}?offset=N`: bytes are appended only where `N` is what the server has;
/// any other `N` changes nothing and tells what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAck {
    /// Bytes that the server has of this log.
    pub have: u64,
}

/// `POST /tasks/{id}/unclaim`: the runner gives the task back before any step of the user's had started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unclaim {
    /// A sentence.
    pub reason: String,
}

mod logs {
    //! JSON has only text keys: `{"3.0": 512}`.

    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::event::StepKey;

    pub fn serialize<S: Serializer>(logs: &BTreeMap<StepKey, u64>, serializer: S) -> Result<S::Ok, S::Error> {
        logs.iter().map(|(key, bytes)| (key.to_string(), *bytes)).collect::<BTreeMap<_, _>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<StepKey, u64>, D::Error> {
        BTreeMap::<String, u64>::deserialize(deserializer)?
            .into_iter()
            .map(|(key, bytes)| {
                let parse = || {
                    let (step, attempt) = key.split_once('.')?;
                    Some(StepKey { step: step.parse().ok()?, attempt: attempt.parse().ok()? })
                };
                parse().map(|key| (key, bytes)).ok_or_else(|| D::Error::custom(format!("`{key}` is not a step")))
            })
            .collect()
    }
}
