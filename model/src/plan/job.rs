//! What a runner needs to know of a job.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Executor, ResourceClass, Step};

/// Environment variables, by name.
pub type Environment = BTreeMap<String, String>;

/// One job, ready to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPlan {
    /// Where it runs.
    pub executor: Executor,
    /// `None`: the default of the executor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_class: Option<ResourceClass>,
    /// Where steps run; `None`: `~/project`. `~` is the home of the user in the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// Shell of all steps, with its arguments; `None`: the environment's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// The job's `environment`.
    #[serde(default, skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// What to do.
    pub steps: Vec<Step>,
    /// How many tasks do it at the same time; at least 1.
    #[serde(default = "one")]
    pub parallelism: u32,
    /// Days for which the caches that it saves are kept (`retention`), 1 to 30; `None`: as the server has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_retention_days: Option<u32>,
    /// Names of contexts. Their values join at dispatch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
}

const fn one() -> u32 {
    1
}
