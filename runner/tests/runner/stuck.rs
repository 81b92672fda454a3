//! Tasks whose environment is never ready: what a stop or a restart makes of them.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use model::{event::StepResult, job::Outcome};
use runner::{EnvironmentEnd, Executor, SpinUpError, SpinUpLog, TaskDirectory, TaskKey, TaskSpec};

use crate::kit::{Job, TestRunner};

/// Begins to start, and stays there.
struct Stuck;

#[async_trait]
impl Executor for Stuck {
    async fn start(&self, _: &TaskSpec<'_>, log: &SpinUpLog) -> Result<(), SpinUpError> {
        log.line("Pulling …");
        std::future::pending().await
    }

    async fn wait(&self, _: &TaskDirectory) -> EnvironmentEnd {
        EnvironmentEnd::Gone
    }

    async fn cancel(&self, _: &TaskDirectory) {}

    async fn kill(&self, _: &TaskDirectory) {}

    async fn remarks(&self, _: &TaskDirectory) -> Vec<String> {
        Vec::new()
    }

    async fn remove(&self, _: &TaskDirectory) -> anyhow::Result<()> {
        Ok(())
    }

    async fn sweep(&self, _: &BTreeSet<TaskKey>) -> anyhow::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_of_a_spin_up_is_live_and_the_task_can_be_cancelled() {
    let runner = TestRunner::with(Arc::new(Stuck));
    let task = Job::docker("build").lease_ms(60, 60_000).step("Never", "true").queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(0) == "Pulling …\n").await;
    runner.server.cancel(task);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    assert_eq!(record.result(0), Some(&StepResult::Canceled));
    assert_eq!(record.end(), Some((Outcome::Canceled, Some("canceled"))));
    stops.drain.cancel();
    running.await.unwrap();
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_task_that_had_not_begun_when_the_runner_stopped_is_given_back() {
    let runner = TestRunner::with(Arc::new(Stuck));
    let task = Job::docker("build").step("Never", "true").queue(&runner.server);
    let (_, running) = runner.start();
    runner.server.until(task, |record| record.log(0) == "Pulling …\n").await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(runner.runner().resume().await, 1);
    let record = runner.server.record(task);
    assert_eq!(record.unclaimed.as_deref(), Some("the runner was restarted before the first step began"));
    assert!(runner.is_clean());
}
