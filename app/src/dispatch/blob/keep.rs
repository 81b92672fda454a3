//! What jobs keep: artifacts and test results; and what caches and workspaces share.

use std::{io, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use model::blob::{FailedTests, Timings};
use store::{
    Store, Topic, artifact,
    artifact::Artifact,
    job::{self, Job},
    task::{Task, TaskState},
    test_result,
    workflow::{self, RerunKind},
};
use tokio::sync::Semaphore;
use tracing::error;
use uuid::Uuid;

use super::{Limits, limit::size, name};
use crate::{
    blob::{BlobError, BlobKey, Blobs, Stored},
    clock::Clock,
    dispatch::{DispatchError, lease::current},
    junit,
};

/// Files of test results that are read at a time: each takes as much memory as it is large, and a processor.
const PARSERS: usize = 2;

/// Cases that are written in one transaction: others want to write too.
const CASES: usize = 10_000;

/// Artifacts of a job that may be on their way at the same time: as many connections its tasks have, and some.
const AT_A_TIME: u64 = 1_000;

/// A body on its way in.
pub type Body = BoxStream<'static, Result<Bytes, io::Error>>;

/// Takes what jobs keep, and gives it to those who may have it. Clones share it.
#[derive(Clone, Debug)]
pub struct JobData(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    blobs: Blobs,
    limits: Limits,
    parsers: Semaphore,
}

impl JobData {
    /// Over these rows and blobs.
    pub fn new(store: Store, clock: Clock, blobs: Blobs, limits: Limits) -> Self {
        Self(Arc::new(Inner { store, clock, blobs, limits, parsers: Semaphore::new(PARSERS) }))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The job of a task that runs.
    pub(super) async fn job(&self, task: &Task) -> Result<Job, DispatchError> {
        match task.state {
            TaskState::Running { .. } => Ok(job::get(self.store().read(), task.job_id).await?),
            TaskState::Queued | TaskState::Ended(_) => {
                Err(DispatchError::Fenced(format!("task `{}` is not running", task.id)))
            }
        }
    }

    /// Writes a blob, of which `what` tells.
    pub(super) async fn put(&self, key: BlobKey, body: Body, limit: u64, what: &str) -> Result<Stored, DispatchError> {
        self.blobs().put(key, body, limit).await.map_err(|error| match error {
            BlobError::TooLarge(limit) => {
                name::refused(format!("{what} is larger than {}, the most that this server stores", size(limit)))
            }
            error @ BlobError::Incomplete(_) => name::refused(format!("{what} did not come whole: {error}")),
            BlobError::Full => {
                DispatchError::Unavailable(format!("{what} cannot be stored: the server's disk is full"))
            }
            error @ (BlobError::Store(_) | BlobError::Io(_)) => DispatchError::Internal(error.into()),
        })
    }

    /// Deletes blobs that no row names any more. One that stays takes room, and is in nobody's way.
    pub(super) async fn forget(&self, keys: Vec<BlobKey>) {
        for key in keys {
            if let Err(error) = self.blobs().delete(key).await {
                error!("Failed to delete blob {} of kind {:?}: {error}", key.id, key.kind);
            }
        }
    }

    /// Stores a file of a task under a path; the same path again replaces it.
    ///
    /// # Errors
    /// A path that cannot be, a file that is too large or did not come whole, a task that is not this runner's.
    pub async fn put_artifact(&self, task: &Task, path: &str, body: Body) -> Result<(), DispatchError> {
        name::path(path)?;
        let job = self.job(task).await?;
        let most = self.limits().artifacts;
        let full = || {
            name::refused(format!(
                "this job has {most} artifacts already, the most that this server stores; store an archive of them instead"
            ))
        };
        let (count, _) = artifact::count(self.store().read(), job.id).await?;
        if count >= most {
            return Err(full());
        }
        let key = BlobKey::artifact(Uuid::now_v7());
        let what = format!("the artifact `{path}`");
        let Stored { size_bytes, sha256 } = self.put(key, body, self.limits().artifact_bytes, &what).await?;
        let now = self.clock().now();
        let stored = async {
            let mut tx = self.store().begin().await?;
            let task = current(&mut tx, task).await?;
            let row = Artifact {
                id: key.id,
                job_id: job.id,
                task_id: task.id,
                node_index: task.node_index,
                path: path.to_owned(),
                size_bytes,
                sha256,
                created_at: now,
            };
            let before = artifact::put(&mut tx, &row).await?;
            // Others may have come at the same time. Counting takes a while where there are many, so only who is near does it.
            if count + AT_A_TIME > most && artifact::count(tx.db(), job.id).await?.0 > most {
                return Err(full());
            }
            tx.changed(Topic::Job(job.id));
            tx.commit().await?;
            Ok::<_, DispatchError>(before)
        };
        match stored.await {
            Ok(before) => {
                self.forget(before.map(|before| BlobKey::artifact(before.id)).into_iter().collect()).await;
                Ok(())
            }
            Err(error) => {
                self.forget(vec![key]).await;
                Err(error)
            }
        }
    }

    /// Reads a file of test results, and stores its cases; the same path again replaces them.
    ///
    /// # Errors
    /// A file that is no JUnit XML, is too large or did not come whole, a task that is not this runner's.
    pub async fn put_test_results(&self, task: &Task, path: &str, mut body: Body) -> Result<(), DispatchError> {
        name::path(path)?;
        let job = self.job(task).await?;
        let _turn = self.0.parsers.acquire().await.map_err(|error| DispatchError::Internal(error.into()))?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = body.next().await {
            let chunk =
                chunk.map_err(|error| name::refused(format!("the file `{path}` did not come whole: {error}")))?;
            if bytes.len() + chunk.len() > self.limits().test_file_bytes {
                let limit = size(self.limits().test_file_bytes as u64);
                return Err(name::refused(format!(
                    "the file `{path}` of test results is larger than {limit}; write several files"
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        let parsed = tokio::task::spawn_blocking(move || junit::parse(&bytes)).await;
        let cases = parsed
            .map_err(|error| DispatchError::Internal(error.into()))?
            .map_err(|error| name::refused(format!("the file `{path}` has no test results: {error}")))?;
        let counts = test_result::count(self.store().read(), job.id).await?;
        if counts.total() + cases.len() as u64 > self.limits().test_cases {
            return Err(name::refused(format!(
                "this job has {} test cases already; with `{path}` it would have more than {}, the most that this \
                 server stores",
                counts.total(),
                self.limits().test_cases
            )));
        }
        let mut batches = cases.chunks(CASES);
        let mut first = true;
        loop {
            let batch = batches.next();
            if batch.is_none() && !first {
                return Ok(());
            }
            let mut tx = self.store().begin().await?;
            let task = current(&mut tx, task).await?;
            let source = test_result::Source { job: job.id, task: task.id, node_index: task.node_index, path };
            if first {
                test_result::clear(&mut tx, source).await?;
            }
            test_result::append(&mut tx, source, batch.unwrap_or_default()).await?;
            tx.changed(Topic::Job(job.id));
            tx.commit().await?;
            first = false;
        }
    }

    /// Of a rerun of failed tests only: what failed when this job ran before. `None`: all tests run, because it is no such
    /// rerun, or nothing is known of them.
    ///
    /// # Errors
    /// A task that is not this runner's.
    pub async fn failed_tests(&self, task: &Task) -> Result<Option<FailedTests>, DispatchError> {
        let job = self.job(task).await?;
        let db = self.store().read();
        let workflow = workflow::get(db, job.workflow_id).await?;
        let before = match (workflow.rerun_kind, workflow.rerun_of) {
            (Some(RerunKind::FailedTests), Some(before)) => before,
            (Some(RerunKind::FromStart | RerunKind::FromFailed | RerunKind::Jobs) | None, _) | (_, None) => {
                return Ok(None);
            }
        };
        let Some(before) = job::find_by_name(db, before, &job.name).await? else { return Ok(None) };
        let failed = test_result::failed_tests(db, before.origin()).await?;
        Ok((failed.failed > 0).then_some(failed))
    }

    /// How long the tests of this job took in earlier runs.
    ///
    /// # Errors
    /// A task that is not this runner's.
    pub async fn timings(&self, task: &Task) -> Result<Timings, DispatchError> {
        let job = self.job(task).await?;
        Ok(test_result::timings(self.store().read(), job.project_id, &job.name, job.number).await?)
    }
}
