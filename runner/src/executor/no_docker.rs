//! In the place of the Docker executor, where its containers would not be Linux's own: the task agent that is embedded here is no
//! program for them, and spools are no directories of theirs.

use std::{convert::Infallible, env::consts::OS};

use anyhow::bail;

use crate::settings::RunnerSettings;

/// Cannot be had.
#[derive(Debug)]
pub struct DockerExecutor {
    never: Infallible,
}

impl DockerExecutor {
    /// Says why.
    ///
    /// # Errors
    /// Always.
    pub fn new(_settings: &RunnerSettings) -> anyhow::Result<Self> {
        bail!("a runner on {OS} runs no Docker jobs: for those, start one on Linux")
    }

    /// Never called: there is none to call it on.
    ///
    /// # Errors
    /// None.
    pub async fn ping(&self) -> anyhow::Result<String> {
        match self.never {}
    }
}
