//! Workflows.

use model::{
    id::{PipelineId, WorkflowId},
    trigger::Actor,
    workflow::WorkflowStatus,
};
use serde::Serialize;
use store::{pipeline::Pipeline, workflow::Workflow};
use uuid::Uuid;

use super::time::Time;
use crate::vcs::person_id;

/// A workflow.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct WorkflowBody {
    id: WorkflowId,
    name: String,
    pipeline_id: PipelineId,
    pipeline_number: u64,
    project_slug: String,
    status: &'static str,
    started_by: Uuid,
    created_at: Time,
    /// Always there: null before the end.
    stopped_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_rerun_number: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_auto_reruns: Option<u8>,
    /// Beyond CircleCI: counts the attempts from 1.
    attempt: u32,
    /// Beyond CircleCI: the attempt that this one repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    rerun_of: Option<WorkflowId>,
    /// Beyond CircleCI: who or what canceled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl WorkflowBody {
    pub(in crate::http::api) fn new(workflow: &Workflow, pipeline: &Pipeline) -> Self {
        let Actor { id, login: _ } = workflow.rerun_by.as_ref().unwrap_or(&pipeline.actor);
        Self {
            id: workflow.id,
            name: workflow.name.clone(),
            pipeline_id: pipeline.id,
            pipeline_number: pipeline.number,
            project_slug: pipeline.slug.to_string(),
            status: status(workflow.status),
            started_by: person_id(pipeline.slug.vcs, *id),
            created_at: workflow.created_at.into(),
            stopped_at: workflow.ended_at.map(Time::from),
            auto_rerun_number: (workflow.auto_rerun_number > 0).then_some(workflow.auto_rerun_number),
            max_auto_reruns: (workflow.max_auto_reruns > 0).then_some(workflow.max_auto_reruns),
            attempt: workflow.attempt,
            rerun_of: workflow.rerun_of,
            reason: workflow.cancel_reason.clone(),
        }
    }
}

/// The API's word is ours.
const fn status(status: WorkflowStatus) -> &'static str {
    status.name()
}
