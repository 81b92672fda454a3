//! What a job does, step by step.

use serde::{Deserialize, Serialize};

use super::Environment;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Shown name. For an unnamed `run` it is the command itself.
    pub name: String,
    /// On what state of the job so far it runs.
    #[serde(default, skip_serializing_if = "When::is_default")]
    pub when: When,
    /// What it does.
    #[serde(flatten)]
    pub kind: StepKind,
}

/// On what state of the job so far a step runs (configuration reference, `when` of `run`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Every step before it succeeded.
    #[default]
    OnSuccess,
    /// A step before it failed.
    OnFail,
    /// Either way.
    Always,
}

impl When {
    fn is_default(&self) -> bool {
        *self == Self::OnSuccess
    }

    /// Whether a step with this condition runs, given whether a step before it failed.
    pub const fn holds(self, failed: bool) -> bool {
        match self {
            Self::OnSuccess => !failed,
            Self::OnFail => failed,
            Self::Always => true,
        }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum StepKind {
    /// `run`.
    Run(Run),
    /// `checkout`.
    Checkout(Checkout),
    /// `setup_remote_docker`.
    SetupRemoteDocker(SetupRemoteDocker),
    /// `save_cache`.
    SaveCache(SaveCache),
    /// `restore_cache`.
    RestoreCache(RestoreCache),
    /// `persist_to_workspace`.
    PersistToWorkspace(PersistToWorkspace),
    /// `attach_workspace`.
    AttachWorkspace(AttachWorkspace),
    /// `store_artifacts`.
    StoreArtifacts(StoreArtifacts),
    /// `store_test_results`.
    StoreTestResults(StoreTestResults),
    /// `add_ssh_keys`.
    AddSshKeys(AddSshKeys),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Given to the shell.
    pub command: String,
    /// Shell with its arguments; `None`: the job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Environment of this step.
    #[serde(default, skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// `None`: the job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// Goes on while the next steps run.
    #[serde(default)]
    pub background: bool,
    /// Ended when it prints nothing for so long, in milliseconds.
    #[serde(default = "ten_minutes")]
    pub no_output_timeout_ms: u64,
    /// How often a failed step is tried again (0–5).
    #[serde(default)]
    pub max_auto_reruns: u8,
    /// Pause before each of these, in milliseconds.
    #[serde(default)]
    pub auto_rerun_delay_ms: u64,
}

impl Run {
    /// `no_output_timeout` where none is given, in milliseconds: 10 minutes (configuration reference, `run`).
    pub const NO_OUTPUT_TIMEOUT_MS: u64 = 600_000;

    /// A command with nothing else said.
    pub fn command(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            shell: None,
            environment: Environment::new(),
            working_directory: None,
            background: false,
            no_output_timeout_ms: Self::NO_OUTPUT_TIMEOUT_MS,
            max_auto_reruns: 0,
            auto_rerun_delay_ms: 0,
        }
    }
}

const fn ten_minutes() -> u64 {
    Run::NO_OUTPUT_TIMEOUT_MS
}

/// Fetches the code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Where to; `None`: the job's working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How much history comes.
    #[serde(default)]
    pub method: CheckoutMethod,
}

/// How much a checkout brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutMethod {
    /// File contents come when they are needed.
    #[default]
    Blobless,
    /// Everything.
    Full,
    /// The commit, and so many of those before it.
    Shallow {
        /// Commits, itself counted; at least 1.
        depth: u32,
    },
}

/// A Docker daemon of the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupRemoteDocker {
    /// The daemon's version, or `default`, `edge`, `previous`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether image layers are kept for the next job.
    #[serde(default)]
    pub docker_layer_caching: bool,
}

/// Stores files under a key, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveCache {
    /// Template of the key.
    pub key: String,
    /// What to store.
    pub paths: Vec<String>,
}

/// Brings the newest entry whose key starts with one of these, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreCache {
    /// Templates of keys.
    pub keys: Vec<String>,
}

/// Hands files to jobs downstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistToWorkspace {
    /// Directory that the paths are relative to.
    pub root: String,
    /// Globs.
    pub paths: Vec<String>,
}

/// Takes the files of jobs upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachWorkspace {
    /// Directory to put them in.
    pub at: String,
}

/// Keeps files for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreArtifacts {
    /// File or directory.
    pub path: String,
    /// Prefix of the artifacts' names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

/// Reads JUnit XML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreTestResults {
    /// File or directory.
    pub path: String,
}

/// Puts the project's SSH keys in place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddSshKeys {
    /// Which; all when empty.
    #[serde(default)]
    pub fingerprints: Vec<String>,
}
