//! What every action needs to know before it is carried out.

use model::{
    id::{JobId, PipelineId, WorkflowId},
    permission::Permission,
    trigger::Actor as Person,
};
use store::{job::Job, pipeline::Pipeline, workflow::Workflow};

use super::refusal::Refusal;
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// A pipeline that somebody who may write to its project wants to act on.
#[derive(Debug)]
pub(super) struct Asked {
    /// Who.
    pub(super) by: Person,
    /// The pipeline.
    pub(super) pipeline: Pipeline,
}

impl Asked {
    /// Checks the right to act on a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline, or the person may not write to its project.
    pub(super) async fn pipeline(state: &WebState, actor: &Actor, id: PipelineId) -> Result<Self, Refusal> {
        let pipeline = store::pipeline::get(state.store.read(), id).await?;
        let project = store::project::get(state.store.read(), pipeline.project_id).await?;
        state.auth.require(Some(actor), &project, Permission::Write).await?;
        Ok(Self { by: actor.person(), pipeline })
    }

    /// The same for a workflow.
    pub(super) async fn workflow(state: &WebState, actor: &Actor, id: WorkflowId) -> Result<(Self, Workflow), Refusal> {
        let workflow = store::workflow::get(state.store.read(), id).await?;
        Ok((Self::pipeline(state, actor, workflow.pipeline_id).await?, workflow))
    }

    /// The same for a job.
    pub(super) async fn job(state: &WebState, actor: &Actor, id: JobId) -> Result<(Self, Job), Refusal> {
        let job = store::job::get(state.store.read(), id).await?;
        Ok((Self::pipeline(state, actor, job.pipeline_id).await?, job))
    }

    /// The page of the pipeline, at one of its workflows.
    pub(super) fn page(&self, workflow: WorkflowId) -> String {
        format!("{}#wf-{workflow}", address::pipeline(&self.pipeline.slug, self.pipeline.number))
    }

    /// Who did it, for the sentences that are kept.
    pub(super) fn reason(&self, what: &str) -> String {
        format!("{} {what}", self.by.login)
    }
}
