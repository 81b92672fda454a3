//! Nobody reaches a handler without the right that its route takes.
//!
//! The table says for each route what its address names and what right that takes. This loads the one and checks the other, so
//! that a handler begins with a row that its caller may see, and cannot forget to ask.

use axum::{
    extract::{FromRequestParts, Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use model::{
    id::{ContextId, JobId, PipelineId, WorkflowId},
    permission::Permission,
    project::ProjectSlug,
};
use store::{context::Context, job::Job, pipeline::Pipeline, project::Project, schedule::Schedule, workflow::Workflow};
use uuid::Uuid;

use super::{
    ApiState,
    error::{ApiError, Result},
};
use crate::http::{
    auth::{Denied, Visitor},
    named::{self, Named},
};

/// What a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody who may look at anything. The handler shows each what they may see.
    Anybody,
    /// Whoever carries the secret that the body holds.
    Bearer,
    /// Whoever is known.
    Known,
    /// Administrators of this server.
    Administrator,
    /// A right to the project that the address names by `{slug}`.
    Project(Permission),
    /// A right to the project of the pipeline `{pipeline}`.
    Pipeline(Permission),
    /// A right to the project of the workflow `{workflow}`.
    Workflow(Permission),
    /// A right to the project of the job `{job}`.
    Job(Permission),
    /// A right to the project of the schedule `{schedule}`.
    Schedule(Permission),
    /// Administrators of this server; the address names the context `{context}`.
    Context,
}

/// Lets a call through to its handler, with what its address names.
pub(super) async fn guard(State((state, access)): State<(ApiState, Access)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&state, access, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    }
}

async fn admit(state: &ApiState, access: Access, parts: &mut Parts) -> Result<()> {
    // What a secret in the body opens is no matter of who brings it.
    let visitor = Visitor(if access == Access::Bearer { None } else { state.auth.identify(parts).await? });
    let Visitor(actor) = &visitor;
    // Before anything is looked for: an answer that depends on it would tell nobody's business to nobody.
    if access != Access::Bearer && state.auth.rules().login_to_read && actor.is_none() {
        return Err(Denied::Unknown.into());
    }
    let address = Address::read(parts).await?;
    let db = state.store.read();
    let (project, need) = match access {
        Access::Anybody | Access::Bearer => (None, Permission::None),
        Access::Known => {
            actor.as_ref().ok_or(Denied::Unknown)?;
            (None, Permission::None)
        }
        Access::Administrator => {
            actor.as_ref().ok_or(Denied::Unknown)?.require_admin()?;
            (None, Permission::None)
        }
        Access::Project(need) => (Some(address.project(state).await?), need),
        Access::Pipeline(need) => {
            let id = PipelineId::from_uuid(address.id("pipeline")?);
            let Named { row: (), pipeline, project } = named::pipeline(&state.store, id).await?;
            parts.extensions.insert(pipeline);
            (Some(project), need)
        }
        Access::Workflow(need) => {
            let id = WorkflowId::from_uuid(address.id("workflow")?);
            let Named { row: workflow, pipeline, project } = named::workflow(&state.store, id).await?;
            parts.extensions.insert(workflow);
            parts.extensions.insert(pipeline);
            (Some(project), need)
        }
        Access::Job(need) => {
            let id = JobId::from_uuid(address.id("job")?);
            let Named { row: job, pipeline: _, project } = named::job(&state.store, id).await?;
            parts.extensions.insert(job);
            (Some(project), need)
        }
        Access::Schedule(need) => {
            let schedule = store::schedule::get(db, address.id("schedule")?).await?;
            let project = store::project::get(db, schedule.project_id).await?;
            parts.extensions.insert(schedule);
            (Some(project), need)
        }
        Access::Context => {
            actor.as_ref().ok_or(Denied::Unknown)?.require_admin()?;
            let id = ContextId::from_uuid(address.id("context")?);
            parts.extensions.insert(store::context::get(db, id).await?);
            (None, Permission::None)
        }
    };
    if let Some(project) = project {
        state.auth.require(actor.as_ref(), &project, need).await?;
        parts.extensions.insert(project);
    }
    parts.extensions.insert(visitor);
    Ok(())
}

/// What an address names, by the names of its parts.
struct Address(Vec<(String, String)>);

impl Address {
    async fn read(parts: &mut Parts) -> Result<Self> {
        let Path(named) = Path::<Vec<(String, String)>>::from_request_parts(parts, &())
            .await
            .map_err(|_| ApiError::refused("the address is not understood"))?;
        Ok(Self(named))
    }

    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(named, _)| named == name).map_or("", |(_, value)| value)
    }

    fn id(&self, name: &str) -> Result<Uuid> {
        let text = self.text(name);
        text.parse().map_err(|_| ApiError::missing(format_args!("{name} `{text}`")))
    }

    /// By slug or by id.
    async fn project(&self, state: &ApiState) -> Result<Project> {
        let text = self.text("slug");
        let db = state.store.read();
        if let Ok(id) = text.parse() {
            return Ok(store::project::get(db, id).await?);
        }
        let slug: ProjectSlug = text.parse().map_err(|_| ApiError::missing(format_args!("project `{text}`")))?;
        store::project::find_by_slug(db, &slug)
            .await?
            .ok_or_else(|| ApiError::missing(format_args!("project `{slug}`")))
    }
}

/// What the guard has loaded, for handlers. A handler whose route does not name it cannot have it.
pub(super) struct Loaded<T>(pub(super) T);

macro_rules! loaded {
    ($($row:ty),+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for Loaded<$row> {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
                let found = parts.extensions.get::<$row>().cloned();
                found.map(Self).ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the route names no such row")))
            }
        }
    )+};
}
loaded!(Project, Pipeline, Workflow, Job, Schedule, Context);
