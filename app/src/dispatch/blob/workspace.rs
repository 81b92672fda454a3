//! Workspaces: what jobs hand to those after them in their workflow.

use std::collections::{HashMap, HashSet};

use model::{
    blob::{Workspace, WorkspaceLayer},
    id::JobId,
};
use store::{
    job::{self, Job},
    task::Task,
    workspace::{self, Layer},
};
use uuid::Uuid;

use super::{JobData, graph::Graph, keep::Body, name};
use crate::{
    blob::{BlobKey, Content, Stored},
    dispatch::{DispatchError, lease::current},
};

impl JobData {
    /// The layers of all jobs that this one comes after: those of jobs before others first, then the older first. In a rerun,
    /// jobs that did not run again have the layers of the run that counts for them.
    ///
    /// # Errors
    /// A task that is not this runner's.
    pub async fn workspace(&self, task: &Task) -> Result<Workspace, DispatchError> {
        let job = self.job(task).await?;
        let jobs = job::list_by_workflow(self.store().read(), job.workflow_id).await?;
        let layers = self.layers(&job, &jobs).await?;
        let graph = Graph::new(&jobs);
        let persisted: HashSet<JobId> = layers.iter().map(|(_, job)| job.id).collect();
        let names = |jobs: Vec<&Job>| {
            jobs.into_iter().filter(|job| persisted.contains(&job.id)).map(|job| job.name.clone()).collect()
        };
        let ordered = jobs.iter().filter(|job| persisted.contains(&job.id));
        Ok(Workspace {
            after: ordered.map(|job| (job.name.clone(), names(graph.upstream(job)))).collect(),
            layers: layers
                .into_iter()
                .map(|(layer, job)| WorkspaceLayer {
                    id: layer.id,
                    job: job.name.clone(),
                    size_bytes: layer.size_bytes,
                })
                .collect(),
        })
    }

    /// With the job that persisted each.
    async fn layers<'a>(&self, job: &Job, jobs: &'a [Job]) -> Result<Vec<(Layer, &'a Job)>, DispatchError> {
        let depths = Graph::new(jobs).depths(job);
        let by_origin: HashMap<JobId, &Job> = jobs.iter().map(|job| (job.origin(), job)).collect();
        let layers = workspace::list_by_workflow(self.store().read(), job.workflow_id).await?;
        let mut layers: Vec<_> = layers
            .into_iter()
            .filter_map(|layer| {
                let job = *by_origin.get(&layer.job_id)?;
                Some((*depths.get(&job.id)?, job, layer))
            })
            .collect();
        layers.sort_by_key(|(depth, _, layer)| (*depth, layer.created_at, layer.id));
        Ok(layers.into_iter().map(|(_, job, layer)| (layer, job)).collect())
    }

    /// The archive of a layer that this job sees.
    ///
    /// # Errors
    /// `NotFound` for a layer that it does not see, or that is lost; a task that is not this runner's.
    pub async fn layer(&self, task: &Task, id: Uuid) -> Result<Content, DispatchError> {
        let job = self.job(task).await?;
        let missing = || DispatchError::NotFound(format!("layer `{id}` of this job's workspace"));
        let jobs = job::list_by_workflow(self.store().read(), job.workflow_id).await?;
        let layers = self.layers(&job, &jobs).await?;
        let (layer, by) = layers.into_iter().find(|(layer, _)| layer.id == id).ok_or_else(missing)?;
        let stored = Stored { size_bytes: layer.size_bytes, sha256: layer.sha256 };
        match self.blobs().get(BlobKey::workspace(id), stored).await {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err(DispatchError::NotFound(format!(
                "the archive of what job `{}` persisted, layer `{id}`: the server's blob store has lost it; rerun the \
                 workflow from its start",
                by.name
            ))),
            Err(error) => Err(DispatchError::Internal(error.into())),
        }
    }

    /// Adds a layer.
    ///
    /// # Errors
    /// An archive that is too large or did not come whole, a task that is not this runner's.
    pub async fn persist(&self, task: &Task, body: Body) -> Result<(), DispatchError> {
        let job = self.job(task).await?;
        let have = workspace::list_by_workflow(self.store().read(), job.workflow_id).await?.len();
        if have >= self.limits().layers {
            return Err(name::refused(format!(
                "the workspace of this workflow has {have} layers already, the most it may"
            )));
        }
        let blob = BlobKey::workspace(Uuid::now_v7());
        let what = "what is persisted to the workspace";
        let Stored { size_bytes, sha256 } = self.put(blob, body, self.limits().layer_bytes, what).await?;
        let now = self.clock().now();
        let stored = async {
            let mut tx = self.store().begin().await?;
            let task = current(&mut tx, task).await?;
            let layer = Layer {
                id: blob.id,
                workflow_id: job.workflow_id,
                job_id: job.id,
                task_id: task.id,
                size_bytes,
                sha256,
                created_at: now,
            };
            workspace::create(&mut tx, &layer).await?;
            tx.commit().await?;
            Ok::<_, DispatchError>(())
        };
        let stored = stored.await;
        if stored.is_err() {
            self.forget(vec![blob]).await;
        }
        stored
    }
}
