//! What an address names by its id, with the project whose rights decide: for the API and the dashboard alike.

use model::id::{JobId, PipelineId, WorkflowId};
use store::{Store, job::Job, pipeline::Pipeline, project::Project, workflow::Workflow};

/// Something that belongs to a pipeline.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// The thing itself.
    pub row: T,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// Its project.
    pub project: Project,
}

/// A pipeline.
///
/// # Errors
/// There is none, or the rows cannot be read.
pub async fn pipeline(store: &Store, id: PipelineId) -> store::Result<Named<()>> {
    of((), store, id).await
}

/// A workflow.
///
/// # Errors
/// There is none, or the rows cannot be read.
pub async fn workflow(store: &Store, id: WorkflowId) -> store::Result<Named<Workflow>> {
    let workflow = store::workflow::get(store.read(), id).await?;
    let pipeline = workflow.pipeline_id;
    of(workflow, store, pipeline).await
}

/// A job.
///
/// # Errors
/// There is none, or the rows cannot be read.
pub async fn job(store: &Store, id: JobId) -> store::Result<Named<Job>> {
    let job = store::job::get(store.read(), id).await?;
    let pipeline = job.pipeline_id;
    of(job, store, pipeline).await
}

async fn of<T>(row: T, store: &Store, pipeline: PipelineId) -> store::Result<Named<T>> {
    let pipeline = store::pipeline::get(store.read(), pipeline).await?;
    let project = store::project::get(store.read(), pipeline.project_id).await?;
    Ok(Named { row, pipeline, project })
}
