//! Making the jobs of a new workflow.

use model::{
    id::{JobId, WorkflowId},
    job::JobState,
    plan::{JobKind, JobNode},
    time::Timestamp,
};

use super::{JobType, Needs, row::ROLES};
use crate::{Result, Tx, pipeline::Pipeline, row};

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
    let state = JobState::Blocked.phase();
    for (position, JobNode { name, requires, serial_group, group, kind }) in (0..).zip(jobs) {
        let (id, number) = (JobId::from_uuid(row::new_id()).to_string(), first + position);
        let requires = row::to_json(requires)?;
        let serial_group = serial_group.as_ref().map(|group| &group.0);
        let role = group.as_ref().and_then(|group| ROLES.into_iter().find(|(_, role)| *role == group.role));
        let (group, role) = (group.as_ref().map(|group| &group.name), role.map(|(name, _)| name));
        let plan = match kind {
            JobKind::Build { plan } => Some(plan),
            JobKind::Approval | JobKind::NoOp | JobKind::Release { .. } => None,
        };
        let needs = plan.map(|plan| Needs::of(&plan.executor).name());
        let resource_class = plan.and_then(|plan| plan.resource_class.as_ref()).map(|class| &class.0);
        let parallelism = plan.map_or(1, |plan| plan.parallelism.max(1));
        let plan = plan.map(row::to_json).transpose()?;
        let kind = JobType::of(kind).name();
        sqlx::query!(
            "INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, requires, serial_group,
                              job_group, group_role, plan, resource_class, needs, parallelism, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            id,
            workflow,
            project,
            number,
            name,
            position,
            kind,
            state,
            requires,
            serial_group,
            group,
            role,
            plan,
            resource_class,
            needs,
            parallelism,
            now
        )
        .execute(tx.db())
        .await?;
    }
    Ok(())
}
