//! From rows to what decisions need to know.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    id::WorkflowId,
    job::JobState,
    plan::{JobGroup, SerialGroup},
    time::Timestamp,
    zone::Zone,
};
use store::{
    Result, Tx,
    job::{self, Job},
    pipeline::{self, Pipeline},
    serial_group::{self, GroupKey, TicketState},
    workflow::{self, Workflow},
};

use super::{
    auto_rerun::AutoReruns,
    decide::{Graph, Node, Reused},
    serial::{Place, Queues},
};

/// A workflow as its rows are in this transaction.
pub(super) struct Loaded {
    pub(super) workflow: Workflow,
    pub(super) pipeline: Pipeline,
    pub(super) jobs: Vec<Job>,
    pub(super) graph: Graph,
}

/// Reads a workflow.
pub(super) async fn load(tx: &mut Tx, id: WorkflowId, timeout_ms: i64, now: Timestamp) -> Result<Loaded> {
    let workflow = workflow::get(tx.db(), id).await?;
    let pipeline = pipeline::get(tx.db(), workflow.pipeline_id).await?;
    let jobs = job::list_by_workflow(tx.db(), id).await?;
    let mut nodes = Vec::with_capacity(jobs.len());
    for job in &jobs {
        nodes.push(node(tx, &pipeline, job).await?);
    }
    let queues = queues(tx, &pipeline, &jobs, timeout_ms).await?;
    let over = jobs.iter().all(|job| job.state.outcome().is_some());
    let repeated = workflow.max_auto_reruns > 0 && over && workflow::find_rerun(tx.db(), id).await?.is_some();
    let reruns = AutoReruns {
        most: workflow.max_auto_reruns,
        number: workflow.auto_rerun_number,
        asked_for: workflow.rerun_by.is_some(),
        repeated,
        pipeline_age_ms: now.millis_since(pipeline.created_at),
    };
    let graph = Graph { nodes, canceled: workflow.cancel_reason.is_some(), queues, reruns };
    Ok(Loaded { workflow, pipeline, jobs, graph })
}

async fn node(tx: &mut Tx, pipeline: &Pipeline, job: &Job) -> Result<Node> {
    let reuses = match (job.reuses, job.state) {
        (Some(origin), JobState::Blocked) => {
            let origin = job::get(tx.db(), origin).await?;
            let attempt = workflow::get(tx.db(), origin.workflow_id).await?.attempt;
            Some(Reused { state: origin.state, attempt })
        }
        (_, _) => None,
    };
    Ok(Node {
        id: job.id,
        name: job.name.clone(),
        kind: job.kind,
        state: job.state,
        requires: job.requires.clone(),
        waits_for: job.waits_for.clone(),
        serial_group: job.serial_group.clone(),
        group: job.group.clone(),
        reuses,
        who: who(unit(job), &format!("{}/{}", pipeline.slug.org, pipeline.slug.repo), pipeline.number),
    })
}

/// What people know a place in a queue by: the job group, where it is one's, else the job.
pub(super) fn unit(job: &Job) -> &str {
    match &job.group {
        Some(JobGroup { name, role: model::plan::GroupRole::Entry }) => name,
        Some(JobGroup { role: model::plan::GroupRole::Member | model::plan::GroupRole::Exit, .. }) | None => &job.name,
    }
}

fn who(unit: &str, project: &str, pipeline: u64) -> String {
    format!("`{unit}` of {project} #{pipeline}")
}

/// The queues of the groups that jobs of the workflow are in, or will be.
async fn queues(tx: &mut Tx, pipeline: &Pipeline, jobs: &[Job], timeout_ms: i64) -> Result<Queues> {
    let keys: BTreeSet<_> =
        jobs.iter().filter(|job| job.reuses.is_none()).filter_map(|job| job.serial_group.clone()).collect();
    if keys.is_empty() {
        return Ok(Queues::default());
    }
    let mut queues = BTreeMap::new();
    for key in keys {
        let group = group_key(pipeline, key.clone());
        let tickets = serial_group::list_queue(tx.db(), &group).await?;
        let places = tickets.into_iter().map(|ticket| Place {
            job: ticket.job_id,
            project: ticket.project_id,
            pipeline_number: ticket.pipeline_number,
            holds: matches!(ticket.state, TicketState::Holding { .. }),
            joined_at: ticket.joined_at,
            who: who(&ticket.unit, &format!("{}/{}", ticket.slug.org, ticket.slug.repo), ticket.pipeline_number),
        });
        queues.insert(key, places.collect());
    }
    let released = match jobs.first() {
        Some(job) => serial_group::list_by_workflow(tx.db(), job.workflow_id)
            .await?
            .into_iter()
            .filter(|ticket| ticket.state == TicketState::Left)
            .map(|ticket| ticket.job_id)
            .collect(),
        None => BTreeSet::new(),
    };
    let (project, pipeline_number) = (Some(pipeline.project_id), pipeline.number);
    let pull_request = match pipeline.zone {
        Zone::Protected | Zone::Repo => None,
        Zone::Fork { repository: _ } => Some(pipeline.git_ref.name().to_owned()),
    };
    Ok(Queues { project, pipeline_number, pull_request, queues, released, timeout_ms })
}

/// A serial group of the pipeline's organization. A pull request from a fork has its own, so that a stranger can neither take
/// the organization's lock nor wait for it. No key of a configuration has a colon.
pub fn group_key(pipeline: &Pipeline, key: SerialGroup) -> GroupKey {
    let Pipeline { slug, git_ref, zone, .. } = pipeline;
    let key = match zone {
        Zone::Protected | Zone::Repo => key,
        Zone::Fork { repository: _ } => SerialGroup(format!("{}:{}:{}", slug.repo, git_ref.name(), key.0)),
    };
    GroupKey { vcs: slug.vcs, org: slug.org.clone(), key }
}
