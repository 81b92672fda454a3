//! Making the jobs of a new workflow.

use model::{
    id::{JobId, WorkflowId},
    job::JobState,
    plan::{JobKind, JobNode},
    time::Timestamp,
};

use serde::Serialize;

use super::{JobType, Needs, row::ROLES};
use crate::{Result, Tx, pipeline::Pipeline, row};

/// So many rows go into one statement: their plans lie in memory once more.
const AT_ONCE: usize = 250;

/// Makes all jobs of a workflow, blocked, with the next numbers of the project.
pub(crate) async fn create_all(
    tx: &mut Tx,
    pipeline: &Pipeline,
    workflow: WorkflowId,
    jobs: &[JobNode],
    now: Timestamp,
) -> Result<()> {
    let (workflow, project, now) = (workflow.to_string(), pipeline.project_id.to_string(), now.millis());
    let count = row::integer(jobs.len() as u64);
    let first = sqlx::query_scalar!(
        r#"UPDATE project SET next_job_number = next_job_number + ?2 WHERE id = ?1
           RETURNING next_job_number - ?2 AS "number!: i64""#,
        project,
        count
    )
    .fetch_one(tx.db())
    .await?;
    let mut rows = Vec::with_capacity(jobs.len().min(AT_ONCE));
    for (position, node) in (0..).zip(jobs) {
        rows.push(NewJob::of(node, position, first + position)?);
        if rows.len() == AT_ONCE {
            insert(tx, &workflow, &project, &rows, now).await?;
            rows.clear();
        }
    }
    insert(tx, &workflow, &project, &rows, now).await
}

/// A row to be.
#[derive(Serialize)]
struct NewJob<'a> {
    id: JobId,
    number: i64,
    name: &'a str,
    position: i64,
    kind: &'static str,
    requires: String,
    serial_group: Option<&'a str>,
    job_group: Option<&'a str>,
    group_role: Option<&'static str>,
    plan: Option<String>,
    resource_class: Option<&'a str>,
    needs: Option<&'static str>,
    parallelism: u32,
}

impl<'a> NewJob<'a> {
    fn of(node: &'a JobNode, position: i64, number: i64) -> Result<Self> {
        let JobNode { name, requires, serial_group, group, kind } = node;
        let role = group.as_ref().and_then(|group| ROLES.into_iter().find(|(_, role)| *role == group.role));
        let plan = match kind {
            JobKind::Build { plan } => Some(plan),
            JobKind::Approval | JobKind::NoOp | JobKind::Release { .. } => None,
        };
        Ok(Self {
            id: JobId::from_uuid(row::new_id()),
            number,
            name,
            position,
            kind: JobType::of(kind).name(),
            requires: row::to_json(requires)?,
            serial_group: serial_group.as_ref().map(|group| group.0.as_str()),
            job_group: group.as_ref().map(|group| group.name.as_str()),
            group_role: role.map(|(name, _)| name),
            plan: plan.map(row::to_json).transpose()?,
            resource_class: plan.and_then(|plan| plan.resource_class.as_ref()).map(|class| class.0.as_str()),
            needs: plan.map(|plan| Needs::of(&plan.executor).name()),
            parallelism: plan.map_or(1, |plan| plan.parallelism.max(1)),
        })
    }
}

async fn insert(tx: &mut Tx, workflow: &str, project: &str, rows: &[NewJob<'_>], now: i64) -> Result<()> {
    let (rows, state) = (row::to_json(rows)?, JobState::Blocked.phase());
    sqlx::query!(
        "INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, requires, serial_group,
                          job_group, group_role, plan, resource_class, needs, parallelism, created_at)
         SELECT value ->> 'id', ?2, ?3, value ->> 'number', value ->> 'name', value ->> 'position', value ->> 'kind', ?4,
                value ->> 'requires', value ->> 'serial_group', value ->> 'job_group', value ->> 'group_role',
                value ->> 'plan', value ->> 'resource_class', value ->> 'needs', value ->> 'parallelism', ?5
         FROM json_each(?1)",
        rows,
        workflow,
        project,
        state,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
