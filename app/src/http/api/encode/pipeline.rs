//! Pipelines.

use config::Diagnostic;
use model::{id::PipelineId, pipeline::PipelineState, trigger::Trigger};
use serde::Serialize;
use store::{pipeline::Pipeline, project::Project};

use super::{person::ActorBody, project::provider, time::Time};

/// A pipeline.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct PipelineBody {
    id: PipelineId,
    number: u64,
    project_slug: String,
    state: &'static str,
    created_at: Time,
    errors: Vec<ErrorBody>,
    trigger: TriggerBody,
    vcs: VcsBody,
}

#[derive(Debug, Serialize)]
struct ErrorBody {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct TriggerBody {
    #[serde(rename = "type")]
    kind: &'static str,
    received_at: Time,
    actor: ActorBody,
}

#[derive(Debug, Serialize)]
struct VcsBody {
    provider_name: &'static str,
    origin_repository_url: String,
    target_repository_url: String,
    revision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    commit: CommitBody,
}

#[derive(Debug, Serialize)]
struct CommitBody {
    subject: String,
    body: String,
}

impl PipelineBody {
    pub(in crate::http::api) fn new(pipeline: &Pipeline, project: &Project) -> Self {
        Self {
            id: pipeline.id,
            number: pipeline.number,
            project_slug: pipeline.slug.to_string(),
            state: pipeline.state.name(),
            created_at: pipeline.created_at.into(),
            errors: errors(pipeline),
            trigger: TriggerBody {
                kind: trigger(pipeline.trigger),
                received_at: pipeline.created_at.into(),
                actor: ActorBody::new(&pipeline.actor, project),
            },
            vcs: VcsBody {
                provider_name: provider(pipeline.slug.vcs),
                origin_repository_url: project.web_url.clone(),
                target_repository_url: project.web_url.clone(),
                revision: pipeline.sha.to_string(),
                branch: pipeline.git_ref.branch().map(str::to_owned),
                tag: pipeline.git_ref.tag().map(str::to_owned),
                commit: CommitBody { subject: pipeline.subject.clone(), body: pipeline.body.clone() },
            },
        }
    }
}

const fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Webhook => "webhook",
        Trigger::Schedule => "scheduled_pipeline",
        Trigger::Api => "api",
        Trigger::Local => "explicit",
    }
}

/// What is wrong with it: each finding of the compiler, or the one sentence of why there is nothing to run.
fn errors(pipeline: &Pipeline) -> Vec<ErrorBody> {
    if pipeline.state != PipelineState::Errored {
        return Vec::new();
    }
    let findings =
        pipeline.errors.as_ref().and_then(|errors| serde_json::from_value::<Vec<Diagnostic>>(errors.clone()).ok());
    let findings = findings.unwrap_or_default();
    if findings.is_empty() {
        let message = pipeline.reason.clone().unwrap_or_default();
        return vec![ErrorBody { kind: "other", message }];
    }
    findings.iter().map(|finding| ErrorBody { kind: "config", message: message(finding) }).collect()
}

/// `FILE:LINE:COLUMN: what; help: what to do`.
fn message(finding: &Diagnostic) -> String {
    let place = finding.labels().next().map(|label| format!("{}:{}:{}: ", label.file, label.line, label.column));
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}"));
    format!("{}{}{}", place.unwrap_or_default(), finding.message, help.unwrap_or_default())
}

/// A pipeline that was just asked for.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct TriggeredBody {
    id: PipelineId,
    state: &'static str,
    number: u64,
    created_at: Time,
}

impl TriggeredBody {
    pub(in crate::http::api) fn new(pipeline: &Pipeline) -> Self {
        let Pipeline { id, state, number, created_at, .. } = pipeline;
        Self { id: *id, state: state.name(), number: *number, created_at: (*created_at).into() }
    }
}
