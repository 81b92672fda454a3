//! A newer push makes older work of its branch redundant, where the project wants that.

use model::{id::PipelineId, project::GitRef, time::Timestamp, trigger::Trigger};

use crate::{Result, Tx, pipeline::Pipeline, project, row, trigger_setting, workflow};

/// The trigger of this pipeline and its branch, if it is of a kind that supersedes and is superseded: pushes and calls of
/// the API, on a branch that is not the default one, of a project with auto-cancel on.
async fn branch_of<'p>(tx: &mut Tx, pipeline: &'p Pipeline) -> Result<Option<&'p str>> {
    match pipeline.trigger {
        Trigger::Webhook | Trigger::Api => {}
        Trigger::Schedule | Trigger::Local => return Ok(None),
    }
    let GitRef::Branch(branch) = &pipeline.git_ref else { return Ok(None) };
    if !trigger_setting::get(tx.db(), pipeline.project_id).await?.auto_cancel {
        return Ok(None);
    }
    let default_branch = project::get(tx.db(), pipeline.project_id).await?.default_branch;
    Ok((*branch != default_branch).then_some(branch))
}

fn sentence(newer: u64, branch: &str) -> String {
    format!("canceled by pipeline {newer}: a newer push to `{branch}`")
}

/// Call it once for a new pipeline, in the transaction that makes it: cancels every workflow of an older pipeline of its
/// branch that has not ended. Schedules' pipelines stay, and so do reruns, and what was there before auto-cancel was turned on.
pub async fn cancel_older(tx: &mut Tx, newer: &Pipeline, now: Timestamp) -> Result<()> {
    let Some(branch) = branch_of(tx, newer).await? else { return Ok(()) };
    let (project, number) = (newer.project_id.to_string(), row::integer(newer.number));
    let redundant = sqlx::query_scalar!(
        "SELECT w.id FROM pipeline p JOIN workflow w ON w.pipeline_id = p.id JOIN project r ON r.id = p.project_id
         WHERE p.number >= r.auto_cancel_from AND p.project_id = ?1 AND p.ref_name = ?2 AND p.ref_kind = 'branch' AND p.number < ?3
               AND p.trigger IN ('webhook', 'api') AND w.ended_at IS NULL AND w.rerun_of IS NULL
         ORDER BY w.id",
        project,
        branch,
        number
    )
    .fetch_all(tx.db())
    .await?;
    for id in redundant {
        workflow::cancel(tx, row::text("id", &id)?, &sentence(newer.number, branch), now).await?;
    }
    Ok(())
}

/// Call it once a pipeline's workflows have been made, in the same transaction: a newer one may have come meanwhile, and
/// then they are cancelled at once. Gives that one's number.
pub async fn cancel_if_superseded(tx: &mut Tx, id: PipelineId, now: Timestamp) -> Result<Option<u64>> {
    let pipeline = crate::pipeline::get(tx.db(), id).await?;
    let Some(branch) = branch_of(tx, &pipeline).await? else { return Ok(None) };
    let (project, number) = (pipeline.project_id.to_string(), row::integer(pipeline.number));
    let newer = sqlx::query_scalar!(
        r#"SELECT max(p.number) AS "newer?: i64" FROM pipeline p JOIN project r ON r.id = p.project_id
           WHERE p.project_id = ?1 AND p.ref_name = ?2 AND p.ref_kind = 'branch' AND p.number > ?3
                 AND p.trigger IN ('webhook', 'api') AND ?3 >= r.auto_cancel_from"#,
        project,
        branch,
        number
    )
    .fetch_one(tx.db())
    .await?;
    let Some(newer) = newer else { return Ok(None) };
    let newer: u64 = row::number("number", newer)?;
    for workflow in workflow::list_by_pipeline(tx.db(), id).await? {
        if !workflow.status.is_ended() {
            workflow::cancel(tx, workflow.id, &sentence(newer, branch), now).await?;
        }
    }
    Ok(Some(newer))
}
