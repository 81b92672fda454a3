//! What every action needs to know before it is carried out.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use model::{
    id::{JobId, PipelineId, WorkflowId},
    permission::Permission,
    trigger::Actor as Person,
};
use serde::de::DeserializeOwned;
use store::{Store, job::Job, pipeline::Pipeline, workflow::Workflow};

use super::refusal::Refusal;
use crate::http::{
    auth::Actor,
    named::{self, Named},
    web::{WebState, address, error::PageError},
};

/// What somebody who may write to its project wants to act on: a job, a workflow, or (`()`) the pipeline itself. A handler that
/// asks for one is not reached by anybody else.
#[derive(Debug)]
pub(super) struct Asked<T> {
    /// Who.
    pub(super) by: Person,
    /// The thing that the address names.
    pub(super) row: T,
    /// Its pipeline.
    pub(super) pipeline: Pipeline,
}

/// What an action can be about.
pub(super) trait Subject: Sized + Send {
    /// As the address names it.
    type Id: DeserializeOwned + Send;

    /// Loads it.
    fn load(store: &Store, id: Self::Id) -> impl Future<Output = store::Result<Named<Self>>> + Send;
}

impl Subject for () {
    type Id = PipelineId;

    async fn load(store: &Store, id: PipelineId) -> store::Result<Named<Self>> {
        named::pipeline(store, id).await
    }
}

impl Subject for Workflow {
    type Id = WorkflowId;

    async fn load(store: &Store, id: WorkflowId) -> store::Result<Named<Self>> {
        named::workflow(store, id).await
    }
}

impl Subject for Job {
    type Id = JobId;

    async fn load(store: &Store, id: JobId) -> store::Result<Named<Self>> {
        named::job(store, id).await
    }
}

impl<T: Subject> FromRequestParts<WebState> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Refusal> {
        let actor = Actor::from_request_parts(parts, state).await?;
        let Path(id) =
            Path::<T::Id>::from_request_parts(parts, state).await.map_err(|_| Refusal::Page(PageError::nowhere()))?;
        let Named { row, pipeline, project } = T::load(&state.store, id).await?;
        state.auth.require(Some(&actor), &project, Permission::Write).await?;
        Ok(Self { by: actor.person(), row, pipeline })
    }
}

impl<T> Asked<T> {
    /// The page of the pipeline, at one of its workflows.
    pub(super) fn page(&self, workflow: WorkflowId) -> String {
        format!("{}#wf-{workflow}", address::pipeline(&self.pipeline.slug, self.pipeline.number))
    }

    /// Who did it, for the sentences that are kept.
    pub(super) fn reason(&self, what: &str) -> String {
        format!("{} {what}", self.by.login)
    }
}
