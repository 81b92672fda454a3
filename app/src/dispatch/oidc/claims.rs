//! What a token says.

use model::{
    id::{ContextId, JobId, PipelineId, ProjectId, WorkflowId},
    time::Timestamp,
};
use serde::Serialize;
use store::{job::Job, pipeline::Pipeline, project::Project};
use uuid::Uuid;

use super::issuer::Issuer;
use crate::{
    secret::LIFE_MS,
    vcs::{organization_id, person_id},
};

/// How much the subject tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Organization, project, user: `CIRCLE_OIDC_TOKEN`.
    First,
    /// Repository and branch or tag as well: `CIRCLE_OIDC_TOKEN_V2`.
    Second,
}

/// Who a token is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) project: &'a Project,
    pub(super) pipeline: &'a Pipeline,
    pub(super) job: &'a Job,
    /// The number at the forge of the person who made the job run.
    pub(super) person: Option<i64>,
    /// The contexts that the job uses.
    pub(super) contexts: &'a [ContextId],
}

/// The claims. Where the documentation leaves a claim out for some pipelines, it is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    #[serde(rename = "oidc.circleci.com/context-ids")]
    context_ids: Vec<ContextId>,
    #[serde(rename = "oidc.circleci.com/job-id")]
    job_id: JobId,
    #[serde(rename = "oidc.circleci.com/org-id")]
    organization_id: Uuid,
    #[serde(rename = "oidc.circleci.com/pipeline-id")]
    pipeline_id: PipelineId,
    #[serde(rename = "oidc.circleci.com/project-id")]
    project_id: ProjectId,
    #[serde(rename = "oidc.circleci.com/ssh-rerun")]
    ssh_rerun: bool,
    #[serde(rename = "oidc.circleci.com/vcs-origin", skip_serializing_if = "Option::is_none")]
    vcs_origin: Option<String>,
    #[serde(rename = "oidc.circleci.com/vcs-ref", skip_serializing_if = "Option::is_none")]
    vcs_ref: Option<String>,
    #[serde(rename = "oidc.circleci.com/workflow-id")]
    workflow_id: WorkflowId,
}

/// For whom a token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Of a token that is issued at this time. Without an `audience` it is for the organization's id.
    pub(super) fn new(
        about: About<'_>,
        format: Format,
        public_url: &str,
        root_issuer: bool,
        audience: &[String],
        at: Timestamp,
    ) -> Self {
        let About { project, pipeline, job, person, contexts } = about;
        let organization = organization_id(project.slug.vcs, &project.slug.org);
        let issuer = if root_issuer { Issuer::Root } else { Issuer::Organization(organization) };
        let user = person_id(project.slug.vcs, person);
        let (vcs_origin, vcs_ref) = match is_of_custom_webhook(pipeline) {
            true => (None, None),
            false => (Some(origin(&project.web_url)), Some(pipeline.git_ref.full())),
        };
        let mut sub = format!("org/{organization}/project/{}/user/{user}", project.id);
        if let (Format::Second, Some(origin), Some(full_ref)) = (format, &vcs_origin, &vcs_ref) {
            sub += &format!("/vcs-origin/{origin}/vcs-ref/{full_ref}");
        }
        let iat = at.millis().div_euclid(1000);
        Self {
            iss: issuer.url(public_url),
            sub,
            aud: match audience {
                [] => Audience::One(organization.to_string()),
                [one] => Audience::One(one.clone()),
                many => Audience::Many(many.to_vec()),
            },
            iat,
            exp: iat + LIFE_MS / 1000,
            context_ids: contexts.to_vec(),
            job_id: job.id,
            organization_id: organization,
            pipeline_id: pipeline.id,
            project_id: project.id,
            // Nobody can come into a job over SSH here.
            ssh_rerun: false,
            vcs_origin,
            vcs_ref,
            workflow_id: job.workflow_id,
        }
    }
}

/// Whether a custom webhook started the pipeline: then a program chose what is built, and no event of the repository.
fn is_of_custom_webhook(pipeline: &Pipeline) -> bool {
    pipeline.values.get("pipeline.event.name").and_then(serde_json::Value::as_str) == Some("custom_webhook")
}

/// `github.com/acme/app`: the repository's address as people know it.
fn origin(web_url: &str) -> String {
    let address = web_url.split_once("://").map_or(web_url, |(_, address)| address);
    address.trim_end_matches('/').to_owned()
}
