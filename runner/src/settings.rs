//! What the administrator of a runner decides. The caller reads it from wherever settings come from.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::resource::ResourceClasses;

/// Settings of one runner.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    /// Unique among the runners of a server, shown to people.
    pub name: String,
    /// The server's address, without a path: `https://ci.example.com`.
    pub server_url: String,
    /// The runner's own token: good for claims, and nothing else.
    pub token: SecretString,
    /// How many tasks may run at a time.
    pub capacity: usize,
    /// Where tasks keep their files, and where the next start looks for tasks to take up again. One runner at a time.
    pub work_dir: PathBuf,
    /// Whether jobs may run in Docker containers here.
    pub docker: bool,
    /// Address of Docker's daemon; `None`: `DOCKER_HOST`, or else the socket where Docker usually has it.
    pub docker_host: Option<String>,
    /// Whether jobs may run on this host itself, as this user.
    pub machine: bool,
    /// Resource classes of self-hosted runners (`namespace/name`) that this runner serves.
    pub labels: Vec<String>,
    /// How much of the host a job of each ordinary resource class gets.
    pub resource_classes: ResourceClasses,
    /// How long a claim may wait at the server for work, in milliseconds.
    pub claim_wait_ms: u64,
}

impl RunnerSettings {
    /// How long a claim waits where nothing else is said.
    pub const CLAIM_WAIT_MS: u64 = 20_000;

    /// Docker only, one task for each processor.
    pub fn new(name: impl Into<String>, server_url: impl Into<String>, token: SecretString, work_dir: PathBuf) -> Self {
        Self {
            name: name.into(),
            server_url: server_url.into(),
            token,
            capacity: std::thread::available_parallelism().map_or(1, usize::from),
            work_dir,
            docker: true,
            docker_host: None,
            machine: false,
            labels: Vec::new(),
            resource_classes: ResourceClasses::default(),
            claim_wait_ms: Self::CLAIM_WAIT_MS,
        }
    }
}
